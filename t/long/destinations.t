#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# A hundred thousand messages in the queue, to a thousand destinations of which
# half are dead: refused, silent, or without an answer from the DNS. What is for
# the living is not held up by what is for the dead. MESSAGES says how many.
use strict;
use warnings;
use IPC::Open2;
use Test::More;
use Time::HiRes qw(sleep time);
use lib 't/lib';
use Postern;
use Postern::Beside;
use Postern::Queue;

my $why = beside_has('postfix');
plan skip_all => "smtp-sink of Postfix: $why" if $why;
my ($messages, $domains) = ($ENV{MESSAGES} // 100000, 1000);
my $port = free_port;
my ($sink, $silent) = ('127.0.0.1', '127.0.0.2');

# even ones live; of the odd ones a quarter each is refused, has no answer from
# the DNS, and two are silent
my @zone;
for my $n (0 .. $domains - 1) {
	if ($n % 8 == 3) {
		push @zone, "d$n.test TIMEOUT";
		next;
	}
	my $at = $n % 2 == 0 ? $sink : $n % 8 == 1 ? '127.0.0.3' : $silent;
	push @zone, "d$n.test MX 10 mx.d$n.test", "mx.d$n.test A $at";
}
my $zone = spew(scratch . '/zone', map { "$_\n" } @zone);
my $dns = open2(my $said, my $dns_in, top . '/t/lib/dnsd', $zone);
chomp(my $dns_port = <$said>);
my $dead = fork // die;
if (!$dead) { # takes connections, and never says a word
	my $l = IO::Socket::INET->new(Listen => 1024, LocalAddr => $silent, LocalPort => $port, ReuseAddr => 1) or die $!;
	my @held;
	while (my $c = $l->accept) {
		push @held, $c;
		shift @held if @held > 500;
	}
	POSIX::_exit(0);
}
serve(beside('postfix', 'smtp-sink', '-u', 'nobody', '-m', 1000, "$sink:$port", 1000));
ok wait_port($port), 'a sink';

# peak memory of the manager, which is PID or its child, KB
sub peak {
	my ($pid) = @_;
	for my $p ($pid, split ' ', slurp("/proc/$pid/task/$pid/children")) {
		my $status = slurp("/proc/$p/status");
		return $1 if $status =~ /^Uid:\s+12346\b/m && $status =~ /^VmHWM:\s+(\d+)/m;
	}
	return 0;
}

# the seconds until the live half of N messages has been delivered, to all
# domains or to the living alone; with the memory it took, and the queue
sub delivers {
	my ($n, $step) = @_;
	my $q = Postern::Queue->new('pat');
	# as many for each, in an order that mixes them
	for my $i (0 .. $n - 1) {
		my $domain = ($i * $step * 7) % $domains;
		$q->submit({}, "Subject: $i\n\n" . 'x' x 500 . "\n", "u$i\@d$domain.test");
	}
	my $log = scratch . '/log';
	unlink $log;
	my $from = time;
	$q->start({ DNSCACHEIP => "127.0.0.1:$dns_port" }, '-p', $port, as_root ? ('-s', '12347:12347') : ());
	my $live = $step == 2 ? $n : $n / 2;
	my ($seen, $at, $rest) = (0, 0, '');
	while ($seen < $live && time - $from < 1800) {
		sleep 0.2;
		open my $f, '<', $log or next;
		seek $f, $at, 0;
		$at += read $f, $rest, -s $f, length $rest;
		my $whole = substr $rest, 0, 1 + rindex($rest, "\n"), '';
		$seen += () = $whole =~ /prog=smtpsend [^\n]*event=(?:delivered|relayed) /g;
	}
	my $seconds = time - $from;
	is $seen, $live, "$live messages delivered";
	my $peak = peak($q->{pid});
	my @left = $q->queue;
	$q->end;
	return ($seconds, $peak, scalar grep { m{^active/} } @left);
}

my ($alone, $peak_alone) = delivers($messages / 2, 2);
my ($among, $peak, $left) = delivers($messages, 1);
is $left, $messages / 2, 'the dead half waits';
note sprintf '%d messages to %d living destinations: %.1f s, with as many for %d dead ones: %.1f s; memory of the manager %d and %d KB',
    $messages / 2, $domains / 2, $alone, $domains / 2, $among, $peak_alone, $peak;
# beside that the first look at the silent ones, 375 of them, takes three quarters
# of the 100 links for 10 seconds each: 50 seconds, however few messages there are
cmp_ok $among, '<', 3 * $alone + 60, 'they are not held up';
cmp_ok $peak, '>', 0, 'memory is measured';
cmp_ok $peak, '<', 100000, 'memory is bounded';
kill 'TERM', $dead, $dns;
waitpid $_, 0 for $dead, $dns;
done_testing;
