#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# smtpd: sessions without login or TLS, by transcripts and by other people's
# clients. Not here: smuggling (smuggling.t), AUTH and STARTTLS
# (submission.t).
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Smtp;
use Net::SMTP;
use Time::HiRes ();
use Test::More;

my $q = queue;
my $asked = scratch . '/asked';
my $policy = top . "/t/lib/policy $asked";
my $port = smtp({}, '-q', $q, '-p', $policy, '-s', 100000, '-n', 3);
my $ok = 'RCPT TO:<alice@example.test>';

# ---------------------------------------------------------------- transcripts
my $c = client($port);
is(reply($c), '220 mx.example.test ESMTP', 'greeting');
is(replies($c, 'MAIL FROM:<a@b.test>', $ok, 'DATA', 'AUTH PLAIN', 'STARTTLS'),
    '503 503 503 503 503', 'nothing before EHLO');
is(replies($c, 'EHLO', 'HELO', 'EHLO a b', 'EHLO a;b', 'EHLO ' . 'a' x 256),
    '501 501 501 501 501', 'bad names in EHLO');
$c->send("EHLO [192.0.2.1]\r\n");
is(reply($c), join("\n", '250-mx.example.test', '250-PIPELINING',
    '250-SIZE 100000', '250-8BITMIME', '250-CHUNKING', '250-BINARYMIME', '250-SMTPUTF8', '250-DSN',
    '250-LIMITS RCPTMAX=3', '250-HELP', '250 ENHANCEDSTATUSCODES'),
    'what EHLO announces: neither TLS nor logins here');
is(replies($c, 'noop', 'NOOP x y', 'rSeT', 'RSET x', 'VRFY', 'VRFY alice',
    'HELP', 'HELP MAIL', 'EXPN list', 'TURN', 'FOO', '', ' ',
    'MAILFROM:<a@b.test>'),
    '250 250 250 501 501 252 214 214 502 502 500 500 500 500',
    'the small commands');
$c->close;

$c = greeted($port);
is(replies($c, 'AUTH PLAIN', 'STARTTLS'), '502 502', 'no logins, no TLS');
is(replies($c, $ok, 'DATA', 'MAIL FROM:<a@b.test>', 'MAIL FROM:<a@b.test>',
    'DATA', $ok, 'EHLO again', $ok), '503 503 250 503 554 250 250 503',
    'the order of commands; EHLO starts over');
is(replies($c, 'MAIL FROM:<>', 'RCPT TO:<>', 'RCPT TO:<PostMaster>',
    'RCPT TO:<postmaster@example.test>', 'RSET', $ok),
    '250 553 250 250 250 503', 'null paths and postmaster');
$c->send("QUIT\r\n");
is(reply($c), '221 2.0.0 bye', 'QUIT');
ok($c->ended, 'and closed');

my @path = (
	'501', 'MAIL FROM', '501', 'MAIL FROM:', '501', 'MAIL FROM:a@b.test',
	'250', 'MAIL FROM: <a@b.test>', '250', 'mail from:   <> size=1', '501', 'MAIL FROM : <a@b.test>',
	'501', 'MAIL FROM: ', '501', 'MAIL FROM:<a@b.test', '553', 'MAIL FROM:< a@b.test>',
	'501', 'MAIL FROM:<a@b.test>x', '501', 'MAIL TO:<a@b.test>',
	'553', 'MAIL FROM:<;sleep 66;>', '553', 'MAIL FROM:<a>',
	'553', 'MAIL FROM:<a@>', '553', 'MAIL FROM:<@b.test:>',
	'501', 'MAIL FROM:<@b.test>', '553', 'MAIL FROM:<a@b..test>',
	'553', 'MAIL FROM:<a b@c.test>', '553', 'MAIL FROM:<a@-b.test>',
	'501', 'MAIL FROM:<"a@b.test>', '501', 'MAIL FROM:<> ="',
	'501', 'MAIL FROM:<> SIZE', '501', 'MAIL FROM:<> SIZE=x',
	'501', 'MAIL FROM:<> SIZE=1 SIZE=1', '501', 'MAIL FROM:<> SIZE==1',
	'501', 'MAIL FROM:<> BODY=BINARY', '501', 'MAIL FROM:<> AUTH=a+0Ab',
	'501', 'MAIL FROM:<> AUTH=+', '555', 'MAIL FROM:<> NOTIFY=NEVER',
	'555', 'MAIL FROM:<> REQUIRETLS', '555', 'MAIL FROM:<> X=1',
	'552', 'MAIL FROM:<> SIZE=100001', '552',
	'MAIL FROM:<> SIZE=99999999999999999999',
	'501', 'MAIL FROM:<> SIZE=999999999999999999999',
	'553', 'MAIL FROM:<' . 'a' x 65 . '@b.test>',
	'553', "MAIL FROM:<\xc3\xa4\@b.test>", '553', 'MAIL FROM:<postmaster>',
	'250', 'MAIL FROM:<"a b>c"@d.test>', '250',
	'MAIL FROM:<a@b.test> SIZE=100000 BODY=8BITMIME AUTH=<>',
	'250', 'mail from:<a@b.test> size=1 body=7bit auth=a+2Bb@c.test',
	'250', 'MAIL FROM:<@x.test,@y.test:a@b.test>', '250',
	'MAIL FROM:<a@[192.0.2.1]>', '250', 'MAIL FROM:<a@[IPv6:2001:db8::1]>',
	'250', 'MAIL FROM:<a@b.test>  ',
);
my $errors = 0;
$c = greeted($port);
while (my ($code, $line) = splice @path, 0, 2) {
	$c->send("$line\r\n");
	like(reply($c), qr/^$code/, substr($line, 0, 60) . " is $code");
	$c->send("RSET\r\n"), reply($c) if $code eq '250';
	$c = greeted($port) if ++$errors % 15 == 0;
}

$c = greeted($port);
is(replies($c, 'MAIL FROM: <a@b.test>', 'RCPT TO: <alice@example.test>', 'RSET', 'MAIL FROM:<a@b.test>'), '250 250 250 250',
    'a blank before the path, as devices send it');
is(replies($c, 'RCPT TO:<""@d.test>', 'RCPT TO:<a@b.test> RET=FULL',
    'RCPT TO:alice@example.test', 'RCPT TO:<alice>', 'RCPT FROM:<a@b.test>'),
    '250 555 501 553 501', 'bad recipients');
is(replies($c, $ok, $ok, $ok, 'DATA'), '250 250 452 354', 'not too many');
$c->send(".\r\n");
reply($c);
is(scalar @{ (queued($q))[-1]{to} }, 3, 'as many as were taken');
unlink glob "$q/incoming/*";

# ---------------------------------------------------------- wrong line ends
for my $bad ("NOOP\n", "NO\rOP\r\n", "NOOP\r\r\n", "NO\0OP\r\n", "NO\x1bOP\r\n",
	"NOOP " . 'x' x 3000 . "\r\n", "NOOP " . 'x' x 70000 . "\r\n",
	"NOOP a\tb\r\n") {
	$c = greeted($port);
	$c->send($bad);
	(my $name = substr $bad, 0, 12) =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;
	like(reply($c), qr/^500 5\.5\.2/, "$name... is 500");
	is(replies($c, 'NOOP'), '250', 'once');
}

# ------------------------------------------------------------ out of turn
for my $verb ('GET / HTTP/1.1', 'POST / HTTP/1.1', 'CONNECT x:25') {
	$c = client($port);
	reply($c);
	$c->send("$verb\r\nHost: x\r\n\r\nEHLO a\r\nMAIL FROM:<a\@b.test>\r\n");
	like($c->rest, qr/^421 [^\n]*\n\z/, "$verb ends the session");
}
my $slow = free_port;
serve('tcpserver', '-HRl0', '127.0.0.1', $slow, 'sh', '-c',
    "until [ -e $asked.go ]; do sleep 0.05; done; exec smtpd -H mx.example.test -q $q -p '$policy'");
wait_port($slow);
$c = client($slow);
$c->send("EHLO a\r\n");
spew("$asked.go");
like($c->rest, qr/^554 5\.5\.1 [^\n]*\n\z/, 'speaking before the greeting');
for my $early ("EHLO a\r\nMAIL FROM:<a\@b.test>\r\n", "HELO a\r\nNOOP\r\n") {
	$c = client($port);
	reply($c);
	$c->send($early);
	like($c->rest, qr/^554 5\.5\.1 [^\n]*\n\z/, 'going on before EHLO is answered');
}
$c = greeted($port);
$c->send("MAIL FROM:<a\@b.test>\r\n$ok\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\n");
like($c->rest, qr/^250 .*\n250 .*\n554 5\.5\.1 [^\n]*\n\z/,
    'sending the message before 354');
is(scalar queued($q), 0, 'nothing was queued by them');

$c = greeted($port);
$c->send("FOO\r\n" x 30);
my @all = split /\r\n/, $c->rest;
is(scalar @all, 21, 'twenty errors are enough');
like($all[-1], qr/^421 4\.7\.0/, 'and 421 follows');
$c = greeted($port);
$c->send("NOOP\r\n" x 120);
@all = split /\r\n/, $c->rest;
is(scalar @all, 100, 'a hundred commands for nothing are enough');
like($all[-1], qr/^421 4\.7\.0/, 'and 421 follows');

$c = greeted($port);
$c->send("MAIL FROM:<a\@b.test>\r\n" . "RCPT TO:<grey\@x.test>\r\n" x 50 . "$ok\r\n" x 60);
is(join(' ', map { substr reply($c), 0, 3 } 1 .. 111), '250 ' . '450 ' x 50 . '250 ' x 3 . join(' ', ('452') x 57),
    'recipients for later are no errors, however many');
is(replies($c, 'DATA'), '354', 'those that were taken get their mail');
$c->send(".\r\n");
like(reply($c), qr/^250/, 'queued');
unlink glob "$q/incoming/*";

# ------------------------------------------------------------------ messages
sub mail {
	my ($p, $text, @more) = @_;
	my $m = greeted($p);
	replies($m, 'MAIL FROM:<Sender@Client.test>', $ok, @more, 'DATA');
	$m->send($text);
	my $r = reply($m) // 'end';
	$m->close;
	return $r;
}

my $r = mail($port, "Subject: one\r\n\r\n..dot\r\n...\r\n\r\n\xe4\r\n.\r\n");
like($r, qr/^250 2\.0\.0 ok, queued as (\S+)$/, 'accepted');
my ($id) = $r =~ /(\S+)$/;
my ($m) = queued($q);
ok($m->{whole}, 'its name holds its size');
is((split /,/, $m->{name})[0], $id, 'and its id');
is($m->{from}, 'Sender@Client.test', 'sender as given');
is_deeply($m->{to}, ['alice@example.test'], 'recipient');
my ($received, $text) = split /\nSubject/, $m->{text}, 2;
is($text, ": one\n\n.dot\n..\n\n\xe4\n", 'text, unstuffed, LF');
like($received, qr/^Received:[ ]from[ ]client\.test[ ]\(\[127\.0\.0\.1\]\)
    \n\tby[ ]mx\.example\.test[ ]with[ ]ESMTP[ ]id[ ]\Q$id\E
    \n\t\(connid[ ][^()\s]+\)\n\tfor[ ]<alice\@example\.test>;
    \n\t\w{3},[ ]\d\d[ ]\w{3}[ ]\d{4}[ ]\d\d:\d\d:\d\d[ ]\+0000\z/x, 'Received');
like(slurp($asked), qr/client_address=127\.0\.0\.1 .*helo_name=client\.test .*protocol_name=ESMTP protocol_state=RCPT .*recipient=alice\@example\.test .*request=smtpd_access_policy .*sender=Sender\@Client\.test/,
    'what the policy is told');
ok(logged(qr/event=mail-accepted id=\Q$id\E ip=127\.0\.0\.1 from=Sender\@Client\.test to=alice\@example\.test nrcpt=1 size=31/),
    'the log tells it, with the size in CR LF octets');
unlink glob "$q/incoming/*";

$r = mail($port, "x\r\n.\r\n", 'RCPT TO:<bob@example.test>');
($m) = queued($q);
like($m->{text}, qr/^Received: [^;]*\)\n\tby [^;]*;\n\t.* \+0000\nx\n\z/,
    'a message without a header stays as it is');
unlike($m->{text}, qr/alice/, 'several recipients are not told to each other');
unlink glob "$q/incoming/*";

is(mail($port, ".\r\n") =~ /^250/ && (queued($q))[-1]{whole}, 1,
    'an empty message');
unlink glob "$q/incoming/*";
$c = greeted($port);
$c->send("MAIL FROM:<a\@b.test>\r\n${ok}\r\nDATA\r\n");
reply($c) for 1 .. 3;
for my $byte (split //, "A: b\r\n\r\nc\r\n..\r\n.\r\nQUIT\r\n") { $c->send($byte) }
like($c->rest, qr/^250 .*\n221 .*\n\z/, 'byte by byte');
like((queued($q))[-1]{text}, qr/\nA: b\n\nc\n\.\n\z/, 'the same text');
unlink glob "$q/incoming/*";

$text = join '', map { ('x' x (1 + $_ % 900)) . "\r\n" } 1 .. 215;
like(mail($port, "$text.\r\n"), qr/^250/, length($text) . ' octets');
(my $lf = $text) =~ s/\r//g;
is(substr((queued($q))[-1]{text}, -length $lf), $lf, 'are queued as they were');
unlink glob "$q/incoming/*";
like(mail($port, ('x' x 99998) . "\r\n.\r\n"), qr/^250/, 'at the limit');
unlink glob "$q/incoming/*";
like(mail($port, ('x' x 99999) . "\r\n.\r\n"), qr/^552 5\.3\.4/, 'above it');
$c = greeted($port);
replies($c, 'MAIL FROM:<a@b.test>', $ok, 'DATA');
$c->send(("x" x 998 . "\r\n") x 300 . ".\r\n");
like(reply($c), qr/^552/, 'three times the limit is read to its end');
is(replies($c, 'MAIL FROM:<a@b.test>', $ok, 'RSET'), '250 250 250', 'then more');
replies($c, 'MAIL FROM:<a@b.test>', $ok, 'DATA');
$c->send(("x" x 998 . "\r\n") x 1000 . "");
like($c->rest, qr/^552/, 'without an end, the session is');
like(mail($port, "Received: x\r\n" x 100 . "\r\n.\r\n"), qr/^250/, '100 hops');
unlink glob "$q/incoming/*";
like(mail($port, "A: b\r\n" . "received : x\r\n" x 101 . "\r\n.\r\n"),
    qr/^554 5\.4\.6/, '101 are a loop');
like(mail($port, "A: b\r\n\r\n" . "Received: x\r\n" x 200 . ".\r\n"), qr/^250/,
    'in the text they are none');
unlink glob "$q/incoming/*";
$c = greeted($port);
replies($c, 'MAIL FROM:<a@b.test>', $ok, 'DATA');
$c->send("Subject: cut off\r\n\r\nno end");
goes_away($c);
ok(wait_for(sub {
	opendir my $d, "$q/incoming";
	return !grep { !/^\.\.?$/ } readdir $d;
}), 'a client that goes away leaves nothing, not even a temporary file');

# ------------------------------------------------------------------ policies
$c = greeted($port);
replies($c, 'MAIL FROM:<a@b.test>');
my %answer = (
	dunno => qr/^554 5\.7\.1 /, reject => qr/^554 5\.7\.1 refused by policy$/,
	why => qr/^554 5\.7\.1 not this one$/,
	code => qr/^550 5\.1\.1 nobody of that name$/,
	own => qr/^553 5\.7\.1 no status$/, defer => qr/^450 4\.7\.1 later$/,
	grey => qr/^450 4\.7\.1 Greylisted$/, what => qr/^451 4\.3\.5/,
	empty => qr/^451 4\.3\.5/, bad => qr/^451 4\.3\.5/,
	long => qr/^554 5\.7\.1 x{400,470}$/,
	control => qr/^554 5\.7\.1 a\?b\?c$/, bob => qr/^250/,
);
for my $name (sort keys %answer) {
	$c->send("RCPT TO:<$name\@example.test>\r\n");
	like(reply($c), $answer{$name}, "policy: $name");
}
$c->send("RCPT TO:<bye\@example.test>\r\n");
like($c->rest, qr/^421 4\.7\.0 go away\r\n\z/, '421 of a policy ends the session');
ok(logged(qr/event=rcpt-refused .*to=why\@example.test reply="554 5.7.1 not this one" why="REJECT not this one"/),
    'the log says why');
$c = greeted($port);
replies($c, 'MAIL FROM:<a@b.test>');
is(replies($c, 'RCPT TO:<die@x.test>', $ok, 'RSET', 'MAIL FROM:<a@b.test>', $ok),
    '451 451 250 250 451', 'a policy that dies is no yes, for the whole session');
my %pid = map { /pid=(\d+)/; $1 => 1 } grep { /what\@|long\@/ } split /\n/, slurp $asked;
is(scalar keys %pid, 1, 'one process for a session');

my $two = smtp({}, '-q', $q, '-p', "$policy", '-p', "$policy.2");
$c = greeted($two);
is(replies($c, 'MAIL FROM:<a@b.test>', 'RCPT TO:<dunno@x.test>',
    'RCPT TO:<alice@x.test>', 'RCPT TO:<reject@x.test>'), '250 554 250 554',
    'the first that knows decides');
ok(-e "$asked.2", 'the second was asked, too');
unlike(slurp("$asked.2"), qr/alice|reject/, 'but only where the first did not know');
$two = smtp({}, '-q', $q, '-p', top . "/t/lib/policy $asked", '-p', 'policy-that-is-not-there');
$c = greeted($two);
is(replies($c, 'MAIL FROM:<a@b.test>', 'RCPT TO:<dunno@x.test>'), '250 451',
    'a policy that cannot be run');
my $field = smtp({}, '-q', $q, '-p', $policy, '-p', "sh -c exit");
$c = greeted($field);
is(replies($c, 'MAIL FROM:<a@b.test>', 'RCPT TO:<field@x.test>', $ok), '250 451 250',
    'PREPEND has no opinion; a policy that ends at once');
replies($c, 'DATA');
$c->send("Subject: x\r\n\r\n.\r\n");
reply($c);
like((queued($q))[-1]{text}, qr/\+0000\nX-Checked: yes\nSubject/,
    'PREPEND puts a field into the header');
unlink glob "$q/incoming/*";
$c = greeted(smtp({}, '-q', $q));
is(replies($c, 'MAIL FROM:<a@b.test>', $ok, 'RCPT TO:<postmaster>', 'DATA'),
    '250 554 554 554', 'without a policy nothing is taken');

# -------------------------------------------------------- other people's clients
my $body = "Subject: test\n\nfirst\n.second\n";
my $n = Net::SMTP->new('127.0.0.1', Port => $port, Hello => 'perl.test');
ok($n && $n->mail('a@b.test', Size => 100, Bits => '8') && $n->to('alice@x.test')
    && $n->data($body) && $n->quit, 'Net::SMTP');
$r = run({ in => $body }, 'curl', '-s', '-S', '--url', "smtp://127.0.0.1:$port/c.test",
    '--mail-from', 'a@b.test', '--mail-rcpt', 'alice@x.test', '--upload-file', '-', '--crlf');
is($r->{code}, 0, 'curl') or diag $r->{err};
$r = run('swaks', '--server', "127.0.0.1:$port", '--from', 'a@b.test', '--to',
    'alice@x.test', '--pipeline', '--body', "first\n.second");
is($r->{code}, 0, 'swaks, pipelining') or diag $r->{out};
$r = run({ in => $body }, 'msmtp', '-C', '/dev/null', '--host=127.0.0.1', "--port=$port",
    '--from=a@b.test', 'alice@x.test');
is($r->{code}, 0, 'msmtp') or diag $r->{err};
my @m = queued($q);
is(scalar(grep { $_->{whole} && $_->{text} =~ /first\n\.second\n+\z/ } @m), 4,
    'all four are queued as they were');
unlink glob "$q/incoming/*";

# --------------------------------------------------------- under other roofs
$r = run({ in => "EHLO a\r\nMAIL FROM:<a\@b.test>\r\n$ok\r\nDATA\r\nx\r\n.\r\nQUIT\r\n" },
    'smtpd', '-H', 'h.test', '-q', $q, '-p', $policy);
is($r->{code}, 0, 'on pipes, nobody is out of turn');
like($r->{out}, qr/^220 h\.test.*\n(250.*\n){13}354 .*\n250 .*\n221 .*\n\z/, 'replies');
like((queued($q))[0]{text}, qr/^Received: from a \(unknown\)/, 'from somewhere unknown');
unlink glob "$q/incoming/*";
$r = run({ in => '', env => { TCPLOCALHOST => 'local.test' } }, 'smtpd', '-q', $q);
is($r->{out}, "220 local.test ESMTP\r\n", 'name from TCPLOCALHOST');
is($r->{code}, 0, 'a client that just closes');

my $t = smtp({}, '-q', $q, '-t', 3, '-p', $policy);
$c = greeted($t);
like($c->rest, qr/^421 4\.4\.2/, 'a client that says nothing');
$c = greeted($t);
replies($c, 'MAIL FROM:<a@b.test>', $ok, 'DATA');
$c->send('x');
like($c->rest, qr/^421 4\.4\.2/, 'nor goes on with its message');
is(scalar queued($q), 0, 'nothing was queued');

$t = smtp({}, '-q', $q, '-T', 5, '-p', $policy);
$c = greeted($t);
for (1 .. 90) { # a hundred would be too many
	$c->send("NOOP\r\n");
	$r = reply($c) // 'end';
	last if $r !~ /^250/;
	select undef, undef, undef, 0.2;
}
like($r, qr/^421 4\.4\.2/, 'a session that goes on for ever ends');
for my $d ([{}, '-g', 1], [{ GREETDELAY => 1 }], [{ GREETDELAY => 1 }, '-g', 0]) {
	my ($env, @more) = @$d;
	my $p = smtp({%$env}, '-q', $q, '-p', $policy, @more);
	my $began = Time::HiRes::time();
	$c = client($p);
	like(reply($c), qr/^220 /, "greeting delay @more");
	cmp_ok(Time::HiRes::time() - $began, '>', 0.9, 'before the greeting');
	s/^1$/60/ for values %$env, @more; # will not be over before we speak
	$p = smtp($env, '-q', $q, '-p', $policy, @more);
	$c = client($p);
	select undef, undef, undef, 0.3;
	$c->send("EHLO x\r\n");
	like($c->rest, qr/^554 5\.5\.1 [^\n]*\n\z/, 'who does not wait for it is sent away');
}
is(run({ env => { GREETDELAY => 'x' } }, 'smtpd', '-H', 'h.test', '-q', $q)->{code}, 100, 'GREETDELAY is a number');

my $gone = queue;
$t = smtp({}, '-q', $gone, '-p', $policy);
$c = greeted($t);
replies($c, 'MAIL FROM:<a@b.test>', $ok);
rmdir "$gone/incoming";
is(replies($c, 'DATA', 'NOOP'), '451 250', 'no queue: 451');

SKIP: {
	skip 'only root can give up ids', 4 if !as_root;
	my $own = queue;
	chown 65534, 65533, "$own/incoming";
	chmod 0755, scratch;
	$t = smtp({}, '-q', $own, '-p', $policy);
	like(mail($t, "x\r\n.\r\n"), qr/^250/, 'as the owner of the queue');
	my @s = stat +(glob "$own/incoming/*")[0];
	is("$s[4]:$s[5]", '65534:65533', 'its files say so');
	unlink glob "$own/incoming/*";
	chown 12345, 12346, "$own/incoming";
	$t = smtp({}, '-q', $own, '-p', $policy, '-u', '12345:12346');
	$c = greeted($t);
	is(join(' ', map { (/^Uid:\s+(\d+)/m)[0] . ' ' . (/^CapEff:\s+0+$/m ? 1 : 0) }
	    grep { /^Name:\s+smtpd/m && /^Uid:\s+12345/m }
	    map { (eval { slurp "$_/cmdline" } // '') =~ /\0\Q$own\E\0/ ? eval { slurp "$_/status" } // '' : () }
	    glob '/proc/[0-9]*'), '12345 1', 'as -u says');
	like(mail($t, "x\r\n.\r\n"), qr/^250/, 'and it works so');
}

# --------------------------------------------------------------- command line
is(run('smtpd', '-h')->{code}, 0, '-h');
for my $bad (['-x'], ['-s', 'x'], ['-s', 0], ['-n', 1001], ['-t', 0], ['-S'],
	['-H', 'a..b'], ['-p', ''], [('-p', 'x') x 9],
	['-u', 'nobody-of-that-name']) {
	$r = run('smtpd', '-q', $q, @$bad);
	is($r->{code}, 100, join(' ', @$bad) . ' is wrong') or diag $r->{err};
}
is(run('smtpd', '-q', '/nowhere')->{code}, 111, 'no queue');
is(run({ env => { TLS => 'maybe' } }, 'smtpd', '-q', $q)->{code}, 100, 'TLS=maybe');
is(run({ env => { BARELF => 'yes' } }, 'smtpd', '-q', $q)->{code}, 100, 'BARELF=yes');
is(run({ env => { TCPREMOTEIP => 'x' } }, 'smtpd', '-q', $q)->{code}, 111, 'TCPREMOTEIP=x');
done_testing;
