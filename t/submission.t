#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# smtpd: AUTH, STARTTLS and what submission adds. The TLS engine is
# IO::Socket::SSL (t/lib/ucspi-tls); the passwords are checked by a small
# checkpassword program, and at the end by checkpw.
use strict;
use warnings;
use lib 't/lib';
use MIME::Base64;
use Postern;
use Postern::Tls ();
use Smtp;
use Test::More;

my $dir = scratch;
chmod 0755, $dir;
my $pem = "$dir/server.pem";
my $r = run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
    'ec_paramgen_curve:P-256', '-nodes', '-days', 2, '-subj', '/CN=mx.example.test',
    '-keyout', "$dir/key", '-out', "$dir/cert");
spew($pem, slurp("$dir/key"), slurp("$dir/cert"));
spew("$dir/checkpassword", <<'END');
#!/usr/bin/perl
open my $f, '<&=', 3 or exit 2;
my ($user, $password) = split /\0/, do { local $/; <$f> };
exit 111 if $user eq 'temp@example.test';
exit 1 if $password ne "secret of $user";
exit 0;
END
chmod 0755, "$dir/checkpassword";
my $q = queue;
my $policy = top . "/t/lib/policy $dir/asked";
my @check = ('-q', $q, '-p', $policy, "$dir/checkpassword");
sub b64 { return encode_base64($_[0], '') }
my $plain = b64("\0alice\@example.test\0secret of alice\@example.test");
my %tls = (tls => $pem);

# ------------------------------------------------------------------ STARTTLS
my $port = smtp({%tls}, @check);
my $c = greeted($port);
like($c->{ehlo}, qr/^250-STARTTLS$/m, 'STARTTLS is offered');
unlike($c->{ehlo}, qr/AUTH/, 'AUTH is not, without it');
is(replies($c, "AUTH PLAIN $plain", 'STARTTLS x', 'MAIL FROM:<a@b.test>'),
    '538 501 250', 'no password in the clear');
$c->send("STARTTLS\r\n");
like(reply($c), qr/^220 /, 'STARTTLS');
ok($c->tls, 'handshake');
is(replies($c, 'RCPT TO:<alice@example.test>', 'MAIL FROM:<a@b.test>'), '503 503',
    'what was said before is forgotten');
$c->send("EHLO again\r\n");
my $ehlo = reply($c);
unlike($ehlo, qr/STARTTLS/, 'not twice');
like($ehlo, qr/^250-AUTH PLAIN LOGIN$/m, 'now AUTH is offered');
is(replies($c, 'STARTTLS', 'MAIL FROM:<a@b.test>', 'RCPT TO:<alice@x.test>', 'DATA'),
    '503 250 250 354', 'mail inside TLS');
$c->send("x\r\n.\r\n");
reply($c);
like((queued($q))[-1]{text}, qr/with ESMTPS id \S+\n\t\(TLSv1\.\d [-A-Z0-9_]+, connid /,
    'Received tells of TLS');
like(slurp("$dir/asked"), qr/encryption_cipher=[-A-Z0-9_]+ encryption_keysize= encryption_protocol=TLSv1\.\d/,
    'and the policy is told');
unlink glob "$q/incoming/*";

$c = greeted($port);
$c->send("STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil\@b.test>\r\n");
like($c->rest, qr/^554 5\.5\.1 [^\n]*\n\z/, 'commands behind STARTTLS end the session');
$c = greeted($port);
$c->send("STARTTLS\r\n");
reply($c);
$c->send("EHLO evil\r\n" x 3);
unlike($c->rest, qr/^250/m, 'cleartext where the handshake belongs is not answered');

my $must = smtp({ %tls, TLS => 'require' }, @check);
$c = greeted($must);
is(replies($c, 'NOOP', 'HELO a', 'MAIL FROM:<a@b.test>', "AUTH PLAIN $plain", 'RSET',
    'VRFY a', 'HELP', 'DATA'), '250 530 530 530 530 530 530 530', 'TLS=require');
$c = greeted(smtp({ %tls, TLS => 'off' }, @check));
unlike($c->{ehlo}, qr/STARTTLS/, 'TLS=off: no STARTTLS');
like($c->{ehlo}, qr/AUTH/, 'but AUTH');
is(replies($c, 'STARTTLS', "AUTH PLAIN $plain"), '502 235', 'as the ip rules said');

# ---------------------------------------------------------------------- AUTH
sub tls { # what is inside TLS, behind EHLO
	my ($p) = @_;
	my $t = greeted($p);
	$t->send("STARTTLS\r\n");
	reply($t);
	$t->tls or die 'no TLS';
	$t->send("EHLO client.test\r\n");
	reply($t);
	return $t;
}
$c = tls($port);
is(replies($c, "AUTH PLAIN $plain", "AUTH PLAIN $plain"), '235 503', 'AUTH PLAIN');
$c->send("EHLO x\r\n");
unlike(reply($c), qr/AUTH/, 'AUTH is not offered again');
is(replies(tls($port), 'AUTH PLAIN', $plain), '334 235', 'response later');
is(replies(tls($port), 'auth plain', $plain), '334 235', 'in lower case');
is(replies(tls($port), 'AUTH LOGIN', b64('alice@example.test'),
    b64('secret of alice@example.test')), '334 334 235', 'AUTH LOGIN');
is(replies(tls($port), 'AUTH LOGIN ' . b64('alice@example.test'),
    b64('secret of alice@example.test')), '334 235', 'with the name at once');
is(replies(tls($port), 'AUTH PLAIN ' . b64("alice\0alice\0secret of alice"),
    'NOOP'), '235 250', 'for oneself');
is(replies(tls($port), 'AUTH PLAIN ' . b64("bob\0alice\0secret of alice"), 'NOOP'),
    '535 250', 'nobody acts for others');
is(replies(tls($port), 'AUTH PLAIN ' . b64("\0a\0b"), 'AUTH LOGIN', b64('a'), b64('b'),
    'AUTH PLAIN ' . b64("\0a\0b"), 'NOOP'), '535 334 334 535 535 421',
    'three wrong passwords are enough');
is(replies(tls($port), 'AUTH PLAIN ' . b64("\0temp\@example.test\0x"), 'NOOP'),
    '454 250', 'what cannot be checked is no yes');
is(replies(tls($port), 'AUTH', 'AUTH CRAM-MD5', 'AUTH PLAIN !!!!', 'AUTH PLAIN =',
    'AUTH PLAIN ' . b64('abc'), 'AUTH PLAIN', '*', 'AUTH LOGIN', '*', 'AUTH LOGIN', '=',
    'AUTH LOGIN', b64('a'), '*'), '501 504 501 501 501 334 501 334 501 334 501 334 334 501',
    'what is no login');
is(replies(tls($port), 'AUTH PLAIN', 'x' x 13000, 'AUTH PLAIN', 'A' x 12000, 'AUTH LOGIN',
    'A' x 1000, 'AUTH PLAIN ' . b64("\0" . ('a' x 600) . "\0b")),
    '334 500 334 535 334 535 535', 'what is too long');
is(replies(tls($port), 'MAIL FROM:<>', "AUTH PLAIN $plain"), '250 503', 'not behind MAIL');
ok(logged(qr/event=auth result=bad method=PLAIN user=a ip=127\.0\.0\.1/), 'the log tells of wrong ones');
unlike(slurp("$dir/log"), qr/secret/, 'and of no password');

# ---------------------------------------------------------------- submission
my $sub = smtp({%tls}, '-S', @check);
$c = tls($sub);
is(replies($c, 'MAIL FROM:<alice@example.test>', "AUTH PLAIN $plain",
    'MAIL FROM:<bob@example.test>', 'MAIL FROM:<>', 'RSET',
    'MAIL FROM:<"Alice"@EXAMPLE.test>', 'RCPT TO:<alice@x.test>', 'DATA'),
    '530 235 553 250 250 250 250 354', 'a login first, then as oneself');
$c->send("Subject: x\r\nBcc: secret\@x.test,\r\n more\@x.test\r\nTo: y\r\n\r\ntext\r\n.\r\n");
like(reply($c), qr/^250/, 'accepted');
my ($m) = queued($q);
like($m->{text}, qr/with ESMTPSA id .*\+0000\nSubject: x\nTo: y\nFrom: "Alice"\@EXAMPLE\.test\nDate: \w{3}, \d.* \+0000\nMessage-ID: <[^<>@\s]+\@mx\.example\.test>\n\ntext\n\z/s,
    'From, Date and Message-ID are added, Bcc is gone');
unlink glob "$q/incoming/*";
# what the header says of its author is held to the same rule
sub sent {
	my ($header) = @_;
	replies($c, 'RSET', 'MAIL FROM:<alice@example.test>', 'RCPT TO:<alice@x.test>', 'DATA');
	$c->send("$header\r\n\r\nx\r\n.\r\n");
	return substr reply($c), 0, 10;
}
is(sent($_), '250 2.0.0 ', $_) for 'From: alice@example.test', "From: \"Boss <boss\@x.test>\"\r\n <Alice\@Example.test>",
    "from : alice\@example.test (x)\r\nSender: <alice\@example.test>";
is(sent($_), '550 5.7.1 ', $_) for 'From: boss@x.test', 'From: alice@example.test <boss@x.test>',
    'From: alice@example.test, boss@x.test', "From: alice\@example.test\r\nFrom: boss\@x.test",
    "From: alice\@example.test\r\nSender: boss\@x.test", "From:\r\n boss\@x.test", "FROM: boss\@x.test",
    "X: y\r\nFrom : boss\@x.test", 'From: "alice@example.test"@x.test';
is(sent($_), '550 5.6.0 ', $_) for 'From: ', 'From: <>', 'From: alice', 'From: <alice@example.test',
    'From: ' . "alice\@example.test,\r\n " x 500 . 'alice@example.test';
unlink glob "$q/incoming/*";
like(slurp("$dir/asked"), qr/sasl_method=PLAIN sasl_sender= sasl_username=alice\@example\.test/,
    'the policy is told who');
ok(logged(qr/event=mail-accepted .* tls=TLSv1\.\d user=alice\@example\.test/), 'the log, too');
$r = run('swaks', '--server', "127.0.0.1:$sub", '-tls', '-a', 'PLAIN', '-au', 'alice@example.test',
    '-ap', 'secret of alice@example.test', '--from', 'alice@example.test', '--to', 'alice@x.test');
is($r->{code}, 0, 'swaks') or diag $r->{out};
$r = run({ in => "Subject: x\n\nx\n" }, 'msmtp', '-C', '/dev/null', '--host=127.0.0.1', "--port=$sub",
    '--tls=on', '--tls-certcheck=off', '--auth=login', '--user=alice@example.test',
    '--passwordeval=echo secret of alice@example.test', '--from=alice@example.test', 'alice@x.test');
is($r->{code}, 0, 'msmtp, LOGIN') or diag $r->{err};
$r = run({ in => "Subject: x\n\nx\n" }, 'curl', '-s', '-S', '-k', '--ssl-reqd', '--url',
    "smtp://127.0.0.1:$sub/c.test", '--user', 'alice@example.test:secret of alice@example.test',
    '--mail-from', 'alice@example.test', '--mail-rcpt', 'alice@x.test', '--upload-file', '-', '--crlf');
is($r->{code}, 0, 'curl') or diag $r->{err};
is(scalar(grep { $_->{text} =~ /ESMTPSA/ } queued($q)), 3, 'all three are queued');
unlink glob "$q/incoming/*";

# ------------------------------------------------ the processes of a session
# the smtpd processes of a session that is logged in: {pid => parent}
sub session_processes {
	my ($top) = @_;
	my (%parent, %name, %mine);
	for my $s (glob '/proc/[0-9]*/stat') {
		my ($pid, $name, $ppid) = (eval { slurp $s } // '') =~ /^(\d+) \((.*)\) \S+ (\d+)/ or next;
		@parent{$pid} = ($ppid);
		$name{$pid} = $name;
	}
	for my $pid (keys %parent) {
		my $p = $pid;
		$p = $parent{$p} while $p && $p != $top;
		$mine{$pid} = $parent{$pid} if $p && $name{$pid} eq 'smtpd';
	}
	return %mine;
}
my $own = free_port;
my $server = serve('tcpserver', '-HRl0', '127.0.0.1', $own, top . '/t/lib/ucspi-tls', $pem,
    'smtpd', '-S', '-H', 'mx.example.test', @check);
wait_port($own);
$c = tls($own);
replies($c, "AUTH PLAIN $plain");
my %p;
wait_for(sub { %p = session_processes($server); 2 == keys %p }); # who has found the password right may still be there
my ($front) = grep { exists $p{ $p{$_} } } keys %p;
is(scalar keys %p, 2, 'a front and a monitor');
my $monitor = $p{$front};
my @fd = map { readlink($_) // '' } glob "/proc/$monitor/fd/*";
is(scalar(grep { /socket/ } @fd), 1, 'the monitor holds nothing of the connection') or diag "@fd";
kill 'KILL', $front;
ok(wait_for(sub { !-e "/proc/$monitor" }), 'it ends with the front');

# ---------------------------------------------------------------------- checkpw
my $hash = crypt 'pw', '$5$rounds=1000$abcdefgh$';
mkdir "$dir/home";
my ($uid, $gid) = as_root ? (65534, 65534) : ($>, $) + 0);
spew("$dir/users", "carol\@example.test:$hash:$uid:$gid\::$dir/home::groups=staff from=sales\@example.test\n");
spew("$dir/groups", "staff smtp=* incoming=*\n");
for my $type ('users', 'groups') {
	$r = run({ in => slurp("$dir/$type") }, 'cdbrules', 'compile', $type, "$dir/$type.cdb");
	is($r->{code}, 0, "$type compiled") or diag $r->{err};
}
my $real = smtp({%tls}, '-S', '-q', $q, '-p', $policy, 'checkpw', '-s', 'smtp', "$dir/users.cdb",
    "$dir/groups.cdb");
$c = tls($real);
is(replies($c, 'AUTH PLAIN ' . b64("\0carol\@example.test\0wrong"),
    'AUTH PLAIN ' . b64("\0Carol\@example.test\0pw")), '535 235', 'checkpw');
is(replies($c, 'MAIL FROM:<sales@example.test>', 'RSET', 'MAIL FROM:<carol@example.test>', 'RSET',
    'MAIL FROM:<boss@example.test>'), '250 250 250 250 553', 'from= names what one may send as');

# ------------------------------------- a whole chain of ours, called and executed
spew("$dir/domains", "example.test\n");
spew("$dir/aliases", '');
spew("$dir/relay", '');
spew("$dir/ip", ":allow\n");
for (['domains', 'domains'], ['aliases', 'aliases'], ['relay', 'relay'], ['ip', 'ip'], ['mailboxes', 'users']) {
	my ($type, $source) = @$_;
	$r = run({ in => slurp("$dir/$source") }, 'cdbrules', 'compile', $type, "$dir/$type.cdb");
	diag $r->{err} if $r->{code};
}
mkdir "$dir/tls";
spew("$dir/tls/mx.example.test.pem", slurp("$dir/key"), slurp("$dir/cert"));
Postern::Tls::engine("$dir/tlsd.sock", '-n', 'mx.example.test');
for my $exec (0, 1) {
	my $chain = free_port;
	serve({ POSTERN_EXEC => $exec }, 'tcplisten', '127.0.0.1', $chain, 'ipcheck', "$dir/ip.cdb",
	    'tlswrap', '-n', '-p', 'smtp', '-s', "$dir/tlsd.sock", 'smtpd', '-H', 'mx.example.test', '-q', $q,
	    '-p', "relaycheck -c $dir", 'checkpw', '-s', 'smtp', "$dir/users.cdb", "$dir/groups.cdb");
	wait_port($chain);
	my $how = $exec ? 'executed' : 'called';
	$c = tls($chain);
	is(replies($c, 'MAIL FROM:<a@b.test>', 'RCPT TO:<carol@example.test>', 'RCPT TO:<nobody@example.test>',
	    'RCPT TO:<x@elsewhere.test>', 'RCPT TO:<postmaster>', 'RSET'), '250 250 550 554 550 250', "$how: no open relay");
	is(replies($c, 'AUTH PLAIN ' . b64("\0carol\@example.test\0pw"), 'MAIL FROM:<carol@example.test>',
	    'RCPT TO:<x@elsewhere.test>', 'DATA'), '235 250 250 354', "$how: but for a user");
	$c->send("x\r\n.\r\n");
	like(reply($c), qr/^250/, "$how: queued");
}
unlike(slurp("$dir/log"), qr/event=fatal/, 'no stage had trouble');
done_testing;
