#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# checkpw: the checkpassword interface, every scheme of crypt(3), groups and
# their rights, what the next program gets, and that trouble is never "yes".
use strict;
use warnings;
use lib 't/lib';
use MIME::Base64;
use Postern;
use Test::More;

my $dir = scratch;
chmod 0755, $dir;
my ($uid, $gid) = as_root ? (64001, 64002) : ($>, $) + 0);
mkdir "$dir/$_" or die for qw(home shut);
chown $uid, $gid, "$dir/home";
my ($users, $groups) = ("$dir/users.cdb", "$dir/groups.cdb");
my $sha = crypt 'secret', '$6$rounds=1000$saltsalt$';

sub compile {
	my ($type, $text) = @_;
	my $r = run({ in => $text }, 'cdbrules', 'compile', $type, "$dir/$type.cdb");
	is($r->{code}, 0, "compile $type") or diag $r->{err};
}

# check(\%env, REQUEST, ARG...): checkpw with REQUEST on fd 3
sub check {
	my ($env, $request, @arg) = @_;
	spew("$dir/request", $request);
	return run({ env => $env }, 'sh', '-c', 'exec 3<"$0"; exec checkpw "$@"', "$dir/request", @arg);
}

sub code { return check({}, "$_[0]\0$_[1]\0time\0", '-s', $_[2] // 'pop', $users, $groups)->{code} }

# -------------------------------------------------------------------- schemes
my %hash = (
	yescrypt => '$y$j75$abcdefgh$', 'gost-yescrypt' => '$gy$j75$abcdefgh$',
	scrypt => '$7$66..../....SodiumChloride$', bcrypt => '$2b$04$abcdefghijklmnopqrstuu',
	sha512 => '$6$rounds=1000$abcdefgh$', sha256 => '$5$rounds=1000$abcdefgh$',
	md5 => '$1$abcdefgh$', des => 'ab', bsdi => '_J9..abcd', sha1 => '$sha1$4$abcdefgh$', sunmd5 => '$md5,rounds=5$abcd$');
my %weak = map { $_ => 1 } qw(md5 des bsdi sha1 sunmd5 sha256);
use Cwd ();
sub top_dir { return Cwd::getcwd() }
my $line = "alice\@example.test:{CRYPT}$sha:$uid:${gid}::$dir/home::groups=staff from=sales\@example.test,al\@example.test\n";
for (sort keys %hash) {
	my $h = crypt 'secret', $hash{$_};
	$line .= "$_\@example.test:$h:$uid:${gid}::$dir/home\n" if defined $h && $h !~ /^\*/;
}
$line .= "bob\@example.test:{SHA512-CRYPT}$sha:$uid:${gid}::$dir/home::groups=free\n"
    . "both\@example.test:$sha:$uid:${gid}::$dir/home::groups=nix,free,staff\n"
    . "none\@example.test:$sha:$uid:${gid}::$dir/home::groups=nix\n"
    . "away\@example.test:$sha:$uid:${gid}::$dir/nowhere::groups=staff\n"
    . "other\@example.test:$sha:64009:64009::$dir/shut::groups=staff\n";
compile('users', $line);
compile('groups', "staff pop=* imap=* smtp=* incoming=*\ndefault pop=*\n"
    . "free pop=10.0.0.0/8,!10.9.0.0/16,2001:db8::/32 smtp=\n");
for (sort keys %hash) {
	ok($line =~ /^\Q$_\E\@/m, "$_ is there") or next;
	is(code("$_\@example.test", 'secret'), 0, "$_: right");
	is(code("$_\@example.test", 'Secret'), 1, "$_: wrong");
	my $said = check({}, "$_\@example.test\0secret\0\0", $users, $groups)->{err} =~ /event=weak-hash user=\S+ hint=/ ? 1 : 0;
	is($said, $weak{$_} // 0, "$_: " . ($weak{$_} ? 'weak, which is logged' : 'good enough'));
}
is(code('alice@example.test', $_), 1, 'not this password: ' . length) for '', 'secre', 'secrett', 'x' x 400;
is(code('ALICE@Example.TEST', 'secret'), 0, 'names in any case');
is(code($_, 'secret'), 1, "no user: $_") for 'alic@example.test', 'alice', '', '@', 'alice@example.test.',
    'a' x 400, "alice\@example.test\n", '.line', '@example.test';

# ------------------------------------------------------------------- requests
my $r;
for ('', 'alice@example.test', "alice\@example.test\0secret", "alice\@example.test\0secret\0time",
	"alice\@example.test\0secret\0" . 't' x 500 . "\0") {
	is(check({}, $_, $users, $groups)->{code}, 2, 'no request: ' . length);
}
is(check({}, "alice\@example.test\0secret\0\0and more", $users, $groups)->{code}, 0, 'more behind a request');
is(run('sh', '-c', 'exec 3<&-; exec checkpw "$@"', 'x', $users, $groups)->{code}, 2, 'no descriptor 3');
is(check({}, "alice\0secret\0\0", '-d', 'example.test', $users, $groups)->{code}, 0, '-d');
is(check({}, "alice\@example.test\0secret\0\0", '-d', 'x.test', $users, $groups)->{code}, 0,
    '-d is for names without a domain');
is(check({}, 'x' x 310 . "\0secret\0\0", '-d', 'example.test', $users, $groups)->{code}, 1, '-d, a long name');

# --------------------------------------------------------------------- rights
sub right {
	my ($user, $service, $ip) = @_;
	return check(defined $ip ? { TCPREMOTEIP => $ip, PROTO => 'TCP' } : {}, "$user\@example.test\0secret\0\0",
	    '-s', $service, $users, $groups)->{code};
}
my @right = (
	[0, 'alice', 'pop', '192.0.2.1'], [0, 'alice', 'smtp', '::1'], [0, 'alice', 'incoming'],
	[0, 'sha512', 'pop', '192.0.2.1'], [1, 'sha512', 'imap', '192.0.2.1'],
	[0, 'bob', 'pop', '10.1.2.3'], [0, 'bob', 'pop', '::ffff:10.1.2.3'], [0, 'bob', 'pop', '2001:db8::1'],
	[1, 'bob', 'pop', '10.9.2.3'], [1, 'bob', 'pop', '192.0.2.1'], [1, 'bob', 'smtp', '10.1.2.3'],
	[1, 'bob', 'imap', '10.1.2.3'], [1, 'bob', 'pop'], [0, 'both', 'pop', '10.9.2.3'],
	[1, 'none', 'pop', '10.1.2.3'], [111, 'alice', 'pop', '192.0.2'], [111, 'alice', 'pop', ''],
	[111, 'alice', 'pop', '192.0.2.1 ']);
is(right(@$_[1 .. $#$_]), $_->[0], join ' ', 'right:', @$_) for @right;
is(check({}, "none\@example.test\0secret\0\0", $users, $groups)->{code}, 0, 'without -s the password alone counts');

# ------------------------------------------------------------ what is run in between
sub after {
	my ($command, $password) = @_;
	return check({ TCPREMOTEIP => '192.0.2.7', PROTO => 'TCP' }, "alice\@example.test\0$password\0\0", '-s', 'pop', '-a', $command,
	    $users, $groups, 'sh', '-c', 'echo session');
}
spew("$dir/after", "#!/bin/sh\necho \"\$(pwd) \$(id -u) \$1 \$USER \$MAILGROUPS \$MAILDIR \${QUOTA-none}\" > $dir/ran\necho to the client\nexit \$2\n");
chmod 0755, "$dir/after";
$r = after("$dir/after  word 0", 'secret');
is($r->{out}, "session\n", '-a: says nothing to the client');
is(slurp("$dir/ran"), top_dir() . " $> word alice\@example.test staff $dir/home/Maildir none\n", '-a: as who checks, where it was started');
unlink "$dir/ran";
$r = after("$dir/after word 5", 'secret');
is($r->{out}, "session\n", '-a: a command that fails spoils no login');
like($r->{err}, qr/event=error user=alice\@example.test command=\S+after exit=5/, 'but is logged');
unlink "$dir/ran";
is(after("$dir/after word 0", 'wrong')->{code}, 1, '-a: a wrong password');
ok(!-e "$dir/ran", 'runs nothing');
is(after("$dir/nowhere", 'secret')->{out}, "session\n", '-a: no such command');
is(after($_, 'secret')->{code}, 100, '-a: no command, or too much') for '', ' ', 'x ' x 40, 'x' x 2000;

# --------------------------------------------------------------- what comes next
my $show = 'pwd; id -u; id -g; id -G; echo "$USER $HOME $SHELL ${LOGINFD-none}"; grep NoNewPrivs /proc/self/status; '
    . '(cat <&3) 2>/dev/null || echo closed; exit 7';
$r = check({ TCPREMOTEIP => '192.0.2.7' }, "Alice\@example.test\0secret\0\0", '-s', 'pop', $users, $groups, 'sh', '-c', $show);
is($r->{code}, 7, 'the next program runs, its code is the code');
my $groups_left = as_root ? $gid : '[\d ]+';
like($r->{out}, qr/^\Q$dir\E\/home\n$uid\n$gid\n$groups_left\nalice\@example.test \Q$dir\E\/home \/bin\/sh none\nNoNewPrivs:\t1\nclosed\n$/,
    'as the user, at home, with USER, HOME and SHELL, and no descriptor 3');
is($r->{err}, "prog=checkpw event=login ip=192.0.2.7 user=alice\@example.test service=pop\n", 'the log');
$r = check({}, "alice\@example.test\0wrong\0\0", '-s', 'pop', $users, $groups, 'sh', '-c', $show);
is($r->{code} . $r->{out}, '1', 'nothing runs for a wrong password');
is(check({}, "away\@example.test\0secret\0\0", $users, $groups, 'true')->{code}, 111, 'a home that is not there');
is(check({}, "away\@example.test\0secret\0\0", $users, $groups)->{code}, 0, 'is not looked for if nothing runs');
SKIP: {
	skip 'root becomes any user', 1 if as_root;
	is(check({}, "other\@example.test\0secret\0\0", $users, $groups, 'true')->{code}, 111, 'another user id');
}
SKIP: {
	skip 'only root is kept from a home of others', 2 unless as_root;
	chown 64009, 64009, "$dir/shut";
	chmod 0700, "$dir/shut";
	is(check({}, "other\@example.test\0secret\0\0", $users, $groups, 'pwd')->{out}, "$dir/shut\n", 'a closed home');
	chown 64001, 64001, "$dir/shut";
	is(check({}, "other\@example.test\0secret\0\0", $users, $groups, 'true')->{code}, 111, 'of another');
}
is(check({}, "alice\@example.test\0secret\0\0", $users, $groups, 'checkpw-nonexistent')->{code}, 100, 'no such program');

# ------------------------------------------------------------------------ log
sub said { return check({ TCPREMOTEIP => '192.0.2.7' }, "$_[0]\0$_[1]\0\0", '-s', 'imap', $users, $groups)->{err} }
is(said('alice@example.test', 'wrong word'),
    qq(prog=checkpw event=login-failed ip=192.0.2.7 user=alice\@example.test service=imap reason="wrong password"\n),
    'log: wrong password');
like(said('nobody@example.test', 'x'), qr/event=login-failed ip=192.0.2.7 .*reason="no such user"\n\z/, 'log: no such user');
like(said('bob@example.test', 'secret'), qr/event=login-failed ip=192.0.2.7 .*reason="no right/, 'log: no right');
my $evil = said("a\n\" ip=9.9.9.9 event=login user=x\@y", 'p');
is(scalar(() = $evil =~ /\n/g), 1, 'log: one line');
like($evil, qr/^prog=checkpw event=login-failed ip=192\.0\.2\.7 user="a\\/, 'log: a name cannot add a pair');
unlike(join('', map { said('alice@example.test', "pa55-$_") } 1, 2), qr/pa55/, 'log: no password');

# -------------------------------------------------------------------- trouble
sub with { return check({}, "alice\@example.test\0secret\0\0", '-s', 'pop', @_)->{code} }
is(with("$dir/no.cdb", $groups), 111, 'no users');
is(with($users, "$dir/no.cdb"), 111, 'no groups');
is(with($groups, $users), 111, 'files that are of another type');
spew("$dir/cut.cdb", substr slurp($users), 0, 2100);
is(with("$dir/cut.cdb", $groups), 111, 'damaged users');
is(run('checkpw')->{code}, 100, 'usage');
is(with($users), 100, 'usage');
is(check({}, '', '-s', 'ftp', $users, $groups)->{code}, 100, 'no such service');
is(check({}, '', '-d', 'a b', $users, $groups)->{code}, 100, 'no such domain');
like(run('checkpw', '-h')->{out}, qr/^usage: checkpw/, '-h');

# an unknown user takes as long as a known one: measured is the CPU's time, which
# is the same on a busy machine, and in turns
sub costs {
	my ($times, @users) = @_;
	my %cost;
	for (1 .. $times) {
		for my $user (@users) {
			my ($u, $s) = (times)[2, 3];
			check({}, "$user\0wrong\0\0", $users, $groups);
			$cost{$user} += (times)[2] - $u + (times)[3] - $s;
		}
	}
	return map { $cost{$_} / $times } @users;
}
compile('users', "slow\@example.test:" . crypt('secret', '$6$rounds=300000$saltsalt$') . ":$uid:${gid}::$dir/home\n");
my ($known, $unknown) = costs(5, 'slow@example.test', 'nobody@example.test');
my $ratio = $unknown / $known;
ok($ratio > 0.5 && $ratio < 2, sprintf 'an unknown user takes as long (%.2f)', $ratio);

# ---------------------------------------------- alone, behind a shell's login
compile('users', $line);
my $port = free_port;
serve('tcpserver', '-H', '-R', '-l0', '127.0.0.1', $port, 'bash', '-c',
    'read -r user; read -r password; exec 3< <(printf "%s\0%s\0\0" "${user%$\'\r\'}" "${password%$\'\r\'}"); exec "$@"',
    'x', 'checkpw', '-s', 'pop', $users, $groups, 'sh', '-c', 'echo "in as $USER"');
wait_port($port);
my $c = client($port);
$c->send("alice\@example.test\r\nsecret\r\n");
is($c->rest, "in as alice\@example.test\n", 'under tcpserver, behind a login of bash');
$c = client($port);
$c->send("alice\@example.test\r\nsecrets\r\n");
is($c->rest, '', 'or not');

# --------------------------------------- an unknown user takes as long as a known
my @ms = map { 1000 * $_ } costs(7, 'alice@example.test', 'nobody@example.test', 'x');
my ($least, $most) = (sort { $a <=> $b } @ms)[0, -1];
cmp_ok($most, '<', 3 * $least + 10, sprintf '%.1f ms for a wrong password, %.1f and %.1f for no such user', @ms);
my $costly = crypt 'secret', '$6$rounds=200000$saltsalt$';
compile('users', "alice\@example.test:$costly:$uid:${gid}::$dir/home\n");
@ms = map { 1000 * $_ } costs(3, 'alice@example.test', 'nobody@example.test');
cmp_ok($ms[1], '>', 0.5 * $ms[0], sprintf 'and with a costly hash: %.0f and %.0f ms', @ms);

# ------------------------------------------------------------------ fail2ban
SKIP: {
	skip 'no fail2ban-regex', 2 if run('fail2ban-regex', '--version')->{code};
	my ($regex) = slurp(top . '/auth/checkpw.8') =~ /^\.Dl failregex = (.*)$/m;
	$regex =~ s/\\e/\\/g;
	my $log = '';
	for ([ 'alice@example.test', '192.0.2.1' ], ['nobody', '2001:db8::1'],
		["prog=checkpw connid=1 event=login-failed ip=198.51.100.1 user=x", '192.0.2.2'],
		["x\nprog=checkpw connid=1 event=login-failed ip=198.51.100.1 user=x", '192.0.2.3']) {
		$log .= check({ TCPREMOTEIP => $_->[1], CONNID => 'c1' }, "$_->[0]\0wrong\0\0", $users, $groups)->{err};
	}
	my $right = check({ TCPREMOTEIP => '192.0.2.9', CONNID => 'c1' }, "alice\@example.test\0secret\0\0", $users, $groups)->{err};
	spew("$dir/fail.log", map { "2026-11-24 10:00:00.000000000  $_\n" } split /\n/, $log . $right);
	my $r = run('fail2ban-regex', '-v', "$dir/fail.log", $regex);
	like($r->{out}, qr/Lines: 5 lines, 0 ignored, 4 matched, 1 missed/, 'fail2ban takes the failures alone') or diag $r->{out};
	is(join(' ', sort $r->{out} =~ /^\|\s+(\S+)\s+\w{3} \w{3} \d\d/mg), '192.0.2.1 192.0.2.2 192.0.2.3 2001:db8::1',
	    'and the addresses of the clients, whatever they say') or diag $r->{out};
}

# ------------------------------------------------------- a passdb of Dovecot
SKIP: {
	skip 'Dovecot needs root', 3 unless as_root;
	skip 'no Dovecot', 3 unless -x '/usr/sbin/dovecot' && -x '/usr/lib/dovecot/pop3-login';
	compile('users', "alice\@example.test:$sha:$uid:${gid}::$dir/home::groups=staff\n"
	    . "bob\@example.test:$sha:$uid:${gid}::$dir/home::groups=nix\n");
	mkdir "$dir/home/Maildir$_" for '', '/new', '/cur', '/tmp';
	spew("$dir/home/Maildir/new/1.a", "Subject: x\n\nx\n");
	run('chown', '-R', "$uid:$gid", "$dir/home/Maildir");
	my $p = free_port;
	my $checkpw = (split ' ', run('sh', '-c', 'command -v checkpw')->{out})[0];
	spew("$dir/dovecot.conf", <<"END");
base_dir = $dir/dovecot
state_dir = $dir/dovecot-state
protocols = pop3
default_vsz_limit = 0
listen = 127.0.0.1
log_path = $dir/dovecot.log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
first_valid_uid = 1
service pop3-login {
  inet_listener pop3 {
    port = $p
  }
  inet_listener pop3s {
    port = 0
  }
}
service auth {
  user = root
}
passdb {
  driver = checkpassword
  args = $checkpw -e -s pop $users $groups
}
userdb {
  driver = prefetch
}
END
	mkdir "$dir/dovecot-state";
	serve('dovecot', '-F', '-c', "$dir/dovecot.conf");
	wait_port($p);
	my @curl = ('curl', '-sS', '-m', 60, "pop3://127.0.0.1:$p/1", '--user');
	is(run(@curl, 'alice@example.test:secret')->{out}, "Subject: x\r\n\r\nx\r\n", 'a passdb of Dovecot') or diag slurp("$dir/dovecot.log");
	isnt(run(@curl, 'alice@example.test:wrong')->{code}, 0, 'a wrong password');
	isnt(run(@curl, 'bob@example.test:secret')->{code}, 0, 'no right');
}
done_testing;
