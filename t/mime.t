#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Messages that are encoded on their way: random ones, whose parts are compared
# with the originals by Python's email package, and what must not be encoded.
# smtpsend for a server without 8BITMIME; smtpd with BODY=BINARYMIME.
use strict;
use warnings;
use lib 't/lib';
use MIME::Base64;
use MIME::QuotedPrint;
use Postern;
use Smtp;
use Socket qw(AF_UNIX SOCK_STREAM PF_UNSPEC);
use Test::More;

my $dir = scratch;
chmod 0755, $dir;
$ENV{WORK} = $dir;
my $q = queue;
my $policy = top . "/t/lib/policy $dir/asked";
my @smtpd = ('-H', 'mx.example.test', '-p', $policy);

for my $mode (['send'], ['binary', $q, @smtpd]) {
	my ($name, @arg) = @$mode;
	my ($seed, $n) = ($ENV{POSTERN_SEED} // time, sanitized ? 50 : 150);
	my $r = run({ seconds => 600 }, '/usr/bin/python3', 't/mime.py', $name, $seed, $n, @arg);
	like $r->{out}, qr/\A$n messages, [1-9]\d+ parts encoded, 0 wrong\n\z/, "$name: seed $seed" or diag $r->{err};
}

# --------------------------------------------------------------------- smtpsend
# what a server that offers @EXT gets of a message, and what smtpsend prints
sub sent {
	my ($text, @ext) = @_;
	socketpair my $ours, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die;
	spew("$dir/message", $text);
	my $pid = fork // die;
	if (!$pid) {
		close $ours;
		open STDIN, '<', "$dir/message";
		open STDOUT, '>', "$dir/out";
		open STDERR, '>>', "$dir/log";
		POSIX::dup2(fileno $theirs, $_) for 6, 7;
		exec 'smtpsend', '-H', 'c.test', '-f', 'a@b.test', 'c@d.test' or POSIX::_exit(127);
	}
	close $theirs;
	my ($got, $mail) = ('', '');
	my $say = sub { syswrite $ours, join('', map { "$_\r\n" } @_) };
	$say->('220 x');
	while (defined(my $l = readline $ours)) {
		if ($l =~ /^EHLO/) { $say->((map { "250-$_" } 'server', @ext), '250 HELP') }
		elsif ($l =~ /^DATA/) {
			$say->('354 go');
			while (defined($l = readline $ours)) {
				last if $l eq ".\r\n";
				$got .= $l =~ s/^\.//r;
			}
			$say->('250 ok');
		} elsif ($l =~ /^QUIT/) { $say->('221 bye'); last }
		else { $mail = $l if $l =~ /^MAIL/; $say->('250 ok') }
	}
	waitpid $pid, 0;
	close $ours;
	$got =~ s/\r\n/\n/g;
	return ($got, slurp("$dir/out"), $mail);
}

my $top = "From: a\@b.test\nMIME-Version: 1.0\n";
my $latin = "gr\xfc\xdfe";
my $long = 'x' x 1200;
my ($got, $out, $mail) = sent("$top\n$latin\n", '8BITMIME', 'SIZE');
is $got, "$top\n$latin\n", 'a server with 8BITMIME gets it as it is';
like $mail, qr/SIZE=44 BODY=8BITMIME\r/, 'and is told so';
($got, $out, $mail) = sent("$top\n$latin\n", 'SIZE');
is $got, "${top}Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=unknown-8bit\n\ngr=FC=DFe\n",
    'another one quoted-printable';
my $octets = length $got =~ s/\n/\r\n/gr;
like $mail, qr/ SIZE=$octets\r/, 'of that size, and no BODY';
like $out, qr/^relayed 2\.0\.0 /, 'it is sent';
($got) = sent("From: a\@b.test\n\n$latin\n");
like $got, qr/^MIME-Version: 1\.0$/m, 'what is none of MIME is from now on';
for my $c (['DKIM-Signature: x', 1], ['DKIM-Signature : x', 1], ['X-DKIM-Signature: x', 0], ['A: b', 0]) {
	my $text = "$c->[0]\n$top\n$long\n";
	($got) = sent($text, '8BITMIME');
	if ($c->[1]) { is $got, $text, "a long line: $c->[0], as it is" }
	else { like $got, qr/\nContent-Transfer-Encoding: quoted-printable\n\n(?:x{75}=\n){15}/, "a long line: $c->[0], encoded" }
}
($got) = sent("DKIM-Signature: x\n$top\n$long\n$latin\n");
like $got, qr/x=\n.*gr=FC=DFe\n\z/s, '8-bit text is encoded in any case, and with it the line';
($got) = sent("$top\n" . 'x' x 998 . "\n", '8BITMIME');
unlike $got, qr/quoted/, '998 octets are no long line';
($got) = sent("${top}X: $long\n\n$long\n", '8BITMIME');
like $got, qr/^X: x{1200}$/m, 'a long line of a header stays';
($got) = sent("${top}Content-Type: application/pdf\n\n$latin\n");
is decode_base64($got =~ s/.*\n\n//sr), "$latin\r\n", 'base64 for what is no text: of lines with CR LF';
($got) = sent("${top}Content-Type: multipart/mixed; boundary=x\n\n$latin\n--x\n\n$latin\n--x--\n$latin\n");
like $got, qr/\n\ngr\?\?e\n--x\n.*\n\ngr=FC=DFe\n--x--\ngr\?\?e\n\z/s, 'text between parts, which nobody sees';
my $signed = "${top}Content-Type: multipart/signed; boundary=x\nContent-Transfer-Encoding: 8bit\n\n--x\n\nHello\n--x\n"
    . "Content-Type: application/pgp-signature\n\nx\n--x--\n";
($got) = sent("Content-Type: multipart/mixed; boundary=y\n\n--y\n$signed\n--y\n\n$latin\n--y--\n");
like $got, qr/boundary=x\nContent-Transfer-Encoding: 7bit\n\n--x\n\nHello\n--x\n.*gr=FC=DFe/s, 'beside what is signed';

for my $c (
    ['8-bit text in a header', "Subject: $latin\n\nx\n", qr/it is in a header/],
    ['in the header of a part', "Content-Type: multipart/mixed; boundary=x\n\n--x\nX: $latin\n\nx\n--x--\n", qr/in a header/],
    ['in the header of a message inside', "Content-Type: message/rfc822\n\nX: $latin\n\nx\n", qr/in a header/],
    ['signed', $signed =~ s/Hello/$latin/r, qr/it is signed or encrypted/],
    ['encrypted', $signed =~ s/Hello/$latin/r =~ s/signed/encrypted/r, qr/it is signed or encrypted/],
    ['a message that is signed', $signed =~ s/Hello/Content-Type: message\/rfc822\n\nA: b\n\n$latin/r, qr/signed/],
    ['between signed parts', $signed =~ s/\n\n--x\n/\n\n$latin\n--x\n/r, qr/signed/],
    ['base64 that is none', "Content-Transfer-Encoding: base64\n\n$latin\n", qr/encoded already/],
    ['an unknown encoding', "Content-Transfer-Encoding: x-uu\n\n$latin\n", qr/encoded already/],
    ['two encodings', "Content-Transfer-Encoding: 8bit\nContent-Transfer-Encoding: 7bit\n\n$latin\n", qr/no one encoding/],
    ['a partial message', "Content-Type: message/partial; id=x\n\n$latin\n", qr/of a type/],
    ['a multipart without a boundary', "Content-Type: multipart/mixed\n\n$latin\n", qr/of a type/],
    ['a deep nest', join('', map { "Content-Type: multipart/mixed; boundary=x$_\n\n--x$_\n" } 1 .. 21) . "\n$latin\n", qr/of a type/],
    ['many parts', "Content-Type: multipart/mixed; boundary=x\n\n" . "--x\n\na\n" x 1100 . "--x\n\n$latin\n--x--\n", qr/too many parts/]) {
	my ($name, $text, $why) = @$c;
	($got, $out) = sent("$text", 'SIZE');
	like $out, qr/^failed 5\.6\.3 .* cannot be encoded: /, "not encoded: $name";
	like $out, $why, 'for that reason';
	is $got, '', 'and not sent';
	($got, $out) = sent($text, '8BITMIME');
	is $got, $text, 'nor changed where it need not be';
}

# ------------------------------------------------------------------------ smtpd
my $port = smtp({}, '-q', $q, '-p', $policy, '-s', 200000);
my $c = greeted($port);
like $c->{ehlo}, qr/^250-BINARYMIME$/m, 'offered';
my @mail = ('MAIL FROM:<a@b.test> BODY=BINARYMIME', 'RCPT TO:<alice@example.test>');
is replies($c, @mail, 'DATA'), '250 250 503', 'not by DATA';

# sends a binary message in chunks of N octets; the last reply
sub bdat {
	my ($text, $n) = @_;
	$n //= 100000;
	unlink glob "$q/incoming/*";
	$c = greeted($port);
	replies($c, @mail);
	my ($at, $last, $reply) = (0, 0, '');
	while (!$last) {
		my $chunk = substr $text, $at, $n;
		$at += $n;
		$last = $at >= length $text;
		$c->send('BDAT ' . length($chunk) . ($last ? ' LAST' : '') . "\r\n$chunk");
		my $r = reply($c) // return 'end';
		$reply = $r if $reply !~ /^[45]/;
	}
	return $reply;
}
sub stored { return (queued($q))[0]{text} =~ s/\AReceived: .*\n(?:\t.*\n)+//r }
my $head = "From: a\@b.test\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n";
my $attack = "a\0b\rc\nd\r\n.\r\nMAIL FROM:<x\@y.test>\r\n\n.\n\r.\r" . join '', map { chr } 0 .. 255;
for my $n (1, 7, 100000) {
	like bdat("$head\r\n$attack", $n), qr/^250 /, "binary in chunks of $n";
	my ($h, $body) = split /\n\n/, stored(), 2;
	is $h, "From: a\@b.test\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\nMIME-Version: 1.0", 'the header';
	is decode_base64($body), $attack, 'is there as it came';
	like $body, qr/\A(?:[A-Za-z0-9+\/=]{1,76}\n)+\z/, 'and nothing of it is bare';
}
like slurp((glob "$q/incoming/*")[0]), qr/^body 8bitmime$/m, 'the queue file tells of 8-bit text at the most';
like bdat("$head\r\n"), qr/^250 /, 'an empty one';
like bdat("Subject: x\r\n\r\n$latin\r\n"), qr/^250 /, 'one that is not binary after all';
is stored(), "Subject: x\n\n$latin\n", 'is kept as it is';
like bdat("Subject: x\r\n\r\nx"), qr/^250 /, 'without a last line end';
is stored(), "Subject: x\n\nx\n", 'which it gets';
for my $bad ("A: b\r\n\r\nx\ny\r\n", "A: b\r\n\r\nx\ry\r\n", "A: b\nC: d\r\n\r\nx\r\n", "A: b\r\n\r\nx\r", "A: b\r",
    "Content-Type: multipart/mixed; boundary=x\r\n\r\n\n--x\r\n\r\nx\r\n--x--\r\n",
    "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\n\r\n\r\nx\r\n--x--\r\n",
    "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Transfer-Encoding: binary\r\n\r\n\n\r\n--x\r\n\r\n\n\r\n--x--\r\n",
    "Content-Transfer-Encoding: 8bit\r\n\r\nx\ny\r\n") {
	like bdat($bad, $_), qr/^550 5\.6\.11 /, 'a bare CR or LF where it is not binary' for 1, 100000;
}
like bdat("A: b\r\n\r\nx\0y\r\n"), qr/^550 5\.6\.0 /, 'a NUL there';
like bdat("A: b\0\r\n\r\nx\r\n"), qr/^550 5\.6\.0 /, 'and in the header';
like bdat($signed =~ s/\n/\r\n/gr =~ s/8bit/binary/r), qr/^250 /, 'signed, within a binary multipart';
like stored(), qr/Content-Transfer-Encoding: 8bit\n\n--x\n\nHello\n--x\n/, 'which is 8bit now';
like bdat($signed =~ s/\n\nHello/\nContent-Transfer-Encoding: binary\n\nHello/r =~ s/\n/\r\n/gr), qr/^554 5\.6\.3 /, 'binary and signed';
like bdat("$head\r\n" . 'x' x 250000), qr/^552 /, 'the limit is that of what was sent';
is scalar(() = glob "$q/incoming/*"), 0, 'nothing of that is queued';
like bdat("$head\r\n" . "\xff\0" x 90000), qr/^250 /, 'and not of what became of it';

# a message without BINARYMIME is never encoded
replies($c, 'RSET', 'MAIL FROM:<a@b.test> BODY=8BITMIME', $mail[1]);
unlink glob "$q/incoming/*";
$c->send('BDAT ' . length("$head\r\nx\r\n") . " LAST\r\n$head\r\nx\r\n");
like reply($c), qr/^250 /, '8BITMIME';
like stored(), qr/^Content-Transfer-Encoding: binary$/m, 'is as it was';

# what submission does to a header, and a filter behind it
spew("$dir/filter", "#!/bin/sh\ncat > $dir/filtered\n");
chmod 0755, "$dir/filter";
$port = smtp({}, '-q', $q, '-p', $policy, '-f', "$dir/filter");
like bdat("$head\r\n$attack"), qr/^250 /, 'behind a filter';
is decode_base64(slurp("$dir/filtered") =~ s/.*?\n\n//sr), $attack, 'it is the same';
done_testing;
