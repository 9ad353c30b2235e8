#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# smtpd: no line end but CR LF ends a message. Every variant is sent whole and
# split at every byte, in a small message and in one that is too big, by DATA and
# in BDAT: refused, nothing queued, and what it hides never read as commands.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Smtp;
use Test::More;

my $q = queue;
my $policy = top . '/t/lib/policy ' . scratch . '/asked';
my $port = smtp({}, '-q', $q, '-p', $policy, '-s', 2000);
my $fix = smtp({ BARELF => 'fix' }, '-q', $q, '-p', $policy, '-s', 2000);

my @variant = ("\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\n", "\n.\r", "\r.\r\n",
	"\r\n.\r", "\r\n\0.\r\n", "\r\n.\0\r\n", "\r\n.\r\r\n", "\r\r\n.\r\r\n", ".\n",
	".\r", "\n\n.\r\n", "\r\n.\n\r\n", "\n.\n.\r\n");
my $hidden = "MAIL FROM:<evil\@b.test>\r\nRCPT TO:<alice\@example.test>\r\nDATA\r\nhidden\r\n";
my $commands = "MAIL FROM:<a\@b.test>\r\nRCPT TO:<alice\@example.test>\r\nDATA\r\n";

sub name { (my $s = shift) =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge; return $s }

# the reply to a message sent in pieces; NOOP must be all that is left to answer
sub outcome {
	my ($p, @piece) = @_;
	my $c = greeted($p);
	$c->send($commands);
	reply($c) for 1 .. 3;
	for (@piece) {
		$c->send($_);
		select undef, undef, undef, 0.0003 if @piece == 2;
	}
	$c->send("\r\n.\r\nNOOP\r\nQUIT\r\n");
	my $r = $c->rest;
	$c->close;
	return $r =~ /\A([^\n]*)\r\n250 2\.0\.0 ok\r\n221 [^\n]*\r\n\z/ ? $1 : "odd: $r";
}

my $nul = qr/^550 5\.6\.0 /;
my $bare = qr/^550 5\.6\.11 /;
for my $v (@variant) {
	my $text = ($v =~ /^\./ ? '' : 'first') . $v . $hidden;
	my $expect = $v =~ /\0/ ? $nul : $bare;
	my $from = length($text) - length($hidden) - length($v);
	my @r = map { outcome($port, substr($text, 0, $_), substr($text, $_)) }
	    $from .. $from + length($v) + 1;
	push @r, outcome($port, $text), outcome($port, split //, $text);
	my @bad = grep { $_ !~ $expect } @r;
	is(scalar @bad, 0, name($v) . ' is refused') or diag name $bad[0];
	my $big = join('', ('y' x 70 . "\r\n") x 40) . $text;
	my @big = grep { !/^5(50|52) / } outcome($port, $big),
	    outcome($port, map { substr $big, $_ * 7, 7 } 0 .. length($big) / 7);
	is(scalar @big, 0, name($v) . ' in a message that is too big')
	    or diag name $big[0];
}
is(scalar queued($q), 0, 'nothing was queued');
unlike(slurp(scratch . '/asked'), qr/evil/, 'what was hidden was never read');

# in BDAT a dot means nothing, but what ends a line must still be CR LF
sub chunked {
	my ($p, @piece) = @_;
	my $c = greeted($p);
	my $text = join '', map { 'BDAT ' . length($_) . "\r\n$_" } @piece;
	$c->send($commands =~ s/DATA\r\n//r . "${text}BDAT 0 LAST\r\nNOOP\r\nQUIT\r\n");
	my $r = $c->rest =~ s/^250 2\.1\..*\r\n//mgr;
	return $r =~ /^(5\d\d .*)\r\n(?:503 .*\r\n)*250 2\.0\.0 ok\r\n221 /m ? $1
	    : $r =~ /^(250 2\.0\.0 ok, queued as .*)\r\n250 2\.0\.0 ok\r\n221 /m ? $1 : "odd: $r";
}
for my $v (@variant) {
	my $text = "first$v$hidden";
	my $expect = $v =~ /\0/ ? $nul : $bare;
	my @r = map { chunked($port, substr($text, 0, $_), substr($text, $_)) } 5 .. 5 + length $v;
	push @r, chunked($port, $text), chunked($port, split(//, "first$v"), $hidden);
	my @bad = grep { $_ !~ $expect } @r;
	is(scalar @bad, 0, name($v) . ' in BDAT') or diag name $bad[0];
	my $big = join('', ('y' x 70 . "\r\n") x 40) . $text;
	like(chunked($port, $big), qr/^552 /, name($v) . ' in a chunk that is too big');
	like(chunked($port, unpack '(a999)*', $big), qr/^5(?:50|52) /, 'and in several');
}
like(chunked($port, "x\r"), $bare, 'a CR at the end of the last chunk');
is(scalar queued($q), 0, 'nothing was queued');
unlike(slurp(scratch . '/asked'), qr/evil/, 'what was hidden was never read');

# with BARELF=fix they are line ends, and still no end of the message
for my $v (grep { !/\0/ } @variant) {
	like(outcome($fix, "x$v$hidden"), qr/^250 /, name($v) . ' is mended');
}
my @m = queued($q);
is(scalar @m, scalar(grep { !/\0/ } @variant), 'one message each');
is(scalar(grep { $_->{from} ne 'a@b.test' || !$_->{whole} || $_->{text} =~ /\r/
    || $_->{text} !~ /\nMAIL FROM:<evil.*\nhidden\n/s } @m), 0,
    'with the rest as its text, and no CR');
unlink glob "$q/incoming/*";
for my $v (grep { !/\0/ } @variant) {
	like(chunked($fix, "x$v", $hidden), qr/^250 /, name($v) . ' in BDAT is mended');
}
@m = queued($q);
is(scalar(grep { !$_->{whole} || $_->{text} =~ /\r/ || $_->{text} !~ /\nMAIL FROM:<evil.*\nhidden\n/s } @m), 0,
    'one message each');
like(outcome($fix, "x\r\n.\0\r\ny"), $nul, 'NUL is refused as ever');
unlike(slurp(scratch . '/asked'), qr/evil/, 'still never read');
done_testing;
