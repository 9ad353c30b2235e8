#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# dnssecd: what is proven, what is not signed, what somebody has changed; its
# clients, its bounds, its rights.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use IPC::Open2;
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Signed;

my $dir = scratch;
chmod 0755, $dir;
my $dns = Postern::Signed->new({
	'.' => "x.test. A 192.0.2.9\na.example. A 192.0.2.1\nalias.example. CNAME a.example.\n"
	    . "out.example. CNAME b.plain.example.\nbad.example. CNAME x.old.example.\n"
	    . "a.example. MX 10 mx.example.\n"
	    . "_25._tcp.a.example. TLSA 3 1 1 " . 'ab' x 32 . "\n",
	'child.example' => "x A 192.0.2.2\n",
	'private.example' => "x A 192.0.2.5\n",
}, { 'plain.example' => "b A 192.0.2.3\n" },
    { 'old.example' => "x A 192.0.2.4\n" });
mkdir "$dir/empty";
my $socket = "$dir/dnssecd.sock";
my @rights = as_root ? ('-u', '12345:12346', '-R', "$dir/empty") : ();
push @rights, '-i', 'Private.example.';
my $pid = $dns->start($socket, @rights);

sub ask { return Postern::Signed::ask($socket, @_) }

# ------------------------------------------------------------------- questions
for (['a.example', 'A', 'secure', 1, 'a.example', 'an address'],
    ['a.example', 'MX', 'secure', 1, 'a.example', 'an MX record'],
    ['_25._tcp.a.example', 'TLSA', 'secure', 1, '_25._tcp.a.example', 'a TLSA record'],
    ['A.Example.', 'A', 'secure', 1, 'a.example', 'a name in any case, with a dot'],
    ['a.example', 'AAAA', 'secure', 0, 'a.example', 'that there is no such record'],
    ['nothing.example', 'A', 'secure', 0, 'nothing.example', 'that there is no such name'],
    ['x.child.example', 'A', 'secure', 1, 'x.child.example', 'a zone below'],
    ['alias.example', 'A', 'secure', 1, 'a.example', 'an alias'],
    ['alias.example', 'CNAME', 'secure', 1, 'alias.example', 'the alias itself'],
    ['out.example', 'A', 'insecure', 1, 'b.plain.example', 'an alias that leads out'],
    ['out.example', 'CNAME', 'secure', 1, 'out.example', 'which itself is signed'],
    ['b.plain.example', 'A', 'insecure', 1, 'b.plain.example', 'a zone without DNSSEC'],
    ['b.plain.example', 'TLSA', 'insecure', 0, 'b.plain.example', 'and nothing in it'],
    ['x.private.example', 'A', 'insecure', 1, 'x.private.example', 'a domain of -i'],
    ['x.test', 'A', 'insecure', 1, 'x.test', 'one for tests, which is asked for'],
    ['x.old.example', 'A', 'bogus', 0, '', 'signatures of last year'],
    ['bad.example', 'A', 'bogus', 0, '', 'an alias to those']) {
	my ($name, $type, $status, $some, $canonical, $what) = @$_;
	my @got = ask($name, $type);
	is "@got[0, 1, 2]", "$status $some $canonical", $what or diag $got[3];
}
like +(ask('x.old.example', 'A'))[3], qr/expired/, 'bogus has a reason';
ok logged(qr/event=bogus name=x\.old\.example reason=.*expired/), 'which is logged';
ok logged(qr/event=validating/), 'so is that DNSSEC works';
like +(ask('a.example', 'A'))[4], qr/\x01a\x07example.*\xc0\x00\x02\x01/s,
    'the message of the DNS comes along';

my $s = IO::Socket::UNIX->new(Peer => $socket);
is +(Postern::Signed::asked($s, 'a.example', 'A'))[0], 'secure', 'one connection';
is +(Postern::Signed::asked($s, 'x.old.example', 'A'))[0], 'bogus', 'for two questions';

# ------------------------------------------------------------ what is no question
for (['a..example', 'A'], ["a\0.example", 'A'], ['a b.example', 'A'],
    ['a.example', 255], ['a.example', 6], ['x' x 64 . '.example', 'A']) {
	my @got = ask(@$_);
	is $got[0], 'failed', "no question: " . ($_->[0] =~ s/\0/NUL/r) . " $_->[1]";
}
for (['too long' => pack('L', 300) . 'x' x 300], ['far too long' => pack 'L', 4e9],
    ['two at once' => pack('L/a* L/a*', "\0\1a.example", "\0\1a.example")]) {
	my ($what, $bytes) = @$_;
	my $c = IO::Socket::UNIX->new(Peer => $socket);
	print $c $bytes;
	$c->flush;
	is sysread($c, my $x, 1) // 0, 0, "$what: closed";
}
my $half = IO::Socket::UNIX->new(Peer => $socket);
syswrite $half, pack('L', 11) . "\0\1a.ex";
is +(ask('a.example', 'A'))[0], 'secure', 'who is slow holds nobody up';
syswrite $half, 'ample';
ok sysread($half, my $x, 1), 'and is served in the end';

# ---------------------------------------------------------------------- bounds
my $second = "$dir/few.sock";
my $silent = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1');
my $few = serve('dnssecd', '-c', 2, '-t', 1, '-k', $dns->anchor, '-f',
    '127.0.0.1:' . $silent->sockport, $second);
wait_for(sub { IO::Socket::UNIX->new(Peer => $second) });
my $start = time;
my @got = Postern::Signed::ask($second, 'a.example', 'A');
is "$got[0] $got[3]", 'failed no answer in time', 'a server that is silent';
cmp_ok time - $start, '<', 15, 'in time';
my @two = map { IO::Socket::UNIX->new(Peer => $second) } 1, 2;
my $third = IO::Socket::UNIX->new(Peer => $second);
syswrite $third, pack 'L/a*', "\0\1a.example";
ok(!IO::Select->new($third)->can_read(1.5), 'a third client waits');
close $two[0];
ok(IO::Select->new($third)->can_read(30), 'until one has gone');
stop($few);

# ----------------------------------------------------- servers without DNSSEC
my $zone = spew("$dir/zone", "a.example A 192.0.2.1\n. A 192.0.2.2\n");
my $plain = open2(my $out, my $in, 't/lib/dnsd', $zone);
my $port = <$out> + 0;
my $blind = serve({ DNSCACHEIP => "127.0.0.1:$port" }, 'dnssecd', '-k',
    $dns->anchor, "$dir/blind.sock");
wait_for(sub { IO::Socket::UNIX->new(Peer => "$dir/blind.sock") });
@got = Postern::Signed::ask("$dir/blind.sock", 'a.example', 'A');
is $got[0], 'blind', 'where DNSSEC has never worked nothing is bogus';
ok logged(qr/event=blind reason=/), 'and that is logged';
stop($blind);
close $in;
waitpid $plain, 0;

# ---------------------------------------------------------------------- rights
my ($child) = split ' ', slurp("/proc/$pid/task/$pid/children");
for my $p (['service', $pid], ['resolver', $child]) {
	my $status = slurp("/proc/$p->[1]/status");
	like $status, qr/^NoNewPrivs:\s+1$/m, "$p->[0]: no new privileges";
	SKIP: {
		skip 'no sandbox under a sanitizer', 1
		    if sanitized;
		like $status, qr/^Seccomp:\s+2$/m, 'in the sandbox';
	}
	SKIP: {
		skip 'needs root', 2 unless as_root;
		like $status, qr/^Uid:\s+12345\s+12345\s+12345/m, 'not root';
		is readlink "/proc/$p->[1]/root", "$dir/empty", 'in an empty folder';
	}
}
is sprintf('%o', (stat $socket)[2] & 0777), '660', 'the mode of the socket';

# --------------------------------------------------------------------- trouble
kill 'KILL', $child;
waitpid $pid, 0;
is $? >> 8, 111, 'without its resolver it ends';
like slurp("$dir/log"), qr/process is gone/, 'and says why';
$pid = $dns->start($socket, @rights);
is +(ask('a.example', 'A'))[0], 'secure', 'a socket that was left over is replaced';
my $r = run('dnssecd', '-k', $dns->anchor, '-f', $dns->server, $socket);
is $r->{code}, 111, 'a socket in use';
like $r->{err}, qr/in use/, 'is said';
spew("$dir/bad.key", "; nothing\n");
$r = run('dnssecd', '-k', "$dir/bad.key", '-f', $dns->server, "$dir/x.sock");
is $r->{code}, 100, 'a file without keys';
spew("$dir/bad.key", ". IN DNSKEY what\n");
$r = run('dnssecd', '-k', "$dir/bad.key", '-f', $dns->server, "$dir/x.sock");
is $r->{code}, 100, 'what is no key' or diag $r->{err};
$r = run('dnssecd', '-k', "$dir/none", "$dir/x.sock");
is $r->{code}, 100, 'no file';
for my $server ('x', '127.0.0.1:', '127.0.0.1:0', '127.0.0.1:65536', '1.2.3.4,', '[::1', '') {
	$r = run('dnssecd', '-k', $dns->anchor, '-f', $server, "$dir/x.sock");
	is $r->{code}, 100, "no server: '$server'";
}
is run('dnssecd')->{code}, 100, 'no socket';
is run('dnssecd', '-i', 'a..b', '-k', $dns->anchor, "$dir/x.sock")->{code}, 100, 'no domain';
is run('dnssecd', '-m', '9', "$dir/x.sock")->{code}, 100, 'no mode';
stop($pid);
done_testing;
