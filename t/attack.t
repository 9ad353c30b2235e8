#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# 2,000 connections from one address that say nothing (fewer where a process has
# a sanitizer), and an address that connects without a pause: others log in all
# the same. With figures, and with what happens where nothing limits an address.
use strict;
use warnings;
use lib 't/lib';
use IO::Select;
use IO::Socket::IP;
use IO::Socket::SSL;
use List::Util qw(max sum);
use POSIX ();
use Postern;
use Postern::Instance;
use Socket;
use Test::More;
use Time::HiRes qw(sleep time);

use constant { ATTACK => sanitized ? 300 : 2000,
    SOCK_NONBLOCK => 04000 };
my ($villain, $dir) = ('127.0.0.9', scratch);
my $ipv6 = eval { slurp('/proc/net/if_inet6') =~ /^0+1 /m };
plan skip_all => 'not enough descriptors for the attack'
    if POSIX::sysconf(&POSIX::_SC_OPEN_MAX) < ATTACK + 100;
$SIG{PIPE} = 'IGNORE';

# attack(PORT, HOW): what runs against the port from now on; it says so when all
# of it is connected
sub attack {
	my ($port, $how) = @_;
	pipe my $in, my $out or die;
	pipe my $said, my $say or die;
	my $pid = fork // die "fork: $!";
	if ($pid) {
		close $_ for $in, $say;
		return { pid => $pid, end => $out, said => $said };
	}
	close $_ for $out, $said;
	my $to = sockaddr_in($port, inet_aton('127.0.0.1'));
	my $from = sockaddr_in(0, inet_aton($villain));
	my $n = 0;
	my $connect = sub {
		my ($type) = @_;
		socket my $s, PF_INET, SOCK_STREAM | $type, 0 or die $!;
		bind $s, $from or die $!;
		connect $s, $to;
		$n++;
		return $s;
	};
	my (@idle, $readable);
	if ($how eq 'idle') {
		push @idle, $connect->(SOCK_NONBLOCK) for 1 .. ATTACK;
		wait_for(sub { $n = grep { getpeername $_ } @idle; $n == ATTACK }, 120);
		syswrite $say, "all\n";
		sysread $in, $readable, 1;
	} else {
		vec(my $end = '', fileno $in, 1) = 1;
		until (select $readable = $end, undef, undef, 0) {
			my $s = $connect->(0);
			sysread $s, my $banner, 1; # to the end, if it is refused
			push @idle, $s if length $banner;
			syswrite $say, "all\n" if $n == 20;
		}
	}
	syswrite $say, "$n\n";
	POSIX::_exit(0);
}

# ends it; how many connections it made
sub peace {
	my ($attack) = @_;
	close $attack->{end};
	my ($n) = reverse readline $attack->{said};
	chomp $n;
	waitpid $attack->{pid}, 0;
	return $n;
}

# a whole session from FROM, inside TLS or not: seconds until it was over, or
# undef
sub login {
	my ($from, $port, $tls, $limit) = @_;
	my $start = time;
	my $password = $Postern::Instance::PASSWORD;
	local $SIG{ALRM} = sub { die "late\n" };
	my $good = eval {
		alarm($limit // 120);
		my $s = IO::Socket::IP->new(LocalAddr => $from,
		    PeerHost => $from =~ /:/ ? '::1' : '127.0.0.1',
		    PeerPort => $port) or die "connect: $@\n";
		for ('', $tls ? 'STLS' : (), 'USER alice@example.test',
		    "PASS $password", 'STAT', 'QUIT') {
			print $s "$_\r\n" if length;
			my $line = readline $s;
			die "refused\n" unless ($line // '') =~ /^\+OK/;
			next if $_ ne 'STLS';
			IO::Socket::SSL->start_SSL($s, SSL_verify_mode => 0)
			    or die "tls\n";
		}
		1;
	};
	alarm 0;
	return $good ? time - $start : undef;
}

# CPU seconds of PID and its children that have ended; KiB of PIDS
sub cpu {
	my @w = split ' ', slurp("/proc/$_[0]/stat") =~ s/.*\) //sr;
	return sum(@w[11 .. 14]) / POSIX::sysconf(&POSIX::_SC_CLK_TCK);
}
sub memory {
	my $sum = 0;
	for (@_) {
		my $text = eval { slurp("/proc/$_/smaps_rollup") } // '';
		$sum += $1 if $text =~ /^Pss:\s+(\d+)/m;
	}
	return $sum;
}
sub children {
	my @todo = @_;
	my @all;
	while (defined(my $pid = shift @todo)) {
		my $text = eval { slurp("/proc/$pid/task/$pid/children") } // '';
		push @all, split ' ', $text;
		push @todo, split ' ', $text;
	}
	return @all;
}

# while the attack runs: everybody else is served
sub served {
	my ($what, $listener, $port, $tls, $how, @from) = @_;
	# two processes a session, and one of somebody else
	my $most = $how eq 'idle' ? 2 * 21 : 0;
	my ($cpu, $start) = (cpu($listener), time);
	my $attack = attack($port, $how);
	sleep 0.05; # it has begun
	my (@took, $missed, @all, $memory);
	my $whole = sub { IO::Select->new($attack->{said})->can_read(0) };
	while (time < $start + 2.5
	    || (@took < 2 * @from || !$whole->()) && time < $start + 120) {
		for (@from) {
			my $t = login($_, $port, $tls);
			defined $t ? push @took, $t : $missed++;
		}
		@all = children($listener);
		$memory = memory($listener, @all);
		sleep 0.02;
	}
	# refused ones may still be on their way out
	wait_for(sub { @all = children($listener); @all <= $most }) if $most;
	my $n = peace($attack);
	is($missed // 0, 0, "$what: everybody else is served");
	cmp_ok(scalar(@took), '>=', 2 * @from, "$what: again and again");
	cmp_ok($n, '>=', $how eq 'idle' ? ATTACK : 20, "$what: $n connections");
	cmp_ok(scalar(@all), '<=', $most, "$what: it has 20 sessions at the most")
	    if $most;
	@took = sort { $a <=> $b } @took or return;
	diag sprintf '%s: %d connections of %s; %d sessions of others: median '
	    . '%.1f ms, slowest %.0f ms; %.2f s of CPU in %.1f s; %d processes '
	    . 'at the end, %d KiB', $what, $n, $villain, scalar @took,
	    1000 * $took[$#took / 2], 1000 * $took[-1], cpu($listener) - $cpu,
	    time - $start, 1 + @all, $memory;
}

# ---- the chain by itself
chmod 0755, $dir;
my ($uid, $gid) = as_root ? (64001, 64001) : ($>, $) + 0);
my @role = as_root ? ('-u', '64003:64003', '-R', "$dir/empty") : ();
mkdir "$dir/$_" or die for qw(empty home home/Maildir home/Maildir/new
    home/Maildir/cur home/Maildir/tmp);
mkdir "$dir/state", 0700 or die;
run('chown', '-R', "$uid:$gid", "$dir/home") if as_root;
my $hash = crypt $Postern::Instance::PASSWORD, '$6$rounds=1000$saltsalt$';
run({ in => "alice\@example.test:$hash:$uid:${gid}::$dir/home\n" }, 'cdbrules',
    'compile', 'users', "$dir/users.cdb");
run({ in => "default pop=*\n" }, 'cdbrules', 'compile', 'groups',
    "$dir/groups.cdb");
my @pop3 = ('pop3login', @role, '-H', 'mail.example.test', 'checkpw', '-s',
    'pop', "$dir/users.cdb", "$dir/groups.cdb", 'pop3d', 'Maildir');
my @others = ('127.0.0.10', $ipv6 ? '::1' : ());
my $addresses = join ',', '127.0.0.1', $ipv6 ? '::1' : ();
{
	my $port = free_port;
	my $pid = serve('tcplisten', '-c', 100, $addresses, $port, 'connlimit',
	    '-c', 20, "$dir/state", @pop3);
	wait_port($port) or die 'no listener';
	ok(defined login($_, $port, 0), "before the attack: $_")
	    for @others;
	served('chain, idle', $pid, $port, 0, 'idle', @others);
	ok(logged(qr/event=limit ip=\Q$villain\E/), 'and the villain was not');
	served('chain, relentless', $pid, $port, 0, 'relentless',
	    @others);
	stop($pid);
}

# ---- the same where nothing limits an address: the attack is one
{
	my $port = free_port;
	my $pid = serve('tcplisten', '-c', 100, '127.0.0.1', $port, @pop3);
	wait_port($port) or die 'no listener';
	my $attack = attack($port, 'idle');
	ok(logged(qr/event=full sessions=100$/m),
	    'without connlimit it takes all there is');
	ok(!defined login('127.0.0.10', $port, 0, 2), 'and others wait');
	peace($attack);
	stop($pid);
}

# ---- a whole instance, as postern init makes it
{
	my $i = Postern::Instance->new('alice@example.test');
	$i->up;
	my $port = $i->port('pop3');
	my ($listener) = grep {
		Postern::Instance::command($_) =~ /^tcplisten\x{0}.*\x{0}$port\x{0}/s
	} $i->family;
	ok($listener, 'an instance');
	served('instance, idle', $listener, $port, 1, 'idle', '127.0.0.10');
	$i->down;
}

done_testing;
