#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# KILL at each system call that writes, renames, links, unlinks, fsyncs or sends,
# by strace: in smtpd while it takes a message, and in queued, smtproute, tlsclient
# and smtpsend while one goes out. What was accepted is there; what goes out
# arrives at least once, and twice only if the answer was lost. Then smtpd with
# disks that are full and that are read-only.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Inject;
use Postern::Queue;
use Postern::Server;

plan skip_all => 'no strace' unless grep { -x "$_/strace" } split /:/, $ENV{PATH};
my $q = Postern::Queue->new('pat');
my $dir = $q->{dir};
my $incoming = "$dir/queue/incoming";
chmod 0777, $incoming;
my $filler = join '', map { "line $_ of the message\n" } 1 .. 2000;

# ------------------------------------------------------------------------ in
my @smtpd = ('smtpd', '-H', 'mx.example.test', '-q', "$dir/queue", '-p', "relaycheck -c $dir/cdb");
my $session = "EHLO c.test\r\nMAIL FROM:<a\@b.test>\r\nRCPT TO:<pat\@example.test>\r\n"
    . "DATA\r\nSubject: hello\r\n\r\n" . $filler =~ s/\n/\r\n/gr . ".\r\nQUIT\r\n";
# the reply to the message, or '' if there was none
sub taken {
	my (@command) = @_;
	my $r = run({ in => $session, env => { PROTO => 'TCP', TCPREMOTEIP => '192.0.2.1', TLS => 'off' } }, @command);
	return $r->{out} =~ /^354 [^\n]*\n(\d+) /m ? $1 : $r->{out} =~ /^(45\d) /m ? $1 : '';
}
my ($lost, $half) = (0, 0);
for my $call (@calls) {
	for my $n (1 .. 100) {
		clean($q);
		my $code = taken(inject($call, $n, @smtpd));
		my @in = grep { !/\/tmp\./ } glob "$incoming/*";
		my $whole = grep { /,S=(\d+)$/ && $1 == -s && slurp($_) =~ /\Q$filler\E\z/ } @in;
		$half++ if $whole != @in;
		$lost++ if $code eq '250' && $whole != 1;
		last unless hit();
	}
}
my $killed = killed();
cmp_ok $killed, '>', 10, 'smtpd was killed';
diag "smtpd: killed at $killed points";
is $lost, 0, 'what it said 250 to is in the queue';
is $half, 0, 'and nothing in a part';
clean($q);
is taken(@smtpd), '250', 'and if it is not killed';

# ----------------------------------------------------------------------- out
my $copies = spew("$dir/copies", '');
my $server = Postern::Server->new(dot => sub {
	open my $f, '>>', $copies;
	syswrite $f, 'x';
	return '250 2.0.0 taken';
});
$q->compile('routes', "far.test 127.0.0.1:$server->{port} tls=off\n");
my @role = as_root ? ('-u', '12346:12346', '-s', '12347:12347') : ();
my ($never, $twice, $idle, $rest) = (0, 0, 0, 0);
for my $call (@calls, qw(sendmsg recvmsg read)) {
	for my $n (1 .. ($ENV{POSTERN_LONG} ? 30 : 4)) {
		clean($q);
		spew($copies, '');
		$q->submit({}, "Subject: hello\n\n$filler", 'you@far.test');
		my $hit = interrupt($q, $call, $n, @role);
		$q->start(@role ? ('-s', '12347:12347') : ());
		$rest++ unless $q->empty;
		$q->end;
		my $n = length slurp($copies);
		$never++ if !$n;
		$twice++ if $n > 2 || ($n > 1 && !$hit);
		last unless $hit;
	}
}
$killed = killed();
cmp_ok $killed, '>', 10, 'queued, or what it started, was killed';
diag "out: killed at $killed points";
is $never, 0, 'the message arrived, at least once';
is $twice, 0, 'and twice only after a KILL, which lost the answer';
is $rest, 0, 'the queue is empty in the end';
$server->end;

# --------------------------------------------------------------------- disks
SKIP: {
	skip 'mounts need root', 6 unless as_root;
	for my $how ('full', 'read-only') {
		clean($q);
		skip 'cannot mount', 3 if system("mount -t tmpfs -o size=64k,mode=777 tmpfs $incoming");
		if ($how eq 'full') {
			open my $f, '>', "$incoming/full";
			1 while syswrite $f, 'x' x 4096;
		} else {
			system "mount -o remount,ro $incoming";
		}
		is taken(@smtpd), $how eq 'full' ? '452' : '451', "a disk that is $how";
		is +(() = grep { !m{/full$} } glob "$incoming/*"), 0, 'nothing of it is there';
		system "umount $incoming";
		is taken(@smtpd), '250', 'and when it can be written';
	}
}
done_testing;
