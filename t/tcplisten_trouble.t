#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# tcplisten when the system has no descriptors, memory or processes: no client
# is lost, no busy loop, one line an episode, and the count is right afterwards.
# Errors that cannot be had otherwise are put in by strace.
use strict;
use warnings;
use lib 't/lib';
use Fcntl ();
use Postern;
use Test::More;
use Time::HiRes qw(sleep time);
use POSIX ();

my $log = scratch . '/log';
my $san = ($ENV{POSTERN_VARIANT} // '') eq 'san';

# seconds of CPU that process PID has used
sub cpu {
	my ($pid) = @_;
	my @w = split ' ', slurp("/proc/$pid/stat") =~ s/.*\) //sr;
	return ($w[11] + $w[12]) / POSIX::sysconf(&POSIX::_SC_CLK_TCK);
}

# the lines of EVENT since POSITION of the log
sub lines {
	my ($event, $from) = @_;
	return scalar(() = substr(slurp($log), $from) =~ /event=$event /g);
}

# limits the processes of user ID, as that user: root may not everywhere
sub processes {
	my ($id, $pid, $n) = @_;
	my $r = run('setpriv', '--reuid', $id, '--regid', $id, '--clear-groups',
	    'prlimit', '--pid', $pid, "--nproc=$n:");
	die "prlimit: $r->{err}" if $r->{code};
}

# a session there answers; 1 or 0
sub answers {
	my ($c, $seconds) = @_;
	$c->send("hello\n");
	return ($c->line($seconds) // '') eq "hello\n";
}

sub listener {
	my ($before, @options) = @_;
	my $port = free_port;
	my $pid = serve(@$before, 'tcplisten', @options, '127.0.0.1', $port,
	    'cat');
	wait_port($port) or die 'no listener: ' . slurp($log);
	return ($pid, $port);
}

# the limit is exactly MAX: so many sessions and no more
sub counts {
	my ($port, $max, $what) = @_;
	my @c = map { client($port) } 1 .. $max;
	is(scalar(grep { answers($_) } @c), $max, "$what: room for $max");
	my $more = client($port);
	$more->send("hello\n");
	ok(!defined $more->line(0.2), "$what: and for no more");
	$_->close for @c;
	ok(($more->line // '') eq "hello\n", "$what: until they end");
	$more->close;
}

# ---- no descriptors, for real: 20 clients wait
{
	my ($pid, $port) = listener([], '-c', 3);
	my $from = -s $log;
	run('prlimit', '--pid', $pid, '--nofile=4:');
	my @c = map { client($port) } 1 .. 20;
	wait_for(sub { lines('pause', $from) });
	my ($cpu, $start) = (cpu($pid), time);
	sleep 1.2;
	my $used = cpu($pid) - $cpu;
	diag sprintf 'EMFILE: %.3f s of CPU in %.1f s', $used, time - $start;
	cmp_ok($used, '<', 0.1, 'EMFILE: no busy loop');
	is(lines('pause', $from), 1, 'EMFILE: one line');
	run('prlimit', '--pid', $pid, '--nofile=64:');
	my $good = 0;
	for (@c) {
		$good++ if answers($_);
		$_->close;
	}
	is($good, 20, 'EMFILE: everybody is served in the end');
	counts($port, 3, 'EMFILE');
	is(stop($pid) >> 8, 0, 'EMFILE: exit 0');
}

# ---- no processes, for real
SKIP: {
	skip 'needs an ordinary user of its own, so root', 7 unless as_root;
	my $id = 20000 + $$ % 40000; # of no other test
	my ($pid, $port) = listener([], '-c', 3, '-u', "$id:$id");
	my $from = -s $log;
	processes($id, $pid, 1);
	my @c = map { client($port) } 1 .. 10;
	wait_for(sub { lines('pause', $from) });
	my ($cpu, $start) = (cpu($pid), time);
	sleep 1.2;
	my $used = cpu($pid) - $cpu;
	diag sprintf 'no process: %.3f s of CPU in %.1f s', $used, time - $start;
	cmp_ok($used, '<', 0.1, 'no process: no busy loop');
	is(lines('pause', $from), 1, 'no process: one line');
	processes($id, $pid, 100);
	my $good = 0;
	for (@c) {
		$good++ if answers($_);
		$_->close;
	}
	is($good, 10, 'no process: everybody is served in the end');
	counts($port, 3, 'no process');
	processes($id, $pid, 1);
	my $last = client($port);
	sleep 0.2;
	is(stop($pid), 0, 'no process: TERM ends it all the same');
}

# ---- a child that ends makes room at once, not after the pause
SKIP: {
	skip 'needs an ordinary user of its own, so root', 1 unless as_root;
	my $id = 20000 + $$ % 40000; # of no other test
	my ($pid, $port) = listener([], '-u', "$id:$id");
	processes($id, $pid, 2);
	my $took;
	for (1 .. 10) { # a busy machine may take longer now and then
		my $one = client($port);
		answers($one);
		my $two = client($port);
		$two->send("hello\n");
		sleep 0.1;
		my $start = time;
		$one->close;
		$two->line;
		$took = time - $start;
		diag sprintf 'served %.1f ms after another one ended', $took * 1000;
		$two->close;
		last if $took < 0.3;
	}
	cmp_ok($took, '<', 0.3, 'room is used as soon as there is some');
	stop($pid);
}

# ---- what cannot be had for real: the first calls fail
my $works = run('strace', '-o', '/dev/null', 'true')->{code} == 0;
for (
    ['accept4', 'ENFILE', 2, 'pause'],
    ['accept4', 'ENOMEM', 2, 'pause'],
    ['accept4', 'ENOBUFS', 2, 'pause'],
    ['accept4', 'ECONNABORTED', 8, 'not-accepted'],
    ['accept4', 'EPERM', 8, 'not-accepted'],
    ['clone', 'EAGAIN', 2, 'pause'],
    ['clone', 'ENOMEM', 2, 'pause'],
) {
	my ($call, $error, $times, $event) = @$_;
	SKIP: {
		skip 'no strace here', 6 unless $works;
		my $what = "$call: $error";
		my $port = free_port;
		my $pid = serve('strace', '-D', '-o', '/dev/null', '-e',
		    "trace=$call", '-e',
		    "inject=$call:error=$error:when=1..$times", 'tcplisten',
		    '-c', 2, '127.0.0.1', $port, 'cat');
		wait_port($port) or die 'no listener: ' . slurp($log);
		my ($from, $cpu, $start) = (-s $log, cpu($pid), time);
		my $c = client($port);
		ok(answers($c), "$what: served in the end");
		my $used = cpu($pid) - $cpu;
		diag sprintf '%s %d times: %.3f s of CPU in %.2f s', $what,
		    $times, $used, time - $start;
		cmp_ok($used, '<', $san ? 0.3 : 0.1, "$what: no busy loop");
		is(lines($event, $from), 1, "$what: one line");
		$c->close;
		counts($port, 2, $what);
		stop($pid);
	}
}

# ---- a log that is gone ends nothing
{
	my $port = free_port;
	pipe my $r, my $w or die;
	fcntl $w, Fcntl::F_SETFD(), 0;
	my $pid = serve('sh', '-c', 'exec tcplisten 127.0.0.1 ' . $port
	    . ' cat 2>/dev/fd/' . fileno $w);
	close $w;
	wait_port($port);
	close $r;
	ok(answers(client($port)), "without a reader of its log, session $_")
	    for 1, 2;
	stop($pid);
}

done_testing;
