#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# enqueue: what callers of qmail-queue get from it, and mailfront as one.
use strict;
use warnings;
use lib 't/lib';
use Fcntl;
use Postern;
use Smtp;
use Time::HiRes qw(sleep);
use Test::More;

my $q = queue;
my $base = scratch;

# enqueue(MESSAGE, ENVELOPE, ARG...): through pipes, one behind the other as
# qmail's own programs do; the exit code
sub enqueue {
	my ($message, $envelope, @arg) = @_;
	pipe my $m, my $mw or die;
	pipe my $e, my $ew or die;
	my $pid = fork // die;
	if (!$pid) {
		close $mw;
		close $ew;
		open STDIN, '<&', $m;
		POSIX::dup2(fileno $e, 1);
		open STDERR, '>>', "$base/err";
		exec 'enqueue', @arg or POSIX::_exit(127);
	}
	close $m;
	close $e;
	local $SIG{PIPE} = 'IGNORE';
	$_->autoflush(1) for $mw, $ew;
	print $mw $message;
	close $mw;
	for my $piece (ref $envelope ? @$envelope : $envelope) {
		print $ew $piece;
		sleep 0.02 if ref $envelope;
	}
	close $ew if !ref $envelope; # else it must not wait for the end
	waitpid $pid, 0;
	return $? >> 8;
}

my @queue = ('-q', $q);
my $text = "Subject: x\n\n.\ny\r\n";
is(enqueue($text, "Fa\@b.test\0Tc\@d.test\0Tpostmaster\0\0", @queue), 0, 'queued');
my ($m) = queued($q);
ok($m->{whole}, 'whole');
is($m->{from}, 'a@b.test', 'sender');
is_deeply($m->{to}, ['c@d.test', 'postmaster'], 'recipients');
like($m->{text}, qr/^Received: \(enqueue pid \d+ invoked by uid $<\);\n\t\w{3}, [^\n]* \+0000\n\Q$text\E\z/,
    'Received, and the text as it is');
like(slurp("$base/err"), qr/prog=enqueue connid=\S+ event=mail-accepted id=\S+ from=a\@b.test nrcpt=2 uid=$</, 'the log');
unlink glob "$q/incoming/*";

is(enqueue($text, [split //, "F\0Tc\@d.test\0\0"], @queue), 0,
    'an envelope byte by byte, not closed');
is((queued($q))[0]{from}, '', 'null sender');
unlink glob "$q/incoming/*";
enqueue($text, "F#@[]\0Tc\@d.test\0\0", @queue);
is((queued($q))[0]{from}, '', 'the sender of double bounces is none');
unlink glob "$q/incoming/*";

my $big = join '', map { "$_ " . 'x' x ($_ % 200) . "\n" } 1 .. 5000;
is(enqueue($big, "Fa\@b.test\0Tc\@d.test\0\0", @queue), 0, length($big) . ' bytes');
my $got = (queued($q))[0]{text};
ok(substr($got, -length $big) eq $big, 'are queued as they were');
unlink glob "$q/incoming/*";
is(enqueue('x' x 65536, "Fa\@b.test\0Tc\@d.test\0\0", @queue), 0, 'just the buffer');
is(length +((queued($q))[0]{text} =~ s/^Received.*\n.*\n//r), 65536, 'of text');
unlink glob "$q/incoming/*";
is(enqueue('', "Fa\@b.test\0Tc\@d.test\0\0", @queue), 0, 'an empty message');
unlink glob "$q/incoming/*";
is(enqueue('x', 'F' . "a\@b.test\0" . "Tc\@d.test\0" x 1000 . "\0", @queue), 0, 'a thousand recipients');
is(scalar @{ (queued($q))[0]{to} }, 1000, 'all of them');
unlink glob "$q/incoming/*";

my $long = 'a' x 400 . '@b.test';
for my $bad (['', 91], ["\0", 91], ["F\0\0", 91], ["Fa\@b.test\0", 91], ["Tc\@d.test\0\0", 91],
	["Fa\@b.test\0Tc\@d.test\0", 91], ["Fa\@b.test\0Xc\@d.test\0\0", 91], ["Fa\@b.test", 91],
	["Fa\@b.test\0Tc\@d.test\0Fe\@f.test\0\0", 91], ["Fa\@b.test\0" . "Tc\@d.test\0" x 1001 . "\0", 91],
	["F\0T\0\0", 31], ["Fa\0Tc\@d.test\0\0", 31], ["Fa\@b.test\0Tc\0\0", 31],
	["Fa\@b.test\0Tc\@d.test\nto e\@f.test\0\0", 31], ["Fa\n\@b.test\0Tc\@d.test\0\0", 31],
	["F$long\0Tc\@d.test\0\0", 11], ["F\0T$long\0\0", 11], ["F\0" . 'T' . 'x' x 400000, 91]) {
	(my $name = substr $bad->[0], 0, 40) =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;
	is(enqueue($text, $bad->[0], @queue), $bad->[1], "'$name' is $bad->[1]");
}
is(scalar queued($q), 0, 'nothing was queued, and nothing left');
is(enqueue($text, "F\0Tc\@d.test\0\0", '-q', '/nowhere'), 62, 'no queue');
is(run({ env => { QUEUEDIR => $q } }, 'sh', '-c', 'printf "F\0Tc@d.test\0\0" > ' . "$base/e; echo x | enqueue 1<$base/e")->{code},
    0, 'QUEUEDIR');
unlink glob "$q/incoming/*";
is(run('sh', '-c', "enqueue -q $q <&- 1<$base/e")->{code}, 54, 'no descriptor 0');
is(run('enqueue', '-h')->{code}, 0, '-h');
is(run('enqueue', '-x')->{code}, 100, '-x');
is(run('enqueue', 'x')->{code}, 100, 'an argument');
SKIP: {
	skip 'only root can give up ids', 2 if !as_root;
	my $own = queue;
	chmod 0755, scratch;
	chown 65534, 65533, "$own/incoming";
	is(enqueue($big, "F\0Tc\@d.test\0\0", '-q', $own), 0, 'as the owner of the queue');
	my @s = stat +(glob "$own/incoming/*")[0];
	is("$s[4]:$s[5]", '65534:65533', 'its file says so');
}
SKIP: {
	my $front = '/usr/sbin/smtpfront-qmail';
	skip 'mailfront is not here', 2 if !-x $front;
	my $bin = (grep { -x "$_/enqueue" } split /:/, $ENV{PATH})[0];
	my $r = run({ in => "HELO a\r\nMAIL FROM:<a\@b.test>\r\nRCPT TO:<c\@d.test>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n",
	    env => { QUEUEDIR => $q, QMAILQUEUE => "$bin/enqueue", QMAILHOME => $base, RELAYCLIENT => '', PROTO => 'TCP', TCPREMOTEIP => '127.0.0.1' } },
	    $front);
	like($r->{out}, qr/^250 .*\n(.*\n)*354 .*\n250 /m, 'mailfront is its caller') or diag $r->{out}, $r->{err};
	is((queued($q))[0]{from}, 'a@b.test', 'and it is queued');
}
done_testing;
