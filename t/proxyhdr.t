#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# proxyhdr: headers in one piece and in many, what it refuses and why, whom it
# trusts, that it takes no byte too many, and the real haproxy in front of it.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::INET;
use Postern;
use Socket qw(TCP_NODELAY IPPROTO_TCP);
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = scratch;
my $v1 = "PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\r\n";
my $signature = "\r\n\r\n\0\r\nQUIT\n";
my $four = pack 'C4 C4 n n', 192, 0, 2, 7, 198, 51, 100, 1, 4711, 25;
sub v2 { return $signature . pack 'C C n/a*', @_ }
my $v2 = v2(0x21, 0x11, $four);

# the next stage: says who is who, then what else comes
my @show = ('sh', '-c', 'echo "$TCPREMOTEIP $TCPREMOTEPORT $TCPLOCALIP ' .
    '$TCPLOCALPORT $PROTO ${TCPREMOTEHOST-no} ${TCPREMOTEINFO-no} ' .
    '${CONNID:+id}"; exec cat');
my $who = "192.0.2.7 4711 198.51.100.1 25 TCP no no id\n";

sub listener {
	my ($env, @command) = @_;
	my $port = free_port;
	my $pid = serve($env, 'tcplisten', '127.0.0.1', $port, @command);
	wait_port($port) or die 'no listener';
	return ($port, $pid);
}

# what is answered to these pieces, sent one by one
sub talk {
	my ($port, @pieces) = @_;
	my $c = client($port);
	$c->{s}->setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
	for (@pieces) {
		$c->send($_);
		sleep 0.002 if @pieces > 1;
	}
	$c->{s}->shutdown(1);
	my $text = $c->rest;
	$c->close;
	return $text;
}

# ---------------------------------------------------------------- command line
like run('proxyhdr', '-h')->{out}, qr/^usage: proxyhdr /, '-h';
is run('proxyhdr', 'cat')->{code}, 100, 'no list of proxies: usage';
is run('proxyhdr', '-f', '127.0.0.1')->{code}, 100, 'nothing to run: usage';
is run('proxyhdr', '-f', '127.0.0.1/99', 'cat')->{code}, 100, 'no list';
is run('proxyhdr', '-f', '*', '-t', $_, 'cat')->{code}, 100, "-t $_"
    for 2, 601, '3s';
is run('proxyhdr', '-f', '*', 'cat')->{code}, 111, 'no connection';

# ----------------------------------------------- not a socket: the environment
my %env = (PROTO => 'TCP', TCPREMOTEIP => '::ffff:10.0.0.1',
    TCPREMOTEPORT => 4000, TCPLOCALIP => '10.0.0.2', TCPLOCALPORT => 25,
    TCPREMOTEHOST => 'proxy.example', TCPREMOTEINFO => 'x');
sub stage {
	my ($in, $list, @next) = @_;
	return run({ in => $in, env => \%env }, 'proxyhdr', '-f', $list,
	    @next ? @next : @show);
}
for ([v1 => $v1], [v2 => $v2]) {
	my $r = stage("$_->[1]more\n", '10.0.0.0/8');
	is $r->{out}, "${who}more\n", "a file, $_->[0]: no byte too many";
	like $r->{err}, qr/^prog=proxyhdr connid=\S+ event=proxy ip=192\.0\.2\.7 via=10\.0\.0\.1$/,
	    'and the log line';
}
is stage($v1, '10.0.0.0/8,!10.0.0.1')->{code}, 1, 'not in the list';
is stage(substr($v2, 0, 20), '*')->{code}, 1, 'ends too early';
is stage($v1, '*', 'no-such-program')->{code}, 100, 'nothing such';
{
	local $env{TCPREMOTEIP} = 'nonsense';
	is stage($v1, '*')->{code}, 111, 'TCPREMOTEIP is no address';
}

# --------------------------------------------------------------- on the socket
my ($port, $pid) = listener({ TCPREMOTEHOST => 'a', TCPREMOTEINFO => 'b' },
    'proxyhdr', '-f', '127.0.0.1', '-t', 600, @show);
my $socket = qr/^127\.0\.0\.1 \d+ 127\.0\.0\.1 $port TCP no no id$/m;

is talk($port, "${v1}more\n"), "${who}more\n", 'v1: the byte behind is left';
is talk($port, "${v2}more\n"), "${who}more\n", 'v2: the byte behind is left';
is talk($port, $v1, "more\n"), "${who}more\n", 'v1, then more';
is talk($port, split //, "${v1}more\n"), "${who}more\n", 'v1, byte by byte';
is talk($port, split //, "${v2}more\n"), "${who}more\n", 'v2, byte by byte';
is talk($port, v2(0x21, 0x11, "$four\4\0\3abc\4\0\0") . "more\n"),
    "${who}more\n", 'v2 with extensions';
is talk($port, "PROXY TCP6 2001:DB8::7 ::ffff:198.51.100.1 4711 25\r\n"),
    "2001:db8::7 4711 198.51.100.1 25 TCP no no id\n", 'v1, IPv6 and mapped';
is talk($port, v2(0x21, 0x21, pack 'x10 n C4 x10 n C4 n n', 65535, 192, 0, 2, 7,
    65535, 198, 51, 100, 1, 4711, 25)), $who, 'v2, mapped';
like talk($port, "$_->[1]more\n"), qr/${socket}\nmore\n\z/,
    "$_->[0]: the addresses of the socket" for
    ['LOCAL', v2(0x20, 0, '')], ['LOCAL with addresses', v2(0x20, 0x11, $four)],
    ['UNKNOWN', "PROXY UNKNOWN 192.0.2.7 198.51.100.1 4711 25\r\n"],
    ['UNSPEC', v2(0x21, 0, '')], ['AF_UNIX', v2(0x21, 0x31, "/" x 216)];

for (
	['no header', "EHLO client.example\r\n"],
	['a byte that is not text', "PROXY TCP4 192.0.2.7\0 198.51.100.1 1 2\r\n"],
	['a byte that is not text', "PROXY TCP4 192.0.2.7\t198.51.100.1 1 2\r\n"],
	['line too long', 'PROXY UNKNOWN ' . 'x' x 92 . "\r\n"],
	['no port number', "PROXY TCP4 192.0.2.7 198.51.100.1 65536 25\r\n"],
	['no address of the family', "PROXY TCP4 ::1 ::1 4711 25\r\n"],
	['unknown version or command', v2(0x11, 0x11, $four)],
	['not for a TCP connection', v2(0x21, 0x12, $four)],
	['too short for its addresses', v2(0x21, 0x21, $four)],
	['an extension beyond the end', v2(0x21, 0x11, "$four\4\1\0abc")],
	['too long', v2(0x21, 0x11, $four . "\4" . pack('n/a*', 'x' x 506))],
	['a second header', $v1 . $v1],
	['a second header', $v1 . $v2],
	['a second header', $v2 . $v1],
	['a second header', v2(0x20, 0, '') . $v1],
	['closed before a whole header', substr $v2, 0, 20],
	['closed before a whole header', ''],
) {
	my ($why, $bytes) = @$_;
	spew("$dir/log", '');
	is talk($port, $bytes), '', "$why: nothing runs, nothing is said";
	ok logged(qr/^prog=proxyhdr connid=\S+ event=deny ip=127\.0\.0\.1 reason="\Q$why\E"$/m),
	    'and the log says so';
	ok logged(qr/event=close ip=127\.0\.0\.1 status=1$/m), 'exit 1';
}

my ($late, $deadline) = listener({}, 'proxyhdr', '-f', '127.0.0.1', '-t', 3,
    @show);
my $slow = client($late); # looked at below
$slow->send(substr $v1, 0, 10);
my $c = client($late);
my $began = time;
my $end;
for (split //, $v1) { # a byte each second: much longer than the deadline in all
	$c->send($_);
	last if $end = IO::Select->new($c->{s})->can_read(1);
}
ok $end && time > $began + 2.5, 'drop by drop: the deadline is for all';
ok $c->ended, 'nothing is said';
ok logged(qr/reason="no whole header in time"/), 'and the log says so';
ok $slow->ended, 'a header that stays away: the connection has ended';
stop($_) for $deadline, $pid;

# ------------------------------------------------------------- whom to believe
($port, $pid) = listener({}, 'env', 'TCPREMOTEIP=10.0.0.1', 'proxyhdr', '-f',
    '10.0.0.0/8', @show);
spew("$dir/log", '');
is talk($port, $v1), '', 'not a proxy of ours: the socket tells, no variable';
ok logged(qr/event=deny ip=127\.0\.0\.1 reason="not one of the proxies"$/m),
    'and the log says so';
stop($pid);

# ------------------------------------------- behind haproxy, in front of ipcheck
is run({ in => "127.0.0.2:allow,WHO=\"the client\"\n:deny\n" }, 'cdbrules',
    'compile', 'ip', "$dir/ip.cdb")->{code}, 0, 'rules for the real client';
for my $exec (0, 1) {
	my ($behind, $postern) = listener({ POSTERN_EXEC => $exec }, 'proxyhdr',
	    '-f', '127.0.0.1', 'ipcheck', "$dir/ip.cdb", 'sh', '-c',
	    'echo "$WHO $TCPREMOTEIP $TCPREMOTEPORT $TCPLOCALPORT"; exec cat');
	for my $how ('send-proxy', 'send-proxy-v2') {
		my $front = free_port;
		spew("$dir/haproxy.cfg", <<"END");
defaults
	mode tcp
	timeout connect 60s
	timeout client 120s
	timeout server 120s
listen mail
	bind 127.0.0.1:$front
	server postern 127.0.0.1:$behind $how
END
		my $haproxy = serve('/usr/sbin/haproxy', '-db', '-f',
		    "$dir/haproxy.cfg");
		ok wait_port($front), "haproxy, $how, POSTERN_EXEC=$exec";
		my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		    PeerPort => $front, LocalAddr => '127.0.0.2', Timeout => 30)
		    or die "connect: $!";
		my $real = bless { s => $s, buf => '' }, 'Postern::Client';
		my $own = $s->sockport;
		is $real->line, "the client 127.0.0.2 $own $front\n",
		    'ipcheck sees the real client';
		$real->send("hello\n");
		is $real->line, "hello\n", 'and what it says comes through';
		$real->close;
		is talk($front, "hello\n"), '', 'another client is denied';
		ok logged(qr/event=proxy ip=127\.0\.0\.2 via=127\.0\.0\.1$/m),
		    'the log tells them apart';
		stop($haproxy);
	}
	stop($postern);
}

done_testing;
