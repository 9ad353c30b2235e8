#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# queued: delivery, retries, damaged files, restarts, and kill -9 at any time.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);
use lib 't/lib';
use Postern;

my $dir = scratch;
my $uid = as_root ? 12345 : $>;
my $gid = as_root ? 12345 : (split ' ', $))[0];
my @role = as_root ? ('-u', '12346:12346') : ();
my $serial = 0;
my $hash = crypt "x", q($6$rounds=1000$salt$);

chmod 0755, $dir;
for my $d (qw(cdb queue queue/incoming queue/active queue/state queue/failed
    mail mail/alice mail/bob)) {
	mkdir "$dir/$d" or die "$d: $!";
	next unless as_root;
	chown 12346, 12346, "$dir/$d" if $d =~ m{^queue/};
	chown $uid, $gid, "$dir/$d" if $d =~ m{^mail/};
}

sub compile {
	my ($type, $text) = @_;
	my $r = run({ in => $text }, 'cdbrules', 'compile', $type,
	    "$dir/cdb/$type.cdb");
	is $r->{code}, 0, "$type compiled" or diag $r->{err};
	chmod 0644, "$dir/cdb/$type.cdb";
}

sub users {
	return join '', map { "$_\@example.test:{CRYPT}$hash:$uid:$gid"
	    . "::$dir/mail/$_\::\n" } @_;
}
compile('domains', "example.test\n");
compile('mailboxes', users(qw(alice bob carol))); # carol's home is missing
compile('aliases', "both\@example.test: alice\@example.test, "
    . "bob\@example.test\nPostmaster: bob\@example.test\n");

# A message as queue_commit leaves it, moved into incoming/ in one step.
sub submit {
	my ($body, @to) = @_;
	my $n = ++$serial;
	my $text = "postern-queue 1\nconnid c$n\ntime " . time() =~ s/\..*//r
	    . "\nfrom s\@example.org\n" . join('', map { "to $_\n" } @to)
	    . "\n$body";
	my $name = "1700000000.M${n}P$$" . 'Q0,S=' . length $text;
	spew("$dir/queue/tmp.$n", $text);
	chown 12346, 12346, "$dir/queue/tmp.$n" if as_root;
	rename "$dir/queue/tmp.$n", "$dir/queue/incoming/$name" or die $!;
	return $name;
}

sub mails { my ($u) = @_; return map { slurp($_) } glob "$dir/mail/$u/Maildir/{new,cur}/*" }
sub queue { return my @f = map { s{.*/queue/}{}r } glob "$dir/queue/{incoming,active,state,failed}/*" }

sub start { return serve('queued', @role, '-c', "$dir/cdb", "$dir/queue") }

submit("Subject: before\n\n", 'alice@example.test');
my $pid = start();
ok wait_for(sub { mails('alice') == 1 }), 'what was there is delivered';
ok wait_for(sub { !queue() }), 'and leaves the queue';
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
ok wait_for(sub { !queue() }), 'the queue is empty';
if (as_root) {
	my ($f) = glob "$dir/mail/bob/Maildir/new/*";
	is +(stat $f)[4], $uid, 'the file belongs to the owner of the mailbox';
}

my $cut = submit("Subject: cut off\n\n", 'alice@example.test');
ok wait_for(sub { !queue() }), 'delivered';
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
ok wait_for(sub { -e "$dir/queue/state/$late" }), 'one without a home is retried';
is mails('bob'), $before + 1, 'the other recipient has it';
like slurp("$dir/queue/state/$late"),
    qr/^tries 1\nnext \d+\ndone bob\@example.test\nlast carol\@example.test: 4.*\n$/, 'state';
is stop($pid) & 127, 15, 'TERM ends it';

mkdir "$dir/mail/carol";
chown $uid, $gid, "$dir/mail/carol" if as_root;
due_now("$dir/queue");
$pid = start();
ok wait_for(sub { mails('carol') == 1 && !queue() }),
    'after a restart the rest is delivered';
is mails('bob'), $before + 1, 'and nothing twice';
is run('queued', '-c', "$dir/cdb", "$dir/queue")->{code}, 111,
    'a second one on the same queue is refused';
stop($pid);

# kill -9 of all of it, at any time: every message arrives, none is lost; one
# that is there twice says so.
unlink glob "$dir/mail/*/Maildir/{new,cur}/*";
my $messages = 60;
for my $n (1 .. $messages) {
	$pid = start() if $n % 6 == 1;
	submit("Subject: kill $n\n\n", 'both@example.test');
	if ($n % 6 == 0) {
		select undef, undef, undef, rand 0.05;
		my @family = ($pid, split ' ', qx(pgrep -P $pid));
		# one of the processes alone, or all at once
		kill 'KILL', $family[rand @family];
		select undef, undef, undef, 0.1 unless $n % 12;
		# all of it now: it lives on if that was only a delivery
		strike($pid, "$dir/queue");
	}
}
due_now("$dir/queue");
$pid = start();
ok wait_for(sub { !queue() }, 30), 'after ten times kill -9 the queue empties';
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
stop($pid);

is run('queued', '-c', "$dir/cdb", "$dir/none")->{code}, 100, 'no such queue';
is run('queued')->{code}, 100, 'no queue named';
is run('queued', '-j', '0', "$dir/queue")->{code}, 100, 'no jobs';
like run('queued', '-h')->{out}, qr/^usage: queued/, '-h';
done_testing;
