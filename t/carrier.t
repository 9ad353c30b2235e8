#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Deliveries to one mailbox share a process: it is there for a while and no
# longer, delivers nothing by rules that are gone, loses nothing when it is
# killed, and leaves its place to other mailboxes. Requests that are none.
use strict;
use warnings;
use Socket;
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Queue;

my @users = qw(pat bob eve);
my $q = Postern::Queue->new(@users);

# The processes that deliver: the spawner's children but the first, the manager.
sub carriers {
	my ($manager, @rest) = split ' ',
	    slurp("/proc/$q->{pid}/task/$q->{pid}/children");
	return @rest;
}
# once the queue is empty: 1, or 0; and who was seen to deliver meanwhile, of whom
# there were $most at a time
my $most;
sub delivered {
	my %seen;
	$most = 0;
	my $empty = wait_for(sub {
		my @now = carriers();
		$most = @now if @now > $most;
		$seen{$_} = 1 for @now;
		return !$q->queue;
	}) && $q->empty;
	return ($empty, sort { $a <=> $b } keys %seen);
}
# Who delivers stays for a second or two, which on a busy machine can be over
# when one looks: so messages for USER until somebody is seen; how many those
# were, and who it is.
sub carried {
	my ($user) = @_;
	for my $n (1 .. 20) {
		$q->submit({}, "Subject: $n\n\nx\n", "$user\@example.test");
		my ($empty, @c) = delivered();
		return ($n, @c) if $empty && @c;
	}
	return 0;
}
sub got { my @m = $q->mails($_[0]); return scalar @m }

$q->start;
$q->submit({}, "Subject: $_\n\nx\n", 'pat@example.test') for 1 .. 40;
my ($empty, @c) = delivered();
ok $empty, 'forty messages to a mailbox';
is got('pat'), 40, 'are all delivered, each once';
cmp_ok $most, '<=', 3, 'by a process for each 16 that wait at a time';
my ($n, $owner, @after);
for (1 .. 20) {
	($n, @c) = carried('pat');
	$owner = eval { slurp("/proc/$c[0]/status") } // next;
	$q->submit({}, "Subject: more\n\nx\n", 'pat+tag@example.test');
	($empty, @after) = delivered();
	last if $empty && "@after" eq "@c";
}
ok $empty, 'another';
is "@after", "@c", 'needs no process of its own';
like $owner, qr/^Uid:\s+$q->{uid}\s+$q->{uid}\s/m, 'which is the owner of the mailbox';
my ($tagged) = grep { /^Subject: more$/m } $q->mails('pat');
like $tagged, qr/^Delivered-To: pat\@example\.test\nX-Original-To: pat\+tag\@example\.test$/m,
    'but has its own recipient';
ok wait_for(sub { !carriers() }), 'it ends when nothing comes';

# -------------------------------------------------------------------- the rules
($n, @c) = carried('bob');
ok $n, 'a message by the rules as they are';
$q->users('pat', 'bob quota=10', 'eve'); # bytes
$q->submit({ from => 'eve@example.test' }, "Subject: a\n\n" . 'x' x 100 . "\n",
    'bob@example.test');
ok $q->empty, 'one by new rules, at once';
is got('bob'), $n, 'which have no room for it';
is got('eve'), 1, 'so it is returned';
ok wait_for(sub { !grep { $_ == $c[0] } carriers }), 'a process by the old rules ends';

# ---------------------------------------------------------------------- killed
ok wait_for(sub { !carriers() }), 'all end';
# Stopped while it waits for more; if that was too late, once more.
my ($eve, $first, $stopped);
for (1 .. 20) {
	$q->submit({}, "Subject: first\n\nx\n", 'eve@example.test');
	$first++;
	$q->empty;
	($eve) = carriers or next;
	kill 'STOP', $eve;
	$q->submit({}, "Subject: stopped $_\n\nx\n", 'eve@example.test') for 1 .. 5;
	$stopped = wait_for(sub { $q->queue == 5 && (() = glob "$q->{dir}/queue/active/*") == 5
	    && "@{[carriers]}" eq $eve || !$q->queue }) && $q->queue == 5 and last;
	kill 'KILL', $eve; # others have delivered them
	$first += 5;
}
ok $stopped, 'a process for a third mailbox, stopped, has five to do';
kill 'KILL', $eve;
ok wait_for(sub { (() = glob "$q->{dir}/queue/state/[0-9]*") == 5 }), 'killed, and they wait';
$q->submit({}, "Subject: next\n\nx\n", 'eve@example.test');
ok wait_for(sub { got('eve') == 1 + $first + 1 }), 'what comes then has another process';
$q->end;
due_now("$q->{dir}/queue");

# ------------------------------------------------- fewer places than mailboxes
$q->users(@users);
$q->start('-j', 1);
ok $q->empty, 'after a new start the five are delivered';
is got('eve'), 1 + $first + 1 + 5, 'once each';
my $before = got('pat') + got('bob') + got('eve');
$q->submit({}, "Subject: $_\n\nx\n", "$users[$_ % 3]\@example.test") for 1 .. 30;
ok $q->empty, 'three mailboxes in turn';
is got('pat') + got('bob') + got('eve'), $before + 30, 'have theirs by one place';
cmp_ok carriers(), '<=', 1, 'which has one process';
$q->end;

# --------------------------------------------------------------- no such request
for my $bytes ('junk', pack('L', 4) . 'junk', pack('L', 1e6)) {
	socketpair my $ours, my $its, AF_UNIX, SOCK_STREAM, 0 or die $!;
	my $pid = fork // die $!;
	if (!$pid) {
		open STDIN, '<&', $its;
		open STDERR, '>', '/dev/null';
		exec 'deliver', '-w', '-r', 'pat@example.test', scratch . '/box';
	}
	close $its;
	syswrite $ours, $bytes;
	shutdown $ours, 1;
	waitpid $pid, 0;
	is $? >> 8, 111, 'what is no request ends it: ' . unpack 'H*', $bytes;
}
is run('deliver', '-w', scratch . '/box')->{code}, 100, '-w needs a recipient';
done_testing;
