#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# connlimit: both kinds of limit, of both prefixes; slots come free however a
# session ends; the environment overrides; what cannot be counted never passes.
use strict;
use warnings;
use lib 't/lib';
use Fcntl qw(F_SETLK F_WRLCK SEEK_SET);
use IO::Handle;
use Postern;
use Test::More;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

$SIG{PIPE} = 'IGNORE';
my $dir = scratch;
chmod 0755, $dir; # other users pass through, in the test of pop3login
my $states = 0;

# a state folder of its own
sub state_dir {
	my $d = "$dir/state" . $states++;
	mkdir $d, 0700 or die;
	return $d;
}

# start(IP, \%env, ARG...): connlimit ARG... cat, from IP; it goes on in the
# background. passed($s) waits until it is in, 1, or has been refused, 0.
sub start {
	my ($ip, $env, @arg) = @_;
	pipe my $in, my $to or die;
	pipe my $from, my $out or die;
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		close $to;
		%ENV = (%ENV, PROTO => 'TCP', TCPREMOTEIP => $ip, %$env);
		open STDIN, '<&', $in;
		open STDOUT, '>&', $out;
		open STDERR, '>>', "$dir/log";
		exec @arg, 'cat' or POSIX::_exit(127);
	}
	$to->autoflush(1);
	print $to "in\n";
	return { pid => $pid, to => $to, from => $from };
}

# ends a session by the end of its input, or by SIGNAL; its exit code
sub leave {
	my ($s, $signal) = @_;
	kill $signal, $s->{pid} if $signal;
	close $s->{to};
	waitpid $s->{pid}, 0;
	return $? >> 8;
}

sub passed {
	my ($s) = @_;
	my $l = readline $s->{from};
	return 1 if defined $l && $l eq "in\n";
	$s->{said} = $l;
	$s->{code} = leave($s);
	return 0;
}

# one(IP, ARG...): as start, but 1 in (it stays), 0 refused with 1; else dies
my @held;
sub one {
	my ($ip, @arg) = @_;
	my $env = ref $arg[0] ? shift @arg : {};
	my $s = start($ip, $env, 'connlimit', @arg);
	if (passed($s)) {
		push @held, $s;
		return 1;
	}
	die "connlimit @arg: exit $s->{code}" if $s->{code} != 1;
	return 0;
}

sub all_leave {
	leave($_) for @held;
	@held = ();
}

# the exit code, of one that must not pass
sub code {
	my ($env, @arg) = @_;
	my $r = run({ env => { PROTO => 'TCP', TCPREMOTEIP => '192.0.2.1', %$env } },
	    'connlimit', @arg, 'echo', 'passed');
	return $r->{out} eq '' ? $r->{code} : "passed, $r->{code}";
}

# ------------------------------------------------------------ usage, no limits
like run('connlimit', '-h')->{out}, qr/^usage: connlimit /, '-h';
is run('connlimit')->{code}, 100, 'no folder: usage';
my $d = state_dir;
is run('connlimit', $d)->{code}, 100, 'nothing to run: usage';
is code({}, $d), 'passed, 0', 'no limits: passes';
is code({ TCPREMOTEIP => 'nonsense' }, $d), 111, 'no address';
is run('connlimit', $d, 'echo')->{code}, 111, 'no connection, no address';
is code({}, $_ eq 'x' ? ('-c', 'x', $d) : ('-r', $_, $d)), 100, "'$_'"
    for 'x', '30', '30/0', '30/60/1', '';
is code({}, '-C', '-1', $d), 100, '-C';
is code({}, '-R', '1', $d), 100, '-R';

# ---------------------------------------------------- connections of a prefix
for my $exec ({}, { POSTERN_EXEC => 1 }) {
	my $how = %$exec ? 'by exec' : 'by call';
	my @arg = ($exec, '-c', 2, my $d = state_dir);
	# the stage before another of ours: here itself, with no limit of its own
	push @arg, 'connlimit', $d;
	ok one('192.0.2.1', @arg), "$how: the first";
	ok one('192.0.2.1', @arg), 'the second';
	ok !one('192.0.2.1', @arg), 'the third is refused';
	ok one('192.0.2.2', @arg), 'another address is not';
	leave(shift @held);
	ok one('192.0.2.1', @arg), 'one has ended: the next passes';
	ok !one('192.0.2.1', @arg), 'and no more';
	leave(shift @held, 'KILL');
	ok one('192.0.2.1', @arg), 'one was killed: the next passes';
	ok !one('192.0.2.1', @arg), 'and no more';
	all_leave;
}
like slurp("$dir/log"), qr/^prog=connlimit connid=\S+ event=limit ip=192\.0\.2\.1 prefix=192\.0\.2\.1\/32 count=2 kind=max$/m,
    'the log tells it';
is code({}, '-c', 0, $d), 1, 'none allowed';
my $r = run({ env => { PROTO => 'TCP', TCPREMOTEIP => '192.0.2.1',
    MESSAGE => 'one line' } }, 'connlimit', '-c', 0, $d, 'cat');
is $r->{out}, '', 'and nobody else';
my @role = as_root ? ('-u', '64003:64003') : ();
my $refuse = "refuse @role -l";
$r = run({ env => { PROTO => 'TCP', TCPREMOTEIP => '192.0.2.1',
    MESSAGE => 'slow down' } }, 'connlimit', '-c', 0, '-d', "$refuse smtp", $d, 'cat');
is $r->{out}, "421 4.7.0 slow down\r\n", '-d: the client is told MESSAGE';
is $r->{code}, 1, 'and it is a refusal';
is run({ env => { PROTO => 'TCP', TCPREMOTEIP => '192.0.2.1' } }, 'connlimit',
    '-c', 0, '-d', "$refuse pop3", $d, 'cat')->{out},
    "-ERR [SYS/TEMP] too many connections from your network\r\n",
    'or that there are too many';
is code({}, '-c', 0, '-d', 'no-such-program', $d), 100, '-d: no such program';
is code({}, '-c', 0, '-d', 'echo ' x 33, $d), 100, '-d: too many words';

# ------------------------------------------------------------------- wide, IPv6
$d = state_dir;
ok one("198.51.100.$_", '-c', 1, '-C', 3, $d), "wide: $_" for 1 .. 3;
ok !one('198.51.100.4', '-c', 1, '-C', 3, $d), 'the fourth of the /24';
like slurp("$dir/log"), qr/ip=198\.51\.100\.4 prefix=198\.51\.100\.0\/24 count=3 kind=maxwide$/m, 'logged';
ok one('198.51.101.1', '-c', 1, '-C', 3, $d), 'another /24';
leave(shift @held);
ok one('198.51.100.4', '-c', 1, '-C', 3, $d), 'one has ended';
all_leave;
ok one("2001:db8:0:$_\::1", '-c', 1, '-C', 2, $d), "IPv6: $_" for 1, 2;
ok !one('2001:db8:0:3::1', '-c', 1, '-C', 2, $d), 'the third of the /48';
ok one('2001:db8:1:3::1', '-c', 1, '-C', 2, $d), 'another /48';
ok one('::ffff:192.0.2.7', '-c', 1, $d), 'v4-mapped';
ok !one('192.0.2.7', '-c', 1, $d), 'is IPv4';
all_leave;

my $n = sanitized ? 100 : 1000;
my ($in, $bad) = (0, 0);
for my $batch (1 .. $n / 50) {
	my @s = map { start(sprintf('2001:db8:2:2:%x:%x::1', $batch, $_), {},
	    'connlimit', '-c', 5, $d) } 1 .. 50;
	for (@s) {
		passed($_) ? push @held, $_ : ($bad += $_->{code} != 1);
	}
}
is @held, 5, "$n addresses of one /64 share one count";
is $bad, 0, 'the others are refused';
all_leave;

# ------------------------------------------------- many at the same time, clean
$d = state_dir;
my @s = map { start("203.0.113.1", {}, 'connlimit', '-c', 20, '-C', 30, $d) }
    1 .. 200;
passed($_) && push @held, $_ for @s;
is @held, 20, '200 at the same time: just as many as may';
leave($_, 'KILL') for @held;
@held = ();
ok one('203.0.113.1', '-c', 1, '-C', 1, $d), 'all killed: all is free';
all_leave;
cmp_ok scalar(my @f = glob "$d/*"), '<=', 2, 'one file of locks and the state';
is -s $_, 0, 'the locks take no room' for grep !/state$/, @f;

# ------------------------------------------------------------------------ rate
$d = state_dir;
my @rate = ('-r', '5/600', $d);
is scalar(grep { one('192.0.2.1', @rate) } 1 .. 6), 5, 'rate: five of six pass';
all_leave;
ok !one('192.0.2.1', @rate), 'ended ones count';
ok one('192.0.2.2', @rate), 'another address is free';
ok one('192.0.2.1', '-r', '6/600', $d), 'another rate is counted apart';
ok !one('192.0.2.1', '-r', '0/600', $d), 'rate: none allowed';
like slurp("$dir/log"), qr/prefix=192\.0\.2\.1\/32 count=5\/600 kind=rate$/m, 'logged';
@rate = ('-r', '5/10', $d);
ok wait_for(sub { !one('192.0.2.4', @rate) }), 'of another rate all are soon taken';
ok wait_for(sub { one('192.0.2.4', @rate) }), 'later one passes again';
@rate = ('-R', '2/600', $d);
ok one("192.0.2.$_", @rate), "wide rate: $_" for 1, 2;
ok !one('192.0.2.3', @rate), 'the third of the /24';
ok one('192.0.3.3', @rate), 'another /24';
@rate = ('-r', '2/600', $d);
is scalar(grep { one("2001:db8::$_", @rate) } 1 .. 4), 2, 'rate of a /64';
my $key = substr slurp("$d/state"), 0, 4096;
my $day = 86400e9;
for ([1 << 62, 600e9], [1 << 62, 1 << 62], [~0, ~0], [0, ~0], [~0, 0]) {
	spew("$d/state", $key . pack('QQ', @$_) x (1 << 19));
	is scalar(grep { one('192.0.2.1', @rate) } 1 .. 3), 2,
	    "buckets from before a restart (@$_) begin anew, and count";
}
my $now = clock_gettime(CLOCK_MONOTONIC) * 1e9;
spew("$d/state", $key . pack('QQ', $now + 3600e9, $day) x (1 << 19));
ok !one('192.0.2.1', @rate), 'one that a rate of a day shares is not';
spew("$d/state", substr $key, 0, 100);
ok one('192.0.2.1', @rate), 'a shorter file is filled up';
all_leave;

# -------------------------------------------------------- set by the ip rules
$d = state_dir;
for (['CONNMAX', '-c'], ['CONNMAXWIDE', '-C']) {
	my ($name, $option) = @$_;
	is code({ $name => 0 }, $option, 9, $d), 1, "$name overrides";
	is code({ $name => 0 }, $d), 1, "$name alone";
	is code({ $name => 1 }, $option, 0, $d), 'passed, 0', "$name raises";
	is code({ $name => 'none' }, $option, 0, $d), 'passed, 0', "$name: none";
	is code({ $name => $_ }, $option, 9, $d), 100, "$name='$_': 100"
	    for '', 'x', '-1', '1001', '1/2';
}
for (['CONNRATE', '-r'], ['CONNRATEWIDE', '-R']) {
	my ($name, $option) = @$_;
	is code({ $name => '0/9' }, $option, '9/9', $d), 1, "$name overrides";
	is code({ $name => '0/9' }, $d), 1, "$name alone";
	is code({ $name => '9/9' }, $option, '0/9', $d), 'passed, 0', "$name raises";
	is code({ $name => 'none' }, $option, '0/9', $d), 'passed, 0', "$name: none";
	is code({ $name => $_ }, $option, '9/9', $d), 100, "$name='$_': 100"
	    for '', 'x', '9', '9/0', '9/x';
}
is run({ in => "192.0.2.1:allow,CONNMAX=\"0\",MESSAGE=\"go\"\n:allow\n" },
    'cdbrules', 'compile', 'ip', "$dir/ip.cdb")->{code}, 0, 'ip rules';
my @chain = ('ipcheck', "$dir/ip.cdb", 'connlimit', '-c', 1, '-d',
    "$refuse line", $d);
for my $exec ({}, { POSTERN_EXEC => 1 }) {
	my $s = start('192.0.2.1', $exec, @chain);
	ok !passed($s), 'behind ipcheck: the rule counts';
	is $s->{said}, "go\r\n", 'with its message';
	ok passed($s = start('192.0.2.2', $exec, @chain)), 'another rule';
	leave($s);
}

# ------------------------------------------------- folders that cannot serve
my @all = ('-c', 9, '-C', 9, '-r', '9/9', '-R', '9/9');
is code({}, @all, "$dir/missing"), 111, 'missing';
is code({}, @all, spew("$dir/file", '')), 111, 'a file';
for my $mode (0755, 0710, 0701, 0770, 0777) {
	chmod $mode, $d;
	is code({}, @all, $d), 100, sprintf 'mode %04o', $mode;
}
chmod 0700, $d;
is code({}, @all, $d), 'passed, 0', 'mode 0700';
SKIP: {
	skip 'only root can give a folder away', 1 unless as_root;
	chown 64001, 64001, $d;
	is code({}, @all, $d), 100, 'of another user';
}
SKIP: {
	skip 'root writes everywhere', 2 if as_root;
	chmod 0500, my $e = state_dir;
	is code({}, @all, $e), 111, 'nothing can be made in it';
	is code({}, @all, state_dir), 'passed, 0', 'another can';
}
$d = state_dir;
mkdir "$d/state";
is code({}, @all, $d), 111, 'the state is a folder';
$d = state_dir;
mkdir "$d/" . sprintf '%03x', $_ for 0 .. 4095;
is code({}, '-c', 9, $d), 111, 'the lock files are folders';
is code({}, '-r', '9/9', $d), 'passed, 0', 'rates need none';
for my $bytes ('', "\0" x 16, "\0" x 4096, 'short') {
	$d = state_dir;
	spew("$d/state", $bytes);
	is scalar(grep { one('192.0.2.1', '-r', '1/600', $d) } 1, 2), 1,
	    'a state without a key gets one, and counts';
	isnt substr(slurp("$d/state"), 0, 16), "\0" x 16, 'it is there';
}
all_leave;
open my $f, '+<', "$d/state" or die;
my $lock = pack 's s x4 q q i x4', F_WRLCK, SEEK_SET, 0, 0, 0;
fcntl $f, F_SETLK, $lock or die;
is code({}, @all, $d), 111, 'somebody keeps the state locked';
close $f;

# ------------------------------------ sessions of several processes: pop3login
my ($uid, $gid) = as_root ? (64001, 64001) : ($>, $) + 0);
@role = as_root ? ('-u', '64003:64003', '-R', "$dir/empty") : ();
mkdir "$dir/$_" or die for 'empty', 'home', map "home/Maildir$_", '', '/new',
    '/cur', '/tmp';
run('chown', '-R', "$uid:$gid", "$dir/home") if as_root;
my $hash = crypt 'secret', '$6$rounds=1000$saltsalt$';
is run({ in => "a\@example.test:$hash:$uid:${gid}::$dir/home\n" }, 'cdbrules',
    'compile', 'users', "$dir/users.cdb")->{code}, 0, 'users';
is run({ in => "default pop=*\n" }, 'cdbrules', 'compile', 'groups',
    "$dir/groups.cdb")->{code}, 0, 'groups';

# every process below PID
sub below {
	my ($pid) = @_;
	my %parent;
	for (glob '/proc/[0-9]*/stat') {
		open my $p, '<', $_ or next;
		my $l = <$p> // next;
		$parent{$1} = $2 if $l =~ /^(\d+) \(.*\) \S (\d+)/;
	}
	my @p = ($pid);
	for (my $i = 0; $i < @p; $i++) {
		push @p, grep { $parent{$_} == $p[$i] } keys %parent;
	}
	return @p[1 .. $#p];
}

# a client of PORT, if it is greeted
sub greeted {
	my ($port) = @_;
	my $c = client($port);
	return ($c->line // '') =~ /^\+OK/ && $c;
}

for my $exec (0, 1) {
	my $how = $exec ? 'by exec' : 'by call';
	my $port = free_port;
	my $listener = serve({ POSTERN_EXEC => $exec }, 'tcplisten', '127.0.0.1', $port,
	    'connlimit', '-c', 1, state_dir, 'pop3login', @role, '-H', 'host.test',
	    'checkpw', '-s', 'pop', "$dir/users.cdb", "$dir/groups.cdb", 'pop3d',
	    'Maildir');
	ok wait_port($port), "pop3login $how";
	for my $login (0, 1) {
		my $what = $login ? 'pop3d' : 'pop3login';
		my $c = wait_for(sub { greeted($port) });
		ok $c, "$what: one is greeted" or next;
		if ($login) {
			$c->send("USER a\@example.test\r\nPASS secret\r\n");
			like $c->line, qr/^\+OK/, 'USER';
			like $c->line, qr/^\+OK/, 'PASS';
			$c->send("STAT\r\n");
			like $c->line, qr/^\+OK 0 0/, 'STAT';
		}
		ok !greeted($port), 'the next is not';
		my @p = below($listener);
		cmp_ok scalar @p, '>=', 1, 'processes: ' . @p;
		# an executed session is a child of its monitor
		my ($want, $holders) = ($login && $exec ? 2 : 1, 0);
		SKIP: {
			skip 'who gave up rights cannot be looked into', 1
			    unless as_root;
			# the one that was refused may still be on its way out
			wait_for(sub {
				$holders = grep { m{/state\d+/[0-9a-f]{3}$} }
				    map { readlink($_) // () }
				    map { glob "/proc/$_/fd/*" } below($listener);
				return $holders == $want;
			});
			is $holders, $want, 'the front does not hold the count';
		}
		kill 'KILL', @p;
		my $next = wait_for(sub { greeted($port) });
		ok $next, 'all killed: there is room';
		$next->send("QUIT\r\n");
		$next->rest;
	}
	stop($listener);
}

# ------------------------------------------------------- alone under tcpserver
{
	my $port = free_port;
	my $pid = serve({ MESSAGE => 'busy' }, 'tcpserver', '-RHl0', '127.0.0.1', $port,
	    'connlimit', '-c', 1, '-d', "$refuse line", state_dir, 'cat');
	ok wait_port($port), 'tcpserver';
	my $c = client($port);
	$c->send("hello\n");
	is $c->line, "hello\n", 'cat answers';
	is client($port)->rest, "busy\r\n", 'not to the second';
	stop($pid);
}
done_testing;
