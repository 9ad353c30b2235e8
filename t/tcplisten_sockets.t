#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# tcplisten: several addresses and ports, IPv4 and IPv6, names, and sockets that
# another program opened: s6-fdholder, systemd.
use strict;
use warnings;
use lib 't/lib';
use Fcntl;
use File::Path 'make_path';
use IO::Socket::IP;
use IO::Socket::UNIX ();
use IPC::Open2;
use Postern;
use Test::More;

my $dir = scratch;
my $log = "$dir/log";
my $ipv6 = eval { slurp('/proc/net/if_inet6') =~ /^0+1 /m };
my @said = ('sh', '-c', 'echo $TCPLOCALIP $TCPLOCALPORT $LISTEN_FDS$LISTEN_PID'
    . '$LISTEN_FDNAMES');

sub connected {
	my ($ip, $port) = @_;
	return IO::Socket::IP->new(PeerHost => $ip, PeerPort => $port,
	    Timeout => 30);
}

# said(IP, PORT): what the program there says, or undef
sub said {
	my ($ip, $port) = @_;
	my $s = connected($ip, $port) or return undef;
	my $line = readline $s;
	return defined $line ? $line =~ s/ *\n//r : '';
}

# ready(COMMAND with -r FD): its pid once it is ready
sub ready {
	my @command = @_;
	pipe my $r, my $w or die;
	fcntl $w, F_SETFD, 0;
	my $fd = fileno $w;
	my $pid = serve(map { s/^FD$/$fd/r } @command);
	close $w;
	return <$r> ? $pid : die 'not ready: ' . slurp($log);
}

# ---- addresses times ports
{
	my ($p1, $p2) = (free_port, free_port);
	my $pid = ready('tcplisten', '-r', 'FD', '127.0.0.1,127.0.0.2',
	    "$p1,$p2", @said);
	for my $ip ('127.0.0.1', '127.0.0.2') {
		is(said($ip, $_), "$ip $_", "$ip, one of two ports") for $p1, $p2;
	}
	ok(!defined said('127.0.0.3', $p1), 'no other address');
	my $out = `nc -N 127.0.0.2 $p2 < /dev/null`;
	is($out, "127.0.0.2 $p2\n", 'nc says the same');
	my @listens = slurp($log) =~ /event=listen ip=(\S+) port=(\d+)$/mg;
	is(scalar(@listens), 8, 'each one is logged');

	my $busy = run('tcplisten', '127.0.0.3,127.0.0.2', $p1, 'true');
	is($busy->{code}, 111, 'one of them in use: none of them');
	like($busy->{err}, qr/127\.0\.0\.2 port $p1: Address already in use/,
	    'and the reason names it');

	# TERM closes all, and waits for sessions of all
	stop($pid);
	ok(!defined said($$_[0], $$_[1]), "closed: @$_")
	    for ['127.0.0.1', $p1], ['127.0.0.2', $p2];
}

# ---- one limit for all, whatever kills a session, and nobody is preferred
{
	my ($p1, $p2) = (free_port, free_port);
	my $pid = ready('tcplisten', '-r', 'FD', '-c', 4, '127.0.0.1',
	    "$p1,$p2", 'sh', '-c', 'echo $$; read x');
	for my $round (1 .. 5) {
		my @s = map { connected('127.0.0.1', $_) } ($p1, $p2) x 2;
		my @child = map { my $l = readline $_; $l + 0 } @s;
		is(scalar(@child), 4, "round $round: four sessions");
		my $five = client($p2);
		ok(!defined $five->line(0.1), 'the fifth waits');
		kill 'KILL', @child;
		my $l = $five->line;
		ok(defined $l, 'until one is killed');
		kill 'KILL', $l;
	}
	stop($pid);
}

# ---- IPv4 and IPv6
SKIP: {
	skip 'no IPv6 here', 8 unless $ipv6;
	my $p = free_port;
	my $pid = ready('tcplisten', '-r', 'FD', '::', $p, @said);
	is(said('::1', $p), "::1 $p", ':: alone: IPv6');
	is(said('127.0.0.1', $p), "127.0.0.1 $p", 'and IPv4');
	stop($pid);

	$pid = ready('tcplisten', '-r', 'FD', '0,::', $p, @said);
	is(said('::1', $p), "::1 $p", '0,::: IPv6');
	is(said('127.0.0.1', $p), "127.0.0.1 $p", 'and IPv4');
	stop($pid);

	$pid = ready('tcplisten', '-r', 'FD', '127.0.0.2,::', $p, @said);
	is(said('127.0.0.2', $p), "127.0.0.2 $p", 'one IPv4 address and ::');
	ok(!defined said('127.0.0.1', $p), 'and no other one of IPv4');
	stop($pid);

	$pid = ready('tcplisten', '-r', 'FD', '::1', $p, @said);
	is(said('::1', $p), "::1 $p", '::1');
	ok(!defined said('127.0.0.1', $p), 'and nothing else');
	stop($pid);
}

# ---- names
{
	my $p = free_port;
	my $pid = ready('tcplisten', '-r', 'FD', 'localhost', $p, @said);
	is(said('127.0.0.1', $p), "127.0.0.1 $p", 'localhost');
	stop($pid);

	my $zone = spew("$dir/zone", "two.test A 127.0.0.4\n"
	    . "two.test A 127.0.0.5\nfail.test SERVFAIL\n");
	my $dns = open2(my $out, my $in, 't/lib/dnsd', $zone);
	chomp(my $port = <$out>);
	local $ENV{DNSCACHEIP} = "127.0.0.1:$port";
	$pid = ready('tcplisten', '-r', 'FD', 'two.test', $p, @said);
	is(said($_, $p), "$_ $p", "an address of a name: $_")
	    for '127.0.0.4', '127.0.0.5';
	stop($pid);
	is(run('tcplisten', 'none.test', $p, 'true')->{code}, 100,
	    'a name without an address: 100');
	is(run('tcplisten', 'fail.test', $p, 'true')->{code}, 111,
	    'a name that cannot be looked up: 111');
	close $in;
	waitpid $dns, 0;
}
SKIP: {
	skip 'needs root for a port with a name', 1 unless as_root;
	my $ip = join '.', 127, 64 + ($$ >> 16), $$ >> 8 & 255, $$ & 255; # ours alone
	my $pid = eval { ready('tcplisten', '-r', 'FD', $ip, 'echo,discard', @said) };
	is($pid && said($ip, 9), "$ip 9", 'names of ports');
	stop($pid) if $pid;
}

# ---- s6-fdholder: the socket outlives the listener, with who waits there
{
	my $s = "$dir/fdholder";
	my $l = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1');
	my $p = $l->sockport;
	my $rules = "$dir/rules/uid/default/env";
	make_path($rules);
	spew("$dir/rules/uid/default/allow", '');
	spew("$rules/S6_FDHOLDER_STORE_REGEX", '.*');
	spew("$rules/S6_FDHOLDER_RETRIEVE_REGEX", '.*');
	my $holder = serve('s6-fdholder-daemon', '-i', "$dir/rules", $s);
	wait_for(sub { IO::Socket::UNIX->new(Peer => $s) }) or die 'no s6-fdholder';
	my $store = fork // die;
	if (!$store) {
		open STDIN, '<&', $l;
		exec 's6-fdholder-store', $s, 'echo';
	}
	waitpid $store, 0;
	is($?, 0, 's6-fdholder has a socket');
	close $l;
	my @listen = ('s6-fdholder-retrieve', $s, 'echo', 'tcplisten', '-r',
	    'FD', '-f', 0, 'sh', '-c',
	    'for f in 0 1 2; do readlink /proc/self/fd/$f; done; '
	    . 'ls -l /proc/self/fd');
	my $pid = ready(@listen);
	my $text = client($p)->rest;
	like($text, qr/^socket:\S+\nsocket:\S+\n\Q$log\E\n/,
	    's6-fdholder-retrieve tcplisten -f 0');
	is(scalar(() = $text =~ / -> (socket|anon_inode)/g), 2,
	    'the listening socket is not on 0, nor anywhere else');
	is(stop($pid) >> 8, 0, 'the listener ends');
	my $waits = client($p);
	ok(!defined $waits->line(0.2), 'who comes meanwhile waits');
	$pid = ready(@listen);
	like($waits->rest, qr/^socket:/, 'and is served by the next one');
	stop($pid);
	stop($holder);
}

# ---- systemd
SKIP: {
	my $activate = '/usr/bin/systemd-socket-activate';
	skip "no $activate", 6 unless -x $activate;
	my ($p1, $p2) = (free_port, free_port);
	my $pid = serve($activate, '-l', "127.0.0.1:$p1", '-l',
	    "127.0.0.1:$p2", '--fdname=a:b', '-E', "PATH=$ENV{PATH}",
	    map({ ('-E', $_) } grep /SAN_OPTIONS$/, keys %ENV),
	    'tcplisten', '-s', @said);
	wait_port($_) or die 'no systemd-socket-activate' for $p1, $p2;
	is(said('127.0.0.1', $p1), "127.0.0.1 $p1", 'systemd: the first socket');
	is(said('127.0.0.1', $p2), "127.0.0.1 $p2", 'and the second');
	is(stop($pid) >> 8, 0, 'ends well');

	local %ENV = (%ENV, LISTEN_FDS => 1, LISTEN_PID => $$);
	my $r = run('tcplisten', '-s', 'true');
	is($r->{code}, 100, 'the sockets of another process: refused');
	$r = run('sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=100 exec tcplisten -s true');
	is($r->{code}, 100, 'too many');
	$r = run('sh', '-c', 'LISTEN_PID=$$ exec tcplisten -s true 3</dev/null');
	is($r->{code}, 100, 'one that is no socket');
}
{
	my $udp = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1');
	my $tcp = IO::Socket::INET->new(Proto => 'tcp');
	for ([$udp, 'UDP'], [$tcp, 'not listening']) {
		my $fd = fileno $_->[0];
		fcntl $_->[0], F_SETFD, 0;
		is(run('tcplisten', '-f', $fd, 'true')->{code}, 100,
		    "-f refuses a socket: $_->[1]");
	}
}

done_testing;
