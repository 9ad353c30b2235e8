#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Failed logins by POP3 and SMTP: counted behind connlimit by address and by
# account, waited for, and at the limit nobody of that address gets in, while
# another address does at once.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::INET;
use MIME::Base64;
use Postern;
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = scratch;
chmod 0755, $dir; # other users pass through
my ($uid, $gid) = as_root ? (64001, 64001) : ($>, $) + 0);
my @role = as_root ? ('-u', '64003:64003') : ();
mkdir "$dir/$_" or die for 'home', map "home/Maildir$_", '', '/new', '/cur',
    '/tmp';
run('chown', '-R', "$uid:$gid", "$dir/home") if as_root;
my $hash = crypt 'secret', '$6$rounds=1000$saltsalt$';
is run({ in => join '', map "$_\@example.test:$hash:$uid:${gid}::$dir/home\n",
    'a', 'b' }, 'cdbrules', 'compile', 'users', "$dir/users.cdb")->{code}, 0,
    'users';
is run({ in => "default pop=* smtp=*\n" }, 'cdbrules', 'compile', 'groups',
    "$dir/groups.cdb")->{code}, 0, 'groups';
is run({ in => "127.0.0.9:allow,CONNFAIL=\"none\",CONNFAILWIDE=\"none\"\n" .
    ":allow,TLS=\"offer\"\n" }, 'cdbrules', 'compile', 'ip', "$dir/ip.cdb")
    ->{code}, 0, 'ip rules';

my $states = 0;
my @check = ('checkpw', '-s', 'pop', "$dir/users.cdb", "$dir/groups.cdb");
# a POP3 server with connlimit ARG..., its folder named relative to its own
sub pop3 {
	my ($env, @arg) = @_;
	my $state = 'state' . $states++;
	mkdir "$dir/$state", 0700 or die;
	my $port = free_port;
	my $pid = serve($env, 'sh', '-c', 'cd "$0" && exec "$@"', $dir,
	    'tcplisten', '127.0.0.1', $port, 'ipcheck', 'ip.cdb', 'connlimit', @arg,
	    $state, 'pop3login', @role, @check, 'pop3d', 'Maildir');
	wait_port($port) or die 'no listener';
	return ($port, $pid, "$dir/$state");
}

sub from {
	my ($port, $ip) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port,
	    LocalAddr => $ip, Timeout => 30) or die "connect: $!";
	return bless { s => $s, buf => '' }, 'Postern::Client';
}

# the answer to PASS of one connection, '' if there is none; its seconds
sub attempt {
	my ($port, $ip, $user, $password) = @_;
	my $c = from($port, $ip);
	my $began = time;
	my $said = '';
	$c->line or return ('', 0);
	$c->send("USER $user\r\nPASS $password\r\n");
	$c->line or return ('', 0);
	$said = $c->line(60) // '';
	my $took = time - $began;
	$c->send("QUIT\r\n");
	$c->rest;
	return ($said, $took);
}

for my $exec (0, 1) {
	my ($port, $pid, $state) = pop3({ POSTERN_EXEC => $exec }, '-f', '5/600');
	my $how = $exec ? 'by exec' : 'by call';
	for (1 .. 4) {
		my ($said, $took) = attempt($port, '127.0.0.1', 'a@example.test', "no$_");
		like $said, qr/^-ERR \[AUTH\]/, "$how: wrong password $_";
	}
	my ($said, $took) = attempt($port, '127.0.0.1', 'A@example.test', 'secret');
	like $said, qr/^\+OK/, 'the right one, after four wrong ones';
	cmp_ok $took, '>=', 0.9, sprintf 'had to wait: %.2f s', $took;
	($said, $took) = attempt($port, '127.0.0.2', 'a@example.test', 'secret');
	like $said, qr/^\+OK/, 'another address gets in';
	unlike slurp("$dir/log"), qr/event=login-delay ip=127\.0\.0\.2 /, 'at once';
	my $open = from($port, '127.0.0.1');
	like $open->line, qr/^\+OK/, 'one more is greeted';
	attempt($port, '127.0.0.1', 'b@example.test', 'no');
	is +(attempt($port, '127.0.0.1', 'a@example.test', 'secret'))[0], '',
	    'five wrong ones: the address is refused, a right login did not help';
	$open->send("USER a\@example.test\r\nPASS secret\r\n");
	$open->line;
	like $open->line, qr/^-ERR \[SYS\/TEMP\]/,
	    'and who was connected is not checked any more';
	$open->close;
	like +(attempt($port, '127.0.0.2', 'a@example.test', 'secret'))[0],
	    qr/^\+OK/, 'another address is not';
	$exec or attempt($port, '127.0.0.9', 'a@example.test', 'no') for 1 .. 6;
	like +(attempt($port, '127.0.0.9', 'a@example.test', 'secret'))[0],
	    qr/^\+OK/, 'nor one that a rule has freed of the limit';
	my $log = slurp("$dir/log");
	like $log, qr/^prog=connlimit connid=\S+ event=limit ip=127\.0\.0\.1 prefix=127\.0\.0\.1\/32 count=5\/600 kind=fail$/m,
	    'logged by connlimit';
	like $log, qr/^prog=\S+ connid=\S+ event=login-delay ip=127\.0\.0\.1 user=a\@example\.test seconds=1 failures=4 account-failures=4$/m,
	    'and each wait';
	chmod 0755, $state;
	spew("$dir/log", '');
	is +(attempt($port, '127.0.0.2', 'a@example.test', 'secret'))[0], '',
	    'a folder open to others: nobody gets in';
	ok logged(qr/event=fatal exit=100/), 'and the log says why';
	stop($pid);
}

# ---------------------------------------------- it breaks between the two looks
{
	my ($port, $pid, $state) = pop3({}, '-f', '5/600');
	my $c = from($port, '127.0.0.1');
	like $c->line, qr/^\+OK/, 'greeted';
	chmod 0755, $state;
	$c->send("USER a\@example.test\r\nPASS secret\r\n");
	$c->line;
	unlike $c->line // '', qr/^\+OK/, 'no count, no login';
	stop($pid);
}

# --------------------------------------------------------- wide, and SMTP's AUTH
{
	my $queue = "$dir/queue";
	mkdir $_ or die for $queue, "$queue/incoming";
	chown 64004, 64004, "$queue/incoming" if as_root;
	mkdir "$dir/smtp", 0700 or die;
	my $port = free_port;
	my $pid = serve({ TLS => 'off' }, 'tcpserver', '-RHl0', '127.0.0.1', $port,
	    'connlimit', '-F', '3/600', "$dir/smtp", 'smtpd', '-H', 'host.test', '-S',
	    '-q', $queue, @check);
	ok wait_port($port), 'smtpd';
	my $auth = 'AUTH PLAIN ' . encode_base64("\0a\@example.test\0no", '');
	for my $n (1 .. 3) {
		my $c = from($port, "127.0.0.$n");
		like $c->line, qr/^220 /, "127.0.0.$n is greeted";
		$c->send("EHLO x\r\n");
		1 while ($c->line // '') =~ /^250-/;
		$c->send("$auth\r\n");
		like $c->line, qr/^535 /, 'a wrong password';
	}
	is from($port, '127.0.0.4')->rest, '', 'the /24 has had its three';
	like from($port, '127.0.1.1')->line, qr/^220 /, 'another has not';
	stop($pid);
}
# --------------------------------------------------- the filter of the man page
SKIP: {
	my ($tool) = grep -x, map "$_/fail2ban-regex", split /:/, $ENV{PATH};
	skip 'fail2ban is not installed', 2 unless $tool;
	my ($filter) = slurp('ipcheck/connlimit.8') =~ /^(\[Definition\]\n.*?)^\.Ed/ms;
	spew("$dir/filter.conf", $filter =~ s/\\e/\\/gr);
	my $stamp = '2026-11-24 10:15:07.184176891 ';
	my $fail = 'prog=checkpw connid=1.2.3 event=login-failed ip=';
	my @hit = ("$stamp ${fail}192.0.2.7 user=a\@example.test service=pop reason=\"wrong password\"",
	    "$stamp ${fail}2001:db8::1 user=\"x\\\" event=login-failed ip=9.9.9.9 user=\" service=pop",
	    "$stamp prog=connlimit connid=1.2.3 event=limit ip=192.0.2.8 prefix=192.0.2.8/32 count=5/600 kind=fail");
	my @miss = ("$stamp prog=smtpd connid=1.2.3 event=helo name=\"$fail 9.9.9.9 user=\"",
	    "$stamp prog=checkpw connid=1.2.3 event=login ip=192.0.2.9 user=a");
	my $said = run($tool, '--print-all-matched', spew("$dir/lines",
	    map "$_\n", @hit, @miss), "$dir/filter.conf")->{out};
	like $said, qr/, 3 matched, 2 missed/, 'fail2ban finds failures, and no others'
	    or diag $said;
	my $list = run($tool, '-o', 'ip', "$dir/lines", "$dir/filter.conf")->{out};
	is $list, "192.0.2.7\n2001:db8::1\n192.0.2.8\n", 'and their addresses'
	    or diag $list;
}
done_testing;
