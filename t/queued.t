#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# queued: delivery, retries, damaged files, restarts, and kill -9 at any time.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep);
use lib 't/lib';
use Postern;
use Postern::Queue;

my $q = Postern::Queue->new(qw(alice bob carol));
my $dir = $q->{dir};
rmdir "$dir/mail/carol" or die $!; # her home is missing
$q->compile('aliases', "both\@example.test: alice\@example.test, "
    . "bob\@example.test\nPostmaster: bob\@example.test\n");

sub submit { return $q->submit({ from => 's@example.org' }, @_) }
sub mails { return $q->mails(@_) }

submit("Subject: before\n\n", 'alice@example.test');
$q->start;
ok wait_for(sub { mails('alice') == 1 }), 'what was there is delivered';
ok $q->empty, 'and leaves the queue';
submit("Subject: two\n\nbody\n", 'alice@example.test', 'Bob@Example.test');
ok wait_for(sub { mails('alice') == 2 && mails('bob') == 1 }),
    'one message to two mailboxes';
is +(mails('bob'))[0], "Return-Path: <s\@example.org>\n"
    . "Delivered-To: bob\@example.test\nSubject: two\n\nbody\n",
    'byte for byte';
submit("Subject: alias\n\n", 'both@example.test', 'alice@example.test');
ok wait_for(sub { mails('alice') == 3 && mails('bob') == 2 }),
    'an alias, and a mailbox named twice gets it once';
submit("Subject: postmaster\n\n", 'PostMaster');
ok wait_for(sub { mails('bob') == 3 }), '<postmaster> without a domain';
ok $q->empty, 'the queue is empty';
if (as_root) {
	my ($f) = glob "$dir/mail/bob/Maildir/new/*";
	is +(stat $f)[4], $q->{uid}, 'the file belongs to the owner of the mailbox';
}

submit("Subject: cut off\n\n", 'alice@example.test');
ok $q->empty, 'delivered';
rename spew("$dir/queue/x", 'postern-queue 1'),
    "$dir/queue/incoming/1.M1P1Q0,S=4000";
ok wait_for(sub { -e "$dir/queue/failed/1.M1P1Q0,S=4000" }),
    'a file cut off by a power failure is put aside';
my $junk = "not a queue file\n";
rename spew("$dir/queue/x", $junk),
    "$dir/queue/incoming/1.M2P1Q0,S=" . length $junk;
ok wait_for(sub { -e "$dir/queue/failed/1.M2P1Q0,S=" . length $junk }),
    'and one that is no queue file';
unlink glob "$dir/queue/failed/*";

my $before = mails('bob');
my $late = submit("Subject: late\n\n", 'carol@example.test', 'bob@example.test');
ok wait_for(sub { slurp("$dir/queue/state/$late") =~ /^last carol/m }), 'one without a home is retried';
is mails('bob'), $before + 1, 'the other recipient has it';
like slurp("$dir/queue/state/$late"),
    qr/^tries 1\nnext \d+\ndone bob\@example.test\nlast carol\@example.test: 4.*\n$/, 'state';
is $q->end & 127, 15, 'TERM ends it';

mkdir "$dir/mail/carol";
chown $q->{uid}, $q->{gid}, "$dir/mail/carol" if as_root;
due_now("$dir/queue");
$q->start;
ok $q->empty, 'after a restart the rest is delivered';
is mails('carol'), 1, 'to its mailbox';
is mails('bob'), $before + 1, 'and nothing twice';
is run('queued', '-c', "$dir/cdb", "$dir/queue")->{code}, 111,
    'a second one on the same queue is refused';
$q->end;

# kill -9 of all of it, at any time: every message arrives, none is lost; one
# that is there twice says so.
unlink glob "$dir/mail/*/Maildir/{new,cur}/*";
my $messages = 60;
for my $n (1 .. $messages) {
	$q->start if $n % 6 == 1;
	submit("Subject: kill $n\n\n", 'both@example.test');
	if ($n % 6 == 0) {
		sleep rand 0.05;
		my @family = ($q->{pid}, split ' ', qx(pgrep -P $q->{pid}));
		# one of the processes alone, or all at once
		kill 'KILL', $family[rand @family];
		sleep 0.1 unless $n % 12;
		# all of it now: it lives on if that was only a delivery
		strike($q->{pid}, "$dir/queue");
	}
}
due_now("$dir/queue");
$q->start;
ok Postern::Queue::emptied("$dir/queue", 60), 'after ten times kill -9 the queue empties';
for my $u (qw(alice bob)) {
	my %seen;
	for (mails($u)) {
		my ($n) = /^Subject: kill (\d+)$/m or next;
		push @{ $seen{$n} }, $_;
	}
	is keys %seen, $messages, "$u has every message";
	my $bad = grep { @$_ > 1 && !grep /^X-Postern-Possible-Duplicate/m, @$_ }
	    values %seen;
	is $bad, 0, 'none twice without a mark';
}
$q->end;

is run('queued', '-c', "$dir/cdb", "$dir/none")->{code}, 100, 'no such queue';
is run('queued')->{code}, 100, 'no queue named';
is run('queued', '-j', '0', "$dir/queue")->{code}, 100, 'no jobs';
like run('queued', '-h')->{out}, qr/^usage: queued/, '-h';
done_testing;
