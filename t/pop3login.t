#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# pop3login: the AUTHORIZATION state, the two processes behind it and what is
# left of them, TLS, foreign checkpassword programs, and real clients.
use strict;
use warnings;
use lib 't/lib';
use MIME::Base64;
use Net::POP3;
use Postern;
use Postern::Tls ();
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = scratch;
chmod 0755, $dir;
my ($uid, $gid) = as_root ? (64001, 64001) : ($>, $) + 0);
my @role = as_root ? ('-u', '64003:64003', '-R', "$dir/empty") : ();
mkdir "$dir/$_" or die for qw(empty home home/Maildir home/Maildir/new home/Maildir/cur home/Maildir/tmp);
my @body = map { "From: a\@b.test\nSubject: $_\n\n.body $_\n" } 1 .. 3;
spew("$dir/home/Maildir/new/$_.m", $body[$_ - 1]) for 1 .. 3;
run('chown', '-R', "$uid:$gid", "$dir/home") if as_root;
my $sha = crypt 'se cret ', '$6$rounds=1000$saltsalt$';
sub compile {
	my ($type, $text) = @_;
	my $r = run({ in => $text }, 'cdbrules', 'compile', $type, "$dir/$type.cdb");
	is($r->{code}, 0, "compile $type") or diag $r->{err};
}
compile('users', "alice\@example.test:$sha:$uid:${gid}::$dir/home\n" .
    "away\@example.test:$sha:$uid:${gid}::$dir/away\n");
compile('groups', "default pop=*\n");
my @check = ('checkpw', '-s', 'pop', "$dir/users.cdb", "$dir/groups.cdb", 'pop3d', 'Maildir');

# serving(\%env, ARG...): pop3login ARG... under tcplisten, with what is in
# $env->{before}; its port, and the listener's pid
sub serving {
	my ($env, @arg) = @_;
	my $port = free_port;
	my @before = @{ delete $env->{before} // [] };
	my $pid = serve($env, 'tcplisten', '127.0.0.1', $port, @before, 'pop3login', @role, '-H', 'mail.example.test', @arg);
	wait_port($port) or die 'no server';
	return ($port, $pid);
}
my $listener;
sub plain { return encode_base64(join("\0", @_), '') }
my @alice = ('alice@example.test', 'se cret ');
my $plain = plain('', @alice);

# what comes for these lines, sent one by one, each reply's first line; CR LF
# becomes '|', the text of a reply goes
sub replies {
	my ($c, @line) = @_;
	my $out = '';
	for (@line) {
		$c->send("$_\r\n");
		my $l = $c->line // 'END';
		$out .= $l =~ s/^(\+OK|-ERR(?: \[\S+\])?|\+).*/$1/sr . '|';
	}
	return $out;
}
sub greeted {
	my ($port) = @_;
	my $c = client($port);
	$c->{greeting} = $c->line;
	return $c;
}
sub capa {
	my ($c) = @_;
	$c->send("CAPA\r\n");
	my $out = '';
	while (defined(my $l = $c->line)) {
		$out .= $l =~ s/\r\n/|/r;
		last if $l eq ".\r\n";
	}
	return $out;
}
# the processes whose parent is PID
sub children {
	my ($pid) = @_;
	my @child;
	for my $file (glob '/proc/[0-9]*/stat') {
		open my $f, '<', $file or next; # it has ended
		push @child, $1 if (<$f> // '') =~ /^(\d+) .*\) \S $pid /;
	}
	return @child;
}
# what a process has open, but for the log and what this test was started with;
# 0 and 1 are the client
sub opened {
	my ($pid) = @_;
	my %old = map { (readlink // '') => 1 } grep { !/\/[012]$/ } glob "/proc/$listener/fd/*";
	my @fd = grep { !/\/2$/ && (/\/[01]$/ || !$old{ readlink // '' }) } glob "/proc/$pid/fd/*";
	return join ' ', sort map { m{/([01])$} ? $1 : readlink =~ s/:.*//r } @fd;
}
# what a process has in its memory and may write to
sub memory {
	my ($pid) = @_;
	my $all = '';
	open my $mem, '<:raw', "/proc/$pid/mem" or die "mem: $!";
	for (split /\n/, slurp("/proc/$pid/maps")) {
		my ($from, $to) = /^([0-9a-f]+)-([0-9a-f]+) rw/ or next;
		no warnings 'portable';
		# a sanitizer's shadow is terabytes of nothing
		next if hex($to) - hex($from) > 1 << 26;
		sysseek $mem, hex $from, 0;
		sysread $mem, $all, hex($to) - hex($from), length $all;
	}
	return $all;
}
# a connection to the listener when it has no other: (it, its monitor, its front)
sub alone {
	my ($port) = @_;
	ok(wait_for(sub { !children($listener) }), 'nothing is left of those before');
	my $c = greeted($port);
	my ($monitor) = children($listener);
	return ($c, $monitor, children($monitor));
}

# --------------------------------------------------------- before a login
(my $port, $listener) = serving({}, @check);
my $c = greeted($port);
like($c->{greeting}, qr/^\+OK mail\.example\.test[ -~]*\r\n$/, 'greeting');
is(capa($c), '+OK capabilities follow|TOP|UIDL|PIPELINING|RESP-CODES|AUTH-RESP-CODE|EXPIRE NEVER|UTF8 USER|LANG|USER|SASL PLAIN LOGIN|'
    . 'IMPLEMENTATION Postern|.|', 'CAPA');
$c->send("AUTH\r\n");
is(join('', map { $c->line } 1 .. 4) =~ s/\r\n/|/gr, '+OK mechanisms follow|PLAIN|LOGIN|.|', 'bare AUTH');
is(replies($c, 'UTF8', 'LANG en', 'LANG *', 'LANG i-default', 'LANG tlh', 'UTF8 x'), '+OK|' x 4 . '-ERR|' x 2, 'UTF8, LANG');
$c->send("LANG\r\n");
is(join('', map { $c->line } 1 .. 4) =~ s/\r\n/|/gr, '+OK languages follow|i-default Default language|en English|.|', 'LANG lists');
is(replies($c, 'STAT', 'NOOP', 'X', '', 'PASS x', 'USER', 'USER ', 'STLS', 'STLS x', 'CAPA x', 'QUIT x', 'AUTH X', 'APOP a b'),
    '-ERR|' x 13, 'what is refused');
is(replies($c, 'USER ' . 'u' x 600, 'USER ' . 'u' x 2000), '-ERR|' x 2, 'long lines');
is(replies($c, 'quit'), '+OK|', 'QUIT');
is($c->rest, '', 'is the end');
$c = greeted($port);
$c->send("NOOP\n");
like($c->line, qr/^-ERR/, 'a bare LF');
$c->send("NO\rOP\r\n");
like($c->line, qr/^-ERR/, 'a bare CR');
$c->send("NO\0OP\r\n");
like($c->line, qr/^-ERR/, 'a NUL');
like(replies($c, ('X') x 30), qr/^(-ERR\|){17}(END\|)+$/, 'twenty bad commands are enough');
$c = greeted($port);
is(replies($c, 'USER x', 'USER alice@example.test', "PASS $alice[1]", 'STAT', 'QUIT'), '+OK|' x 5, 'a login');
$c = greeted($port);
my $t = time;
is(replies($c, 'USER alice@example.test', 'PASS se cret', "PASS $alice[1]", 'USER alice@example.test', "PASS $alice[1]", 'QUIT'),
    '+OK|-ERR [AUTH]|-ERR|+OK|+OK|+OK|', 'a wrong password, then the right one');
ok(time - $t >= 1, 'after a while');
$c = greeted($port);
is(replies($c, 'USER away@example.test', "PASS $alice[1]"), '+OK|-ERR [SYS/TEMP]|', 'no home: temporary');
is($c->rest, '', 'and the end');
ok(logged(qr/event=login-failed ip=127.0.0.1 user=away\@example.test service=pop reason=\S*away/), 'with a reason in the log');
$c = greeted($port);
is(replies($c, map { ('USER alice@example.test', "PASS $_") } 1 .. 3), '+OK|-ERR [AUTH]|' x 3, 'three wrong passwords');
is($c->rest, '', 'are enough');
ok(logged(qr/event=no-login ip=127.0.0.1 reason="too many wrong passwords" failures=3/), 'logged');
unlike(slurp("$dir/log"), qr/se cret/, 'no password in the log');

# ------------------------------------------------------------------- AUTH
sub auth { return replies(greeted($port), @_, 'STAT') }
is(auth("AUTH PLAIN $plain"), '+OK|+OK|', 'AUTH PLAIN');
is(auth('auth plain', $plain), '+|+OK|+OK|', 'AUTH PLAIN, asked for');
is(auth('AUTH PLAIN ' . plain($alice[0], @alice)), '+OK|+OK|', 'AUTH PLAIN for oneself');
is(auth('AUTH PLAIN ' . plain('bob@example.test', @alice)), '-ERR [AUTH]|-ERR|', 'AUTH PLAIN for another');
is(auth('AUTH PLAIN', '*'), '+|-ERR|-ERR|', 'AUTH cancelled');
is(auth("AUTH PLAIN $_"), '-ERR|-ERR|', "AUTH PLAIN $_") for '=', '!!!!', 'AAAA', substr($plain, 0, -1), "$plain=",
    plain('a'), plain('a', 'b'), plain('', 'a', 'b', 'c'), " $plain", "$plain x";
is(auth('AUTH PLAIN', ''), '+|-ERR|-ERR|', 'AUTH PLAIN, empty');
is(auth('AUTH LOGIN', map { encode_base64($_, '') } @alice), '+|+|+OK|+OK|', 'AUTH LOGIN');
is(auth('AUTH LOGIN ' . encode_base64($alice[0], ''), encode_base64($alice[1], '')), '+|+OK|+OK|', 'AUTH LOGIN name');
is(auth('AUTH LOGIN', '*'), '+|-ERR|-ERR|', 'AUTH LOGIN cancelled');
is(auth('AUTH LOGIN', encode_base64($alice[0], ''), '*'), '+|+|-ERR|-ERR|', 'AUTH LOGIN cancelled late');
is(auth('AUTH PLAIN ' . plain('', 'a', 'b' x 500)), '-ERR [AUTH]|-ERR|', 'a password longer than checkpassword takes');

# -------------------------------------------- pipelining, by call and by exec
my $all = "CAPA\r\nUSER $alice[0]\r\nPASS $alice[1]\r\nSTAT\r\nUIDL\r\nLIST\r\nRETR 1\r\nTOP 2 0\r\nNOOP\r\nCAPA\r\nQUIT\r\n";
sub whole {
	my ($p) = @_;
	my $x = client($p);
	$x->send($all);
	return $x->rest;
}
my $by_call = whole($port);
like($by_call, qr/^\+OK mail.*\+OK 3 messages\r\n\+OK 3 117\r\n.*\.\.body 1\r\n\.\r\n.*\+OK bye\r\n\z/s, 'all in one segment');
my ($by_exec) = serving({ POSTERN_EXEC => 1 }, @check);
is(whole($by_exec), $by_call, 'executed: the same bytes');
my $x = greeted($by_exec);
is(capa($x) && replies($x, "AUTH PLAIN " . plain('', 'x', 'y'), "AUTH PLAIN $plain", 'QUIT'),
    '-ERR [AUTH]|+OK|+OK|', 'executed: a wrong password, then the right one');
$c = client($port);
for (split //, $all) {
	$c->send($_);
}
is($c->rest, $by_call, 'byte by byte: the same bytes');
my $under = free_port;
serve('tcpserver', '-H', '-R', '-l0', '127.0.0.1', $under, 'pop3login', @role, '-H', 'mail.example.test', @check);
wait_port($under);
is(whole($under), $by_call, 'under tcpserver: the same bytes');
my $inetd = free_port;
serve('socat', "TCP-LISTEN:$inetd,bind=127.0.0.1,reuseaddr,fork", "EXEC:'pop3login " . join(' ', @role, '-H', 'mail.example.test', @check) . "',nofork");
wait_port($inetd);
is(whole($inetd), $by_call, 'from a bare socket: the same bytes');
like(slurp("$dir/log"), qr/prog=checkpw connid=\S+ event=login ip=127.0.0.1 user=alice/, 'the address and a connection id are found');

# -------------------------------------- what the two processes are, and leave
($c, my $monitor, my $front) = alone($port);
ok($front, 'monitor and front');
my $status = slurp("/proc/$front/status");
like($status, qr/^NoNewPrivs:\s+1$/m, 'the front can gain nothing');
my $limits = slurp("/proc/$front/limits");
like($limits, qr/^Max open files +3 +3 /m, 'open nothing');
like($limits, qr/^Max processes +0 +0 /m, 'and start nothing');
like($limits, qr/^Max core file size +0 +0 /m, 'nor leave a core');
SKIP: {
	skip 'not root', 4 unless as_root;
	like($status, qr/^Uid:\s+64003\s+64003\s+64003\s+64003$/m, 'it is its own user');
	like($status, qr/^Groups:\s*$/m, 'without groups');
	is(readlink "/proc/$front/root", "$dir/empty", 'in an empty folder');
	is(opened($front), '0 1 socket', 'and has the client, the monitor and the log');
}
kill 'KILL', $front;
ok($c->ended, 'kill -9 of the front ends the connection');
ok(wait_for(sub { !-d "/proc/$monitor" }), 'and the monitor');
($c, $monitor, $front) = alone($port);
kill 'KILL', $monitor;
ok($c->ended, 'kill -9 of the monitor ends the connection');
ok(wait_for(sub { !-d "/proc/$front" }), 'and the front');
($c, $monitor) = alone($port);
is(replies($c, "AUTH PLAIN $plain"), '+OK|', 'after a login');
is(join(' ', children($monitor)), '', 'there is no front, not even a dead one');
like(slurp("/proc/$monitor/status"), qr/^Uid:\s+$uid\s+$uid\s+$uid\s+$uid$/m, 'the monitor is the session, of the user');
SKIP: {
	skip 'only root may look into it', 2 unless as_root;
	my $memory = memory($monitor);
	ok($memory =~ /\Q$dir\E\/home/ && $memory !~ /se cret/, 'and has no password in its memory');
	is(opened($monitor), "$dir/home/Maildir $dir/home/Maildir/cur $dir/home/Maildir/dovecot-pop3-session.lock $dir/home/Maildir/new 0 1",
	    'and has nothing open but the maildrop');
}
kill 'KILL', $monitor;
ok($c->ended, 'kill -9 of the session ends the connection');
ok(wait_for(sub { !children($listener) }), 'nothing is left');
$c = greeted($by_exec);
is(replies($c, "AUTH PLAIN $plain"), '+OK|', 'executed: a login');
my ($slow) = serving({}, '-t', '1', @check);
$c = greeted($slow);
ok($c->ended, '-t: a silent client gets no reply but the end');
$c = greeted($slow);
$t = time;
sleep 0.1 while capa($c) =~ /\|\.\|$/ && time - $t < 30;
ok(defined $c->{end}, 'a busy one too, after three times that');
is(run(@$_)->{code}, 100, "usage: @$_") for ['pop3login'], ['pop3login', '-t', 0, 'x'], ['pop3login', '-u', 'no such', 'x'],
    ['pop3login', '-x'];
is(run({ env => { TLS => 'requird' } }, 'pop3login', @role, 'true')->{code}, 100, 'a TLS policy with a typing error');
is(run('pop3login', 'true')->{code}, 100, 'root without -u') if as_root;
like(run('pop3login', '-h')->{out}, qr/^usage: pop3login/, '-h');

# -------------------------------------------- a foreign checkpassword program
spew("$dir/foreign", <<'END');
#!/usr/bin/perl
open my $f, '<&=', 3 or exit 2;
my ($user, $password) = split /\0/, do { local $/; <$f> };
close $f;
exit 111 if $user eq 'temp';
exit 2 if $user eq 'misuse';
exit 100 if $user eq 'never';
kill 'KILL', $$ if $user eq 'crash';
exit 1 if $password ne 'right';
$ENV{SESSION} = $user;
exec @ARGV;
END
chmod 0755, "$dir/foreign";
my $session = 'echo "+OK session of $SESSION ${LOGINFD-no} ${SSLCTLFD-no}"; read -r x; echo "+OK done"; exit ${SESSION#exit}';
my ($foreign) = serving({}, "$dir/foreign", 'sh', '-c', $session);
sub foreign {
	my $f = greeted($foreign);
	$f->send("USER $_[0]\r\nPASS $_[1]\r\nQUIT\r\n");
	return $f->rest =~ s/^(-ERR(?: \[\S+\])?)[^\n]*/$1/gmr =~ s/\r?\n/|/gr;
}
is(foreign('exit0', 'right'), '+OK send the password|+OK session of exit0 no no|+OK done|', 'foreign: yes');
is(foreign('exit77', 'right'), '+OK send the password|+OK session of exit77 no no|+OK done|',
    'foreign: nothing is said after a session');
is(foreign('a', 'wrong'), '+OK send the password|-ERR [AUTH]|+OK bye|', 'foreign: bad');
is(foreign('never', 'right'), '+OK send the password|-ERR [AUTH]|+OK bye|', 'foreign: bad, in the way of cvm');
is(foreign($_, 'right'), '+OK send the password|-ERR [SYS/TEMP]|', "foreign: $_") for 'temp', 'misuse';
is(foreign('crash', 'right'), '+OK send the password|', 'foreign: a crash');
($foreign) = serving({}, "$dir/nonexistent", 'true');
is(foreign('a', 'right'), '+OK send the password|-ERR [SYS/TEMP]|', 'no such program');
($foreign, my $l) = serving({}, "$dir/foreign", 'sh', '-c', $session);
$c = greeted($foreign);
is(replies($c, 'USER exit5', 'PASS right'), '+OK|+OK|', 'foreign: a session');
($monitor) = children($l);
($front) = grep { slurp("/proc/$_/comm") !~ /^(sh|dash)$/ } children($monitor);
kill 'KILL', $front;
is(replies($c, 'QUIT'), '+OK|', 'lives on without the front');
ok(wait_for(sub { !-d "/proc/$monitor" }), 'and ends');

# ------------------------------------------------------------------------ TLS
mkdir "$dir/tls";
run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', 2, '-subj',
    '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', "$dir/key", '-out', "$dir/cert");
spew("$dir/tls/default.pem", slurp("$dir/key"), slurp("$dir/cert"));
chmod 0600, "$dir/tls/default.pem";
Postern::Tls::engine("$dir/tlsd.sock", as_root ? ('-u', '64004:64004') : ());
my @engine = (['tlswrap', ['tlswrap', '-n', '-p', 'pop3', '-s', "$dir/tlsd.sock"]],
    ['ucspi-tls', [top . '/t/lib/ucspi-tls', "$dir/tls/default.pem"]]);
for my $engine (@engine) {
	my ($name, $before) = @$engine;
	($port, $listener) = serving({ before => $before }, @check);
	$c = greeted($port);
	like(capa($c), qr/\|STLS\|/, "$name: STLS is offered");
	is(replies($c, 'USER alice@example.test', 'STLS'), '+OK|+OK|', "$name: STLS");
	ok($c->tls, "$name: handshake") or diag $IO::Socket::SSL::SSL_ERROR;
	is(replies($c, "PASS $alice[1]"), '-ERR|', "$name: what was said before is forgotten");
	unlike(capa($c), qr/STLS/, "$name: STLS is not offered again");
	is(replies($c, 'STLS', "AUTH PLAIN $plain", 'STAT', 'QUIT'),
	    '-ERR|+OK|+OK|+OK|', "$name: a login inside TLS");
	$c = greeted($port);
	is(replies($c, 'AUTH PLAIN ' . plain('', 'x', 'y'), 'STLS'), '-ERR [AUTH]|+OK|', "$name: STLS after a wrong password");
	ok($c->tls, "$name: handshake");
	$c->send($all);
	is($c->rest, $by_call =~ s/^[^\n]*\n//r, "$name: all in one go inside TLS");
	$c = greeted($port);
	$c->send("STLS\r\nUSER evil\r\n");
	like($c->rest, qr/^-ERR [^\n]*\n\z/, "$name: commands behind STLS end it");
	$c = greeted($port);
	is(replies($c, 'STLS'), '+OK|', "$name: STLS");
	$c->send("USER evil\r\nCAPA\r\n");
	unlike($c->rest, qr/\+OK|-ERR/, "$name: no cleartext after a handshake that fails");
	$c = greeted($port);
	is(replies($c, "AUTH PLAIN $plain"), '+OK|', "$name: a login in the clear");
	my ($session) = slurp("$dir/home/Maildir/dovecot-pop3-session.lock") =~ /^(\d+)/;
	SKIP: {
		skip 'only root may look into it', 1 unless as_root;
		is(scalar(grep { (readlink // '') =~ /^socket/ } glob "/proc/$session/fd/*"), 2,
		    "$name: the session has no offer of TLS left, only the client");
	}
	is(replies($c, 'QUIT'), '+OK|', "$name: and its end");
	my ($must) = serving({ before => ['env', 'TLS=require', @$before] }, @check);
	$c = greeted($must);
	is(replies($c, 'USER alice@example.test', 'PASS x', "AUTH PLAIN $plain"), '-ERR [SYS/PERM]|' x 3, "$name: TLS=require");
	is(capa($c), '+OK capabilities follow|TOP|UIDL|PIPELINING|RESP-CODES|AUTH-RESP-CODE|EXPIRE NEVER|UTF8 USER|LANG|STLS|IMPLEMENTATION Postern|.|',
	    "$name: CAPA is honest about it");
	is(replies($c, 'STLS'), '+OK|', "$name: STLS");
	$c->tls;
	like(capa($c), qr/\|USER\|SASL PLAIN LOGIN\|/, "$name: and inside TLS");
	is(replies($c, "AUTH PLAIN $plain", 'QUIT'), '+OK|+OK|', "$name: a login");
	my ($off) = serving({ before => ['env', 'TLS=off', @$before] }, @check);
	$c = greeted($off);
	unlike(capa($c), qr/STLS/, "$name: TLS=off");
	is(replies($c, 'STLS', "AUTH PLAIN $plain"), '-ERR|+OK|', "$name: a login");
	my ($exec) = serving({ before => $before, POSTERN_EXEC => 1 }, @check);
	$c = greeted($exec);
	is(replies($c, 'STLS'), '+OK|', "$name: executed: STLS");
	$c->tls;
	is(replies($c, "AUTH PLAIN $plain", 'STAT', 'QUIT'), '+OK|+OK|+OK|', "$name: executed: a login");
	my ($env) = serving({ before => $before }, "$dir/foreign", 'sh', '-c',
	    'echo "+OK ${SSL_PROTOCOL-none} ${SSLCTLFD-no} ${SSLREADFD-no} ${SSLWRITEFD-no}"');
	$c = greeted($env);
	is(replies($c, 'STLS'), '+OK|', "$name: foreign: STLS");
	$c->tls;
	$c->send("USER a\r\nPASS right\r\n");
	$c->line;
	like($c->line, qr/^\+OK TLSv1\.[23] no no no$/, "$name: foreign: the session knows of TLS, and has no offer of it left");
}
my ($implicit) = serving({ before => ['env', 'TLS=require', 'tlswrap', '-p', 'pop3', '-s', "$dir/tlsd.sock"] }, @check);

# ----------------------------------------------------------- clients of others
($port) = serving({ before => $engine[0][1] }, @check);
my $pop = Net::POP3->new('127.0.0.1', Port => $port, Timeout => 60) or die;
is($pop->login(@alice), 3, 'Net::POP3: login');
is(join('', @{ $pop->get(2) }), $body[1], 'Net::POP3: get');
is($pop->uidl(3), '3.m', 'Net::POP3: uidl');
is(scalar @{ $pop->top(1, 0) }, 3, 'Net::POP3: top');
$pop->quit;
my @curl = ('curl', '-sS', '-m', 60, '--cacert', "$dir/cert", '--user', "$alice[0]:$alice[1]", '--resolve', "localhost:$port:127.0.0.1");
is(run(@curl, "pop3://localhost:$port/1")->{out} =~ s/\r//gr, $body[0], 'curl');
is(run(@curl, '--ssl-reqd', "pop3://localhost:$port/2")->{out} =~ s/\r//gr, $body[1], 'curl: STLS');
is(run(@curl, '--resolve', "localhost:$implicit:127.0.0.1", "pop3s://localhost:$implicit/3")->{out} =~ s/\r//gr, $body[2], 'curl: pop3s');
is(run(@curl, '--login-options', 'AUTH=LOGIN', "pop3://localhost:$port/1")->{out} =~ s/\r//gr, $body[0], 'curl: AUTH LOGIN');
is(run(@curl, '-X', 'UIDL', "pop3://localhost:$port/")->{out} =~ s/\r//gr, "1 1.m\n2 2.m\n3 3.m\n", 'curl: UIDL');
run(@curl, '-I', '-X', 'DELE 2', "pop3://localhost:$port/");
is(join(' ', map { s/.*\///r } glob "$dir/home/Maildir/new/*"), '1.m 3.m', 'curl: DELE');
my $got = "$dir/got";
my $r = run('mpop', "--host=127.0.0.1", "--port=$port", '--auth=plain', "--user=$alice[0]", "--passwordeval=printf '%s' 'se cret '",
    '--tls=on', '--tls-starttls=on', '--tls-certcheck=off', '--keep=on', "--uidls-file=$dir/uidls", "--delivery=mbox,$got");
is($r->{code}, 0, 'mpop') or diag $r->{err};
is(scalar(() = slurp($got) =~ /^Subject/gm), 2, 'mpop: two messages');
SKIP: {
skip 'fetchmail serves only who has a name', 3 unless getpwuid $>;
spew("$dir/fetchmailrc", "set no bouncemail\npoll localhost service $port proto POP3 user \"$alice[0]\" password \"$alice[1]\" " .
    "sslproto '' fetchall no keep mda \"cat >> $dir/fetched\"\n");
chmod 0600, "$dir/fetchmailrc";
$r = run({ env => { HOME => $dir, FETCHMAILHOME => $dir } }, 'fetchmail', '-f', "$dir/fetchmailrc", '--pidfile', "$dir/fetchmail.pid");
is($r->{code}, 0, 'fetchmail') or diag $r->{out}, $r->{err};
is(scalar(() = slurp("$dir/fetched") =~ /^Subject/gm), 2, 'fetchmail: two messages');
is(scalar(my @left = glob "$dir/home/Maildir/*/*.m*"), 0, 'fetchmail: and none left');
}
ok(wait_for(sub { !(() = glob "$dir/home/Maildir/*.lock") }), 'no lock is left');
done_testing;
