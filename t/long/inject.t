#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# KILL at each system call that writes, renames, links, unlinks or fsyncs, by
# strace: in enqueue, and in queued with its deliveries and notices. What was
# accepted is delivered at least once; what failed is returned at least once;
# nothing half-written stays. Then disks that are full and that are read-only.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Inject;
use Postern::Queue;

plan skip_all => 'no strace' unless grep { -x "$_/strace" } split /:/, $ENV{PATH};
my $q = Postern::Queue->new(qw(pat bob));
my $dir = $q->{dir};
chmod 0777, "$dir/queue/incoming";
my $filler = join '', map { "line $_ of the message\n" } 1 .. 1000;
sub all_clean {
	clean($q);
	unlink glob "$dir/mail/*/Maildir/{tmp,new,cur}/*";
}

# enqueue: exit 0 and the message is whole in incoming/, or it is not there
spew("$dir/message", "Subject: hello\n\n$filler");
spew("$dir/envelope", "Fbob\@example.test\0Tpat\@example.test\0\0");
my @enqueue = ('sh', '-c', "exec enqueue -q $dir/queue < $dir/message 1< $dir/envelope");
my ($lost, $half) = (0, 0);
for my $call (@calls) {
	for my $n (1 .. 200) {
		all_clean();
		my $r = run(inject($call, $n, @enqueue));
		my @in = glob "$dir/queue/incoming/[0-9]*";
		my $whole = grep { /,S=(\d+)$/ && $1 == -s && slurp($_) =~ /\Q$filler\E\z/ } @in;
		$half++ if $whole != @in;
		$lost++ if !$r->{code} && !$r->{signal} && $whole != 1;
		last unless hit();
	}
}
my $killed = killed();
cmp_ok $killed, '>', 10, 'enqueue was killed';
diag "enqueue: killed at $killed points";
is $lost, 0, 'enqueue: what was accepted is in the queue';
is $half, 0, 'and nothing else in a part';

# queued: one message to a mailbox and to one that is none, so a delivery and a
# notice; killed at every call of manager, spawner or deliver
my ($undelivered, $unreturned, $rest, $unmarked) = (0, 0, 0, 0);
for my $call (@calls) {
	for my $n (1 .. ($ENV{POSTERN_LONG} ? 60 : 6)) {
		all_clean();
		$q->submit({}, "Subject: hello\n\n$filler", 'pat@example.test',
		    'nobody@example.test');
		my $hit = interrupt($q, $call, $n, as_root ? ('-u', '12346:12346') : ());
		$q->start;
		$q->empty;
		$q->end;
		my @pat = $q->mails('pat');
		$undelivered++ unless @pat && !grep { !/\Q$filler\E\z/ } @pat;
		$unmarked++ if 1 < grep { !/^X-Postern-Possible-Duplicate: yes$/m } @pat;
		$unreturned++ unless $q->mails('bob');
		# tmp.*: of a writer that died, removed a day later
		my @rest = (grep({ !m{^incoming/tmp\.} } $q->queue), grep { !/,S=\d+,W=\d+$/ } glob "$dir/mail/*/Maildir/new/*");
		$rest++ if @rest;
		diag "$call $n: @rest" if @rest;
		last unless $hit;
	}
}
$killed = killed();
cmp_ok $killed, '>', 10, 'queued, or a delivery, was killed';
is $undelivered, 0, 'queued: delivered, at least once, whole';
is $unmarked, 0, 'twice only with a mark';
is $unreturned, 0, 'the failed recipient is returned, at least once';
is $rest, 0, 'the queue is empty in the end, and no part is visible';
diag "queued: killed at $killed points";

SKIP: {
	skip 'mounts need root', 8 unless as_root;
	# a full disk, a disk that is read-only
	for my $how ('full', 'read-only') {
		all_clean();
		my $in = "$dir/queue/incoming";
		skip 'cannot mount', 4 if system("mount -t tmpfs -o size=64k,mode=777 tmpfs $in");
		if ($how eq 'full') {
			open my $f, '>', "$in/full";
			1 while syswrite $f, 'x' x 4096;
		} else {
			system "mount -o remount,ro $in";
		}
		my $r = run(@enqueue);
		is $r->{code}, 53, "$how: enqueue says that it cannot write, for now";
		is +(() = glob "$in/[0-9]*"), 0, 'nothing of it is there';
		system "umount $in";
		is run(@enqueue)->{code}, 0, 'and when it can';
		my $m = "$dir/mail/pat/Maildir";
		run('mkdir', '-p', $m);
		skip 'cannot mount', 1 if system("mount -t tmpfs -o size=64k,mode=777 tmpfs $m");
		if ($how eq 'full') {
			open my $f, '>', "$m/full";
			1 while syswrite $f, 'x' x 4096;
		} else {
			system "mount -o remount,ro $m";
		}
		$q->start;
		ok wait_for(sub { () = glob "$dir/queue/state/*" }), "$how mailbox: it waits";
		$q->end;
		system "umount $m";
		run('chown', '-R', "$q->{uid}:$q->{gid}", "$dir/mail/pat");
		due_now("$dir/queue");
		$q->start;
		ok $q->empty, 'and is delivered when there is room';
		is $q->mails('pat'), 1, 'whole, once';
		$q->end;
	}
}
done_testing;
