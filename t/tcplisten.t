#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# tcplisten: the environment, the limit, signals, and what a child keeps of its
# listener.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Test::More;
use Time::HiRes qw(sleep time);
use POSIX ();


sub listener {
	my ($options, @next) = @_;
	my $port = free_port;
	my $pid = serve('tcplisten', @$options, '127.0.0.1', $port, @next);
	wait_port($port) or die "no listener on $port";
	return ($pid, $port);
}

# ---- environment and descriptors
{
	local %ENV = (%ENV, SSL_CLIENT_S_DN => 'CN=boss', RELAYCLIENT => '',
	    TLS => 'off', TCPREMOTEHOST => 'localhost', CONNID => 'old');
	my ($pid, $port) = listener([], 'sh', '-c', 'env; echo --; '
	    . 'for f in /proc/self/fd/*; do readlink $f; done; echo .; exit 7');
	my $c = client($port);
	my $rport = $c->{s}->sockport;
	my $text = $c->rest;
	like($text, qr/^PROTO=TCP$/m, 'PROTO');
	like($text, qr/^TCPREMOTEIP=127\.0\.0\.1$/m, 'TCPREMOTEIP');
	like($text, qr/^TCPREMOTEPORT=$rport$/m, 'TCPREMOTEPORT');
	like($text, qr/^TCPLOCALIP=127\.0\.0\.1$/m, 'TCPLOCALIP');
	like($text, qr/^TCPLOCALPORT=$port$/m, 'TCPLOCALPORT');
	unlike($text, qr/^(SSL_|RELAYCLIENT|TLS=|TCPREMOTEHOST)/m,
	    'inherited claims are gone');
	my ($id) = $text =~ /^CONNID=([0-9a-f.]+)$/m;
	ok(defined $id && $id ne 'old', 'CONNID is new');
	my ($fds) = $text =~ /^--\n(.*)\.\n/ms;
	my @sockets = $fds =~ /^socket:\[\d+\]$/mg;
	is(scalar(@sockets), 2, 'the connection on two descriptors');
	is($sockets[0], $sockets[1], 'which are one socket');
	unlike($fds, qr/signalfd|anon_inode/, 'nothing of the listener');
	ok(logged(qr/connid=\Q$id\E event=close ip=127.0.0.1 status=7$/m),
	    'the end is logged with connid and status');
	my $other = client($port)->rest;
	my ($id2) = $other =~ /^CONNID=(.+)$/m;
	isnt($id2, $id, 'each connection has its own CONNID');

	my $r = run('tcplisten', '127.0.0.1', $port, 'true');
	is($r->{code}, 111, 'a port in use: 111');
	like($r->{err}, qr/127\.0\.0\.1 port $port: Address already in use/,
	    'the reason names address and port');
	is(stop($pid) >> 8, 0, 'TERM: exit 0');
}

# ---- signals in the child are as if nothing had been
{
	my ($pid, $port) = listener([], 'cat', '/proc/self/status');
	my $text = client($port)->rest;
	like($text, qr/^SigBlk:\s+0+$/m, 'no signal is blocked');
	like($text, qr/^SigCgt:\s+0+$/m, 'none is caught');
	kill 'HUP', $pid;
	sleep 0.1;
	# but for the real-time ones, which are the C library's
	like(client($port)->rest, qr/^SigIgn:\s+[0-9a-f]{8}[08]0{7}$/m,
	    'none is ignored');
	pass('HUP does nothing');
	stop($pid);
}

# ---- IPv6
SKIP: {
	skip 'no IPv6 here', 4 unless eval { slurp('/proc/net/if_inet6') =~ /^0+1 /m };
	require IO::Socket::IP;
	my $port = free_port;
	my $pid = serve('tcplisten', '::', $port, 'env');
	wait_port($port);
	my $s = IO::Socket::IP->new(PeerHost => '::1', PeerPort => $port)
	    or die "connect: $!";
	my $text = join '', <$s>;
	like($text, qr/^TCPREMOTEIP=::1$/m, 'an IPv6 client');
	like($text, qr/^TCPLOCALIP=::1$/m, 'and its end here');
	ok(logged(qr/event=close ip=::1 status=0/), 'in the log');
	like(client($port)->rest, qr/^TCPREMOTEIP=127\.0\.0\.1$/m,
	    'a v4-mapped address is IPv4');
	stop($pid);
}

# ---- the limit
{
	my ($pid, $port) = listener(['-c', 2], 'sh', '-c',
	    'echo hello; read x; kill -9 $$');
	my ($one, $two) = (client($port), client($port));
	is($one->line, "hello\n", 'first session');
	is($two->line, "hello\n", 'second session');
	my $three = client($port);
	ok(!defined $three->line(0.3), 'the third waits');
	ok(logged(qr/event=full sessions=2$/m), 'the limit is logged');
	$one->send("\n");
	is($three->line, "hello\n", 'until one has ended');
	ok(logged(qr/event=close ip=127.0.0.1 signal=9$/m),
	    'a killed session is visible');
	$_->send("\n") for $two, $three;
	for (1 .. 20) {
		my $c = client($port);
		$c->line // last;
		$c->send("\n");
		$c->rest;
	}
	my ($a, $b) = (client($port), client($port));
	is($a->line, "hello\n", 'the count did not drift (1)');
	is($b->line, "hello\n", 'the count did not drift (2)');
	ok(!defined client($port)->line(0.3), 'and is still a limit');

	# shutdown waits for sessions
	kill 'TERM', $pid;
	ok(logged(qr/event=stop sessions=2$/m), 'TERM is logged');
	ok(wait_for(sub { !eval { client($port); 1 } }), 'nobody new gets in');
	is(waitpid($pid, POSIX::WNOHANG()), 0, 'sessions may finish');
	$a->send("\n");
	$a->rest;
	is(waitpid($pid, POSIX::WNOHANG()), 0, 'all of them');
	kill 'TERM', $pid;
	ok($b->ended, 'a second TERM ends the rest');
	is(stop($pid) >> 8, 0, 'exit 0');
}

# ---- a child of an earlier program in this process does not count
{
	my $port = free_port;
	my $pid = serve('sh', '-c', 'sleep 0.3 & sleep 0.3 & '
	    . "exec tcplisten -c 1 127.0.0.1 $port sh -c 'echo hi; read x'");
	wait_port($port);
	my $c = client($port);
	is($c->line, "hi\n", 'a session');
	wait_for(sub {
		!grep { slurp("/proc/$_/comm") eq "sleep\n" } split ' ', slurp("/proc/$pid/task/$pid/children")
	}) or die 'strangers that do not end';
	my $d = client($port);
	ok(!defined $d->line(0.3), 'strangers that end free nothing');
	$_->close for $c, $d;
	stop($pid);
}

# ---- readiness
{
	my $port = free_port;
	pipe my $r, my $w or die;
	my $fd = fileno $w;
	require Fcntl;
	fcntl $w, Fcntl::F_SETFD(), 0;
	my $pid = serve('tcplisten', '-r', $fd, '127.0.0.1', $port, 'cat');
	close $w;
	is(join('', <$r>), "\n", 'readiness: a newline, then EOF');
	ok(eval { client($port)->close }, 'and it accepts');
	stop($pid);
}

# ---- another user
SKIP: {
	skip 'needs root to become somebody else', 2 unless as_root;
	my $id = 20000 + $$ % 40000; # of no other test
	my $port = free_port;
	my $pid = serve('tcplisten', '-u', "$id:$id", '127.0.0.1', $port,
	    'cat', '/proc/self/status');
	wait_port($port);
	my $text = client($port)->rest;
	like($text, qr/^Uid:\s+$id\s+$id\s+$id\s+$id$/m, '-u: all user ids');
	like($text, qr/^Groups:\s*$/m, '-u: no groups');
	stop($pid);
}

# ---- the pages of the program
# Each part of it has a page of its own, so that children get them all; none is
# writable.
SKIP: {
	my $port = free_port;
	my $pid = serve('tcplisten', '127.0.0.1', $port, 'ipcheck', '/nowhere.cdb', 'true');
	wait_port($port);
	client($port)->rest; # when it serves, all is as it will stay
	my @parts = split /^(?=[0-9a-f]+-[0-9a-f]+ )/m, slurp("/proc/$pid/smaps");
	stop($pid);
	my @ours = grep { /^\S+ r-[x-]p .*\/postern$/m } @parts;
	skip 'not the static program', 2 unless @ours > 1;
	is grep({ !/^Anonymous:\s+[1-9]/m } @ours), 0, 'children get the pages of the program';
	is grep({ /^\S+ .wx/ } @parts), 0, 'and nothing is both writable and code';
}

# ---- what a child holds
# It has no stack but its own, yet ps tells what it is; and few page tables, which
# the kernel counts in KiB.
{
	my ($pid, $port) = listener([], 'proxyhdr', '-f', '127.0.0.1', 'true');
	my ($c, $child) = client($port);
	wait_for(sub { ($child) = split ' ', slurp("/proc/$pid/task/$pid/children") });
	is slurp("/proc/$child/cmdline"), slurp("/proc/$pid/cmdline"),
	    'ps tells of a child what it tells of the listener';
	like join(' ', split /\0/, slurp("/proc/$pid/cmdline")),
	    qr/\btcplisten 127\.0\.0\.1 $port proxyhdr -f 127\.0\.0\.1 true$/,
	    'which is what was started';
	SKIP: {
		skip 'not the static program', 1 if sanitized;
		my ($kib) = slurp("/proc/$child/status") =~ /^VmPTE:\s+(\d+)/m;
		cmp_ok $kib, '<=', 36, 'a child has few page tables';
	}
	stop($pid);
}

# ---- what it refuses
for (
    [['127.0.0.1', '1'], 'nothing to run'],
    [['127.0.0.1', '0', 'cat'], 'port 0'],
    [['127.0.0.1', '65536', 'cat'], 'a port too high'],
    [['127.0.0.1', '25x', 'cat'], 'a port that is no number'],
    [['127.0.0.1', 'no-such', 'cat'], 'a port that is no name'],
    [['127.0.0.1,', '2525', 'cat'], 'an empty address'],
    [['127.0.0.1', '2525,,2526', 'cat'], 'an empty port'],
    [['no such', '2525', 'cat'], 'no name of a host'],
    [['-f', '0', 'cat'], 'a descriptor that is no socket'],
    [['-f', '77', 'cat'], 'a closed descriptor'],
    [['-f', '0'], 'a descriptor and nothing to run'],
    [['-s', 'cat'], 'no sockets of systemd'],
    [['-s', '-f', '0', 'cat'], 'two places to take sockets from'],
    [['-c', '0', '127.0.0.1', '2525', 'cat'], 'no sessions at all'],
    [['-r', '77', '127.0.0.1', '2525', 'cat'], 'a closed readiness fd'],
    [['-u', 'no such', '127.0.0.1', '2525', 'cat'], 'an unknown user'],
    [['-x', '127.0.0.1', '2525', 'cat'], 'an unknown option'],
) {
	my $r = run('tcplisten', @{ $_->[0] });
	is($r->{code}, 100, "refused: $_->[1]");
}
my $help = run('tcplisten', '-h');
is($help->{code}, 0, '-h');
like($help->{out}, qr/^usage: tcplisten /, 'says how');

done_testing;
