# SPDX-License-Identifier: ISC
# KILL at a system call of a command and of what it starts, by strace.
package Postern::Inject;
use strict;
use warnings;
use Exporter 'import';
use POSIX ();
use Time::HiRes qw(sleep);
use Postern;

our @EXPORT = qw(inject hit killed clean interrupt @calls);

# those that write, rename, link, unlink or fsync
our @calls = qw(write openat renameat rename unlinkat fsync ftruncate fchmod linkat symlinkat);
my $killed = 0;

sub trace { return scratch . '/strace' }

# inject(CALL, N, COMMAND...): COMMAND as it is killed at its Nth CALL
sub inject {
	my ($call, $n, @command) = @_;
	return ('strace', '-f', '-qq', '-o', trace(), '-e', "trace=$call", '-e',
	    "inject=$call:signal=KILL:when=$n", @command);
}

# 1 if the last one was killed at its call; how often that was since one asked
sub hit { my $hit = slurp(trace()) =~ /= \?/; $killed += $hit; return $hit }
sub killed { my $n = $killed; $killed = 0; return $n }

# clean(Q): nothing is in the queue
sub clean { unlink glob "$_[0]{dir}/queue/{incoming,active,state,failed}/{*,.??*}" }

# interrupt(Q, CALL, N, OPTION...): queued with OPTIONs as it is killed, until it
# is done, or has ended, or for a moment after one of its processes was killed;
# then nothing of it is left, the queue is due, and no destination is left alone
# for the link that was killed. 1 if there was such a call.
sub interrupt {
	my ($q, $call, $n, @options) = @_;
	my $dir = $q->{dir};
	unlink trace();
	my $mask = umask 0;
	my $pid = serve(inject($call, $n, 'queued', '-H', 'mx.example.test', @options,
	    '-c', "$dir/cdb", "$dir/queue"));
	umask $mask;
	wait_for(sub { slurp(trace()) =~ /= \?/ || !$q->queue || waitpid($pid, POSIX::WNOHANG()) });
	wait_for(sub { !$q->queue || waitpid($pid, POSIX::WNOHANG()) }, 0.5);
	kill 'KILL', -$pid;
	stop($pid);
	wait_for(sub { system("flock -n $dir/queue/lock true") == 0 });
	due_now("$dir/queue");
	unlink "$dir/queue/state/destinations";
	return hit();
}

1;
