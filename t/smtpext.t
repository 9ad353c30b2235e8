#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# smtpd: BDAT, and what SMTPUTF8, DSN and REQUIRETLS leave in the queue file.
# Line ends in BDAT: smuggling.t.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Smtp;
use Test::More;

my $q = queue;
my $asked = scratch . '/asked';
my $policy = top . "/t/lib/policy $asked";
my $port = smtp({}, '-q', $q, '-p', $policy, '-s', 100000);
my $from = 'MAIL FROM:<a@b.test>';
my $ok = 'RCPT TO:<alice@example.test>';

# the envelope of the one message that is queued, without what changes
sub envelope {
	my @m = queued($q);
	is(scalar @m, 1, 'one message');
	my ($e) = slurp("$q/incoming/$m[0]{name}") =~ /\A(.*?\n)\n/s;
	unlink glob "$q/incoming/*";
	$e =~ s/^(?:connid|time) .*\n//mg;
	return $e;
}

# text of the one message that is queued, without Received
sub text {
	my @m = queued($q);
	unlink glob "$q/incoming/*";
	return @m == 1 && $m[0]{whole} && $m[0]{text} =~
	    /\AReceived: .*(?:\n\t.*)*\n((?s:.*))\z/ ? $1 : undef;
}

# ---------------------------------------------------------------------- BDAT
# the codes of the replies to all of this, sent at once
sub codes {
	my ($text, $p) = @_;
	my $c = greeted($p // $port);
	$c->send($text . "QUIT\r\n");
	return $c->rest =~ s/^(\d\d\d).*\r\n/$1 /mgr =~ s/ \z//r;
}
my $begin = "$from\r\n$ok\r\n";
is(codes("${begin}BDAT 14 LAST\r\nA: b\r\n\r\n.\r\nx\r\n"), '250 250 250 221', 'one chunk');
is(text(), "A: b\n\n.\nx\n", 'a dot is a dot');
is(codes("${begin}BDAT 3\r\nA: BDAT 5\r\nb\r\n\r\nBDAT 6\r\n..\r\n.\rBDAT 1\r\n\nBDAT 0 last\r\n"),
    '250 250 250 250 250 250 250 221', 'chunks, a CR LF in two of them');
is(text(), "A: b\n\n..\n.\n", 'the same text');
is(codes("${begin}BDAT 0 LAST\r\n"), '250 250 250 221', 'an empty message');
is(text(), '', 'is empty');
is(codes("${begin}BDAT 8 LAST\r\nA: b\r\n\r\n$from\r\n${ok}\r\nbdat 1 LAST\r\nx"),
    '250 250 250 250 250 250 221', 'two messages');
is(scalar queued($q), 2, 'are two');
unlink glob "$q/incoming/*";
is(codes("${begin}BDAT 1 LAST\r\nx"), '250 250 250 221', 'the last line without an end');
is(text(), "x\n", 'gets one');
my $big = join '', map { 'y' x ($_ % 900) . "\r\n" } 1 .. 200;
is(codes($begin . join '', map { 'BDAT ' . length($_) . "\r\n$_" } unpack('(a1600)*', $big), ''),
    '250 250 ' . '250 ' x 14 . '221', 'without LAST');
is(scalar queued($q), 0, 'nothing is queued');
is(codes($begin . (join '', map { 'BDAT ' . length($_) . "\r\n$_" } unpack '(a1600)*', $big)
    . "BDAT 0 LAST\r\n"), '250 250 ' . '250 ' x 14 . '221', length($big) . ' octets');
is(text(), $big =~ s/\r//gr, 'as they were');

is(codes("BDAT 6\r\nNOOP\r\n$from\r\nBDAT 6 LAST\r\nNOOP\r\n"), '503 250 554 221',
    'a chunk out of turn is no commands');
my $c = greeted($port);
is(replies($c, $from, $ok, "BDAT 6\r\nNOOP", 'DATA', $ok, $from, 'RSET', "BDAT 2 LAST\r\n"),
    '250 250 250 503 503 503 250 503', 'what cannot follow a chunk; RSET');
$c = greeted($port);
is(replies($c, $from, $ok, "BDAT 6\r\nA: b", 'EHLO x', $from, $ok, "BDAT 3 LAST\r\nx"),
    '250 250 250 250 250 250 250', 'EHLO starts over');
is(text(), "x\n", 'and the chunk before it is forgotten');
is(codes("${begin}BDAT 100001\r\n" . "\r\n" x 50000 . "xBDAT 6 LAST\r\nNOOP\r\n"),
    '250 250 552 503 221', 'too big: read, and what follows finds no message');
is(codes("${begin}BDAT 99999999999 LAST\r\n"), '250 250 552', 'much too big')
    or diag 'a session that would go on for ever';
is(codes("${begin}BDAT $_\r\nNOOP\r\n") =~ s/^250 250 //r, '501', "BDAT $_ ends the session")
    for 'x', '-1', '1x', '1 FIRST', '1 LAST x', ' 1', '0x10', '1' x 19, '+1', '1  LAST';
is(codes("BDAT\r\nNOOP\r\n"), '501', 'BDAT without a size, too');
is(scalar queued($q), 0, 'nothing was queued by them');
$c = greeted($port);
$c->send("${begin}BDAT 100\r\nhalf of it");
reply($c) for 1 .. 2;
goes_away($c);
ok(wait_for(sub { opendir my $d, "$q/incoming"; !grep { !/^\.\.?$/ } readdir $d }), 'a client that goes away leaves nothing');
$c = greeted($port);
replies($c, $from, $ok);
$c->send("BDAT 0\r\n" x 200);
like($c->rest, qr/^(?:250 [^\n]*\n){97,99}421 4\.7\.0/, 'empty chunks for ever are junk');

# ----------------------------------------------------------------------- DSN
is(codes("$from RET=HDRS ENVID=QQ+2B314+3D BODY=8bitmime\r\n"
    . "RCPT TO:<alice\@example.test> NOTIFY=delay,SUCCESS ORCPT=rfc822;Alice+20B+40x.test\r\n"
    . "RCPT TO:<bob\@example.test>\r\nRCPT TO:<dora\@example.test> NOTIFY=NEVER\r\n"
    . "BDAT 1 LAST\r\nx"), '250 250 250 250 250 221', 'DSN parameters');
is(envelope(), <<'END', 'are in the envelope, decoded');
postern-queue 1
from a@b.test
body 8bitmime
ret hdrs
envid QQ+314=
to alice@example.test
notify success,delay
orcpt rfc822;Alice B@x.test
to bob@example.test
to dora@example.test
notify never
END
for my $bad ('RET=ALL', 'RET', 'RET=FULL RET=FULL', 'ENVID=', 'ENVID=a+0Ab', 'ENVID=a+', 'ENVID=+C3+A4',
	'ENVID=' . 'x' x 101, 'SMTPUTF8=1', 'BODY=7', 'ENVID=a+2') {
	is(codes("$from $bad\r\n"), '501 221', "MAIL $bad");
}
for my $bad ('NOTIFY=', 'NOTIFY', 'NOTIFY=NEVER,DELAY', 'NOTIFY=DELAY,NEVER', 'NOTIFY=DELAY,DELAY',
	'NOTIFY=DELAY,', 'NOTIFY=ALWAYS', 'ORCPT=rfc822', 'ORCPT=rfc822;', 'ORCPT=;x', 'ORCPT=rfc822;a+0Ab',
	'ORCPT=rfc822;a+0D', 'ORCPT=rfc 822;a', 'ORCPT=rfc822;' . 'x' x 500, "ORCPT=utf-8;\xc3\xa4",
	"ORCPT=rfc822;\xc3\xa4", 'NOTIFY=DELAY NOTIFY=DELAY') {
	is(codes("$from\r\n$ok $bad\r\n"), '250 501 221', 'RCPT ' . substr($bad, 0, 40) =~ s/[^ -~]/?/gr);
}
is(codes("$from\r\nRCPT TO:<x\@nowhere.test> ORCPT=rfc822;a+0Ab\r\n$ok\r\nBDAT 1 LAST\r\nx"),
    '250 501 250 250 221', 'what was refused');
unlike(envelope(), qr/orcpt|notify/, 'is not said of another recipient');

# ------------------------------------------------------------------ SMTPUTF8
is(codes("$from SMTPUTF8\r\n$ok ORCPT=rfc822;d+C3+B6rte\@x.test\r\nBDAT 1 LAST\r\nx"), '250 250 250 221',
    'ORCPT as Postfix sends it');
like(envelope(), qr/^orcpt rfc822;d\xc3\xb6rte\@x\.test$/m, 'is decoded');
is(codes("$from SMTPUTF8\r\n$ok ORCPT=rfc822;d+C3rte\@x.test\r\n"), '250 501 221', 'but not what is no UTF-8');
is(codes("$from\r\n$ok ORCPT=rfc822;d+C3+B6rte\@x.test\r\n"), '250 501 221', 'nor without SMTPUTF8');
is(codes("MAIL FROM:<\xc3\xa4\@b\xc3\xbc.test> SMTPUTF8\r\n"
    . "RCPT TO:<alice\xe2\x98\x83\@example.test> ORCPT=utf-8;\xc3\xa4\@x.test\r\nBDAT 1 LAST\r\nx"),
    '250 250 250 221', 'addresses beyond ASCII');
like((queued($q))[0]{text}, qr/with UTF8SMTP id .*\n.*\n\tfor <alice\xe2\x98\x83\@example\.test>;/,
    'Received says so');
is(envelope(), "postern-queue 1\nfrom \xc3\xa4\@b\xc3\xbc.test\nsmtputf8 yes\n"
    . "to alice\xe2\x98\x83\@example.test\norcpt utf-8;\xc3\xa4\@x.test\n", 'the envelope, too');
like(slurp($asked), qr/sender=\xc3\xa4\@b\xc3\xbc\.test/, 'the policy is told');
is(codes("MAIL FROM:<\xc3\xa4\@b.test>\r\n$from\r\nRCPT TO:<\xc3\xa4\@b.test>\r\n"), '553 250 553 221',
    'not without SMTPUTF8');
is(codes("MAIL FROM:<\xe4\@b.test> SMTPUTF8\r\nMAIL FROM:<\xc0\xaf\@b.test> SMTPUTF8\r\n"
    . "MAIL FROM:<a\@\xed\xa0\x80.test> SMTPUTF8\r\n"), '553 553 553 221', 'what is not UTF-8');

# ---------------------------------------------------------------- REQUIRETLS
$c = greeted($port);
unlike($c->{ehlo}, qr/REQUIRETLS/, 'not offered without TLS');
is(replies($c, "$from REQUIRETLS"), '555', 'nor known');
my $r = run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-days', 2, '-subj', '/CN=mx.example.test', '-keyout', scratch . '/key', '-out', scratch . '/cert');
spew(scratch . '/pem', slurp(scratch . '/key'), slurp(scratch . '/cert'));
$c = greeted(smtp({ tls => scratch . '/pem' }, '-q', $q, '-p', $policy));
is(replies($c, "$from REQUIRETLS", 'STARTTLS'), '555 220', 'only behind STARTTLS');
ok($c->tls, 'TLS');
$c->send("EHLO x\r\n");
like(reply($c), qr/^250-REQUIRETLS$/m, 'offered');
is(replies($c, "$from REQUIRETLS=1", "$from REQUIRETLS SMTPUTF8", $ok, 'DATA', "x\r\n."), '501 250 250 354 250',
    'taken');
like((queued($q))[0]{text}, qr/with UTF8SMTPS id/, 'UTF8SMTPS');
like(envelope(), qr/^smtputf8 yes\nrequiretls yes\n/m, 'and kept');
done_testing;
