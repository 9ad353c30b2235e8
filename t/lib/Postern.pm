# SPDX-License-Identifier: ISC
# What the tests share: a scratch folder, servers on free loopback ports that
# are stopped by process id, a client that speaks lines, and patience: what is
# to come is waited for, for as long as a busy machine may take.
package Postern;
use strict;
use warnings;
use Exporter 'import';
use File::Temp ();
use IO::Socket::INET ();
use IO::Socket::UNIX ();
use IO::Select ();
use POSIX ();
use Time::HiRes qw(sleep time);

our @EXPORT = qw(due_now scratch spew slurp free_port serve stop wait_for
    wait_port logged strike run client as_root sanitized top);

my ($dir, @pids, @taken);
my $me = $$;

# the root of the source tree
sub top { (my $t = __FILE__) =~ s{(^|/)t/lib/Postern\.pm$}{}; return $t || '.' }

sub as_root { return $> == 0 }

# with sanitizers, where a process costs many times as much
sub sanitized { return ($ENV{POSTERN_VARIANT} // 'rel') ne 'rel' }

# the scratch folder of this test, removed at its end
sub scratch {
	$dir //= File::Temp->newdir('postern-t.XXXXXX', TMPDIR => 1);
	return "$dir";
}

sub spew {
	my ($file, @text) = @_;
	open my $f, '>:raw', $file or die "$file: $!";
	print $f @text;
	close $f or die "$file: $!";
	return $file;
}

sub slurp {
	my ($file) = @_;
	open my $f, '<:raw', $file or die "$file: $!";
	local $/;
	my $text = <$f>;
	return $text // '';
}

# due_now QUEUEDIR: what a queue that nobody serves has deferred (a delivery that
# was killed, by a minute) is due when queued starts
sub due_now {
	for my $state (glob "$_[0]/state/[0-9]*") {
		my $text = slurp($state) =~ s/^next \d+/next 0/mr;
		my @owner = (stat $state)[4, 5];
		spew($state, $text);
		chown @owner, $state;
	}
}

# wait_for(TEST [, SECONDS]): until TEST is true; what it returned then, or 0.
# It may die for now, of a file that comes or goes while it looks.
sub wait_for {
	my ($test, $seconds) = @_;
	my $end = time + ($seconds // 30);
	while (1) {
		my $late = time > $end;
		my $got = eval { $test->() };
		return $got if $got;
		print STDERR "# $@" if $late && $@;
		return 0 if $late;
		sleep 0.02;
	}
}

# logged(RE): 1 once the log of what serve started matches; or 0, and shows it
sub logged {
	my ($re) = @_;
	my $log = scratch . '/log';
	return 1 if wait_for(sub { slurp($log) =~ $re });
	my @lines = split /^/, slurp($log);
	print STDERR "# nothing like $re in:\n", map { "# $_" } splice @lines, @lines > 20 ? -20 : 0;
	return 0;
}

# the ports that tests may take: below those that clients get from the kernel,
# one of which may be in use whenever a server wants it
sub ports {
	my ($low) = slurp('/proc/sys/net/ipv4/ip_local_port_range') =~ /^(\d+)/;
	return $low > 15000 ? (10000, $low - 1) : (20000, 60000);
}

# take_ports(PORT...): 1 if nobody listens on these ports of 127.0.0.1, which no
# other test gets now until this one has ended: abstract names, which like ports
# are those of a network, say that they are taken; else 0
sub take_ports {
	my @names;
	for (@_) {
		my $name = IO::Socket::UNIX->new(Local => "\0postern-test-port-$_",
		    Listen => 1) or return 0;
		IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1',
		    LocalPort => $_, ReuseAddr => 1) or return 0;
		push @names, $name;
	}
	push @taken, @names;
	return 1;
}

# a port of 127.0.0.1 for this test alone
sub free_port {
	my ($low, $high) = ports();
	for (1 .. 1000) {
		my $port = $low + int rand $high - $low + 1;
		return $port if take_ports($port);
	}
	die 'no free port';
}

# serve(\%env, COMMAND...): starts a server in a session of its own, its fd 2
# in scratch/log; returns its pid
sub serve {
	my $env = ref $_[0] ? shift : {};
	my @command = @_;
	my $log = scratch . '/log';
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		POSIX::setsid();
		%ENV = (%ENV, %$env);
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', $log;
		open STDERR, '>>', $log;
		exec @command or POSIX::_exit(111);
	}
	mind($pid);
	return $pid;
}

# wait_port PORT: until something listens on 127.0.0.1; 1 or 0
sub wait_port {
	my ($port) = @_;
	my $hex = sprintf ':%04X', $port;
	return wait_for(sub {
		for my $f ('/proc/net/tcp', '/proc/net/tcp6') {
			open my $p, '<', $f or next;
			while (my $l = <$p>) {
				my @w = split ' ', $l;
				return 1 if $w[3] eq '0A' && $w[1] =~ /$hex$/;
			}
		}
		return 0;
	});
}

# mind PID: stops that child, too, when the test ends
sub mind { push @pids, $_[0] }

# stop PID: TERM to it, after five seconds to its sessions, which it may wait
# for, and KILL after thirty; its status
sub stop {
	my ($pid) = @_;
	@pids = grep { $_ != $pid } @pids;
	return $? if waitpid($pid, POSIX::WNOHANG()) != 0; # it has ended
	my $status;
	my $ended = sub { return waitpid($pid, POSIX::WNOHANG()) == $pid
	    && defined($status = $?) };
	for (['TERM', $pid, 5], ['TERM', -$pid, 25], ['KILL', -$pid, 5], ['KILL', $pid, 30]) {
		my ($signal, $to, $seconds) = @$_;
		kill $signal, $to;
		last if wait_for($ended, $seconds);
	}
	kill 'TERM', -$pid;
	return $? = $status // $?;
}

# strike PID QUEUEDIR: kill -9 of a queued and all that it has started, which may
# not have its group yet; back when none of them holds the queue
sub strike {
	my ($pid, $queue) = @_;
	@pids = grep { $_ != $pid } @pids;
	sleep 0.01 until kill 'KILL', -$pid;
	waitpid $pid, 0;
	open my $lock, '<', "$queue/lock" or return; # it had not come that far
	flock $lock, 2;
	return;
}

# run(\%opt, COMMAND...): runs a command with opt{in} on stdin, opt{env} added,
# opt{seconds} (120) at the most; returns {out, err, code, signal}
sub run {
	my $o = ref $_[0] ? shift : {};
	my @command = @_;
	my $base = scratch . "/run.$$." . int(rand 1e9);
	spew("$base.in", $o->{in} // '');
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		%ENV = (%ENV, %{ $o->{env} // {} });
		chdir $o->{dir} or POSIX::_exit(111) if $o->{dir};
		open STDIN, '<', "$base.in";
		open STDOUT, '>', "$base.out";
		open STDERR, '>', "$base.err";
		no warnings 'exec';
		exec { $command[0] } @command or POSIX::_exit(127);
	}
	my $end = time + ($o->{seconds} // 120);
	my $late = 0;
	while (waitpid($pid, POSIX::WNOHANG()) != $pid) {
		if (time > $end) {
			kill 'KILL', $pid;
			$late = 1;
		}
		sleep 0.01;
	}
	my $r = { code => $? >> 8, signal => $? & 127, late => $late,
	    out => slurp("$base.out"), err => slurp("$base.err") };
	unlink "$base.in", "$base.out", "$base.err";
	return $r;
}

# client PORT: a connection; ->send(TEXT), ->line [SECONDS] (with CR LF, undef
# at the end or when nothing comes), ->rest, ->ended, ->close; ->{end} is "closed" or the
# error by which it ended
sub client {
	my ($port) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    PeerPort => $port, Timeout => 30) or die "connect $port: $!";
	$s->autoflush(1);
	return bless { s => $s, buf => '' }, 'Postern::Client';
}

END {
	if ($$ == $me) {
		my $code = $?;
		stop($_) for my @all = @pids;
		$? = $code;
	}
}

package Postern::Client;
use strict;
use warnings;
use Time::HiRes qw(time);

sub send {
	my ($c, $text) = @_;
	local $SIG{PIPE} = 'IGNORE';
	my $at = 0;
	while ($at < length $text) {
		my $n = syswrite $c->{s}, $text, length($text) - $at, $at;
		return 0 unless defined $n;
		$at += $n;
	}
	return 1;
}

# more: one read of what has come, waiting until END at the most; 1 or 0
sub more {
	my ($c, $end) = @_;
	if (!(ref($c->{s}) =~ /SSL/ && $c->{s}->pending)) {
		my $left = $end - time;
		return 0 if $left <= 0;
		return 0 unless IO::Select->new($c->{s})->can_read($left);
	}
	my $n = sysread $c->{s}, $c->{buf}, 65536, length $c->{buf};
	return 1 if !defined $n && $!{EAGAIN};
	$c->{end} = defined $n ? 'closed' : "$!" unless $n;
	return $n ? 1 : 0;
}

sub line {
	my ($c, $seconds) = @_;
	my $end = time + ($seconds // 30);
	while ($c->{buf} !~ /\n/) {
		return undef unless $c->more($end);
	}
	$c->{buf} =~ s/^(.*?\n)//s;
	return $1;
}

sub rest {
	my ($c, $seconds) = @_;
	my $end = time + ($seconds // 30);
	1 while $c->more($end);
	my $text = $c->{buf};
	$c->{buf} = '';
	return $text;
}

# tls OPTION...: TLS from here on (IO::Socket::SSL's options)
sub tls {
	my ($c, %o) = @_;
	require IO::Socket::SSL;
	return IO::Socket::SSL->start_SSL($c->{s}, SSL_verify_mode => 0, %o);
}

# ended: 1 once the other side has ended it, without a further word; else 0
sub ended {
	my ($c) = @_;
	return $c->rest eq '' && defined $c->{end} ? 1 : 0;
}

sub close { close $_[0]{s} }

1;
