#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# The signers of tlsd: all kinds of keys, no key in a worker, what a worker
# cannot ask, the death of either, swaps of certificates under load, and the
# sandbox. Not tested here: that locked memory is not swapped out.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Postern::Tls;
use Test::More;
use IO::Select ();
use IO::Socket::SSL ();
use IO::Socket::UNIX ();
use POSIX ();
use Socket qw(SOL_SOCKET SO_TYPE SOCK_SEQPACKET);
use Time::HiRes qw(sleep time);

$SIG{PIPE} = 'IGNORE';
my $dir = scratch;
my $tls = "$dir/tls";
my $sock = "$dir/tlsd.sock";
my $san = $ENV{POSTERN_VARIANT} eq 'san';
mkdir $tls;

# a bundle NAME of a key that openssl makes
sub bundle {
	my ($name, @key) = @_;
	my $r = run('openssl', 'req', '-x509', '-nodes', '-days', 30, '-subj',
	    "/CN=$name", '-keyout', "$dir/$name.key", '-out', "$dir/$name.crt",
	    @key);
	die $r->{err} if $r->{code};
	install($name, slurp("$dir/$name.key") . slurp("$dir/$name.crt"));
}

sub install {
	my ($name, $text) = @_;
	spew("$dir/new", $text);
	chmod 0600, "$dir/new";
	rename "$dir/new", "$tls/$name.pem" or die;
}

sub until_true {
	my ($code, $seconds) = @_;
	my $end = time + ($seconds // 30);
	do {
		return 1 if $code->();
		sleep 0.05;
	} while time < $end;
	return 0;
}

my %kind = (
	rsa => [-newkey => 'rsa:2048'],
	p256 => [-newkey => 'ec', -pkeyopt => 'ec_paramgen_curve:P-256'],
	p384 => [-newkey => 'ec', -pkeyopt => 'ec_paramgen_curve:P-384'],
	p521 => [-newkey => 'ec', -pkeyopt => 'ec_paramgen_curve:P-521'],
	ed25519 => [-newkey => 'ed25519'],
);
bundle("$_.test", @{ $kind{$_} }) for sort keys %kind;
my $engine = engine($sock, '-n', 'p256.test', '-w', 1);
my ($wrap, $port) = listener('tlswrap', '-p', 'pop3', '-s', $sock,
    'sed', '-u', '/hello/q');

# ------------------------------------------------------------- kinds of keys
my %scheme = ( # by which a client insists, in TLS 1.2 and 1.3
	rsa => ['RSA+SHA256:RSA+SHA512', 'rsa_pss_rsae_sha256'],
	p256 => ['ECDSA+SHA256', 'ecdsa_secp256r1_sha256'],
	p384 => ['ECDSA+SHA384', 'ecdsa_secp384r1_sha384'],
	p521 => ['ECDSA+SHA512', 'ecdsa_secp521r1_sha512'],
	ed25519 => ['ed25519', 'ed25519'],
);
for my $kind (sort keys %kind) {
	for my $v (0, 1) {
		my $r = s_client($port, "hello\n", -servername => "$kind.test",
		    $v ? '-tls1_3' : '-tls1_2', -CAfile => "$dir/$kind.test.crt",
		    '-verify_return_error', -sigalgs => $scheme{$kind}[$v]);
		my $text = $r->{out} . $r->{err};
		like($text, qr/Verification: OK/, "$kind, TLS 1." . ($v + 2));
		like($text, qr/^hello/m, 'a session');
	}
}
for my $s ('rsa_pss_rsae_sha384', 'rsa_pss_rsae_sha512', 'RSA+SHA384') {
	my $r = s_client($port, "hello\n", -servername => 'rsa.test',
	    '-tls1_2', -sigalgs => $s);
	like($r->{out}, qr/^hello/m, "RSA, $s");
}
unlike(s_client($port, "hello\n", -servername => 'rsa.test', '-tls1_2',
	-cipher => 'ALL:@SECLEVEL=0', -sigalgs => 'RSA+SHA1')->{out},
    qr/^hello/m, 'SHA-1: none');

# -------------------------------------------------- what lies in the memories
# Whether the memory of process PID has one of these byte strings.
# undef: it cannot be seen, or is mostly a sanitizer's.
sub holds {
	my ($pid, @bytes) = @_;
	return undef if $san;
	open my $mem, '<:raw', "/proc/$pid/mem" or return undef;
	my $any = join '|', map { quotemeta } @bytes;
	for (split /\n/, slurp("/proc/$pid/maps")) {
		my ($from, $to, $rights) = /^(\w+)-(\w+) (\S+)/;
		{
			no warnings 'portable';
			($from, $to) = map { hex } $from, $to;
		}
		next if $rights !~ /^r/ || $to - $from > 1 << 28;
		sysseek $mem, $from, 0 or next;
		my $buf = '';
		1 while sysread $mem, $buf, $to - $from - length $buf,
		    length $buf and length $buf < $to - $from;
		return 1 if $buf =~ /$any/;
	}
	return 0;
}

# The secret numbers of a key, as text in either order of bytes, and the lines of
# its PEM.
sub secrets {
	my ($name) = @_;
	my $text = run('openssl', 'pkey', '-in', "$dir/$name.key", '-noout',
	    '-text')->{out};
	my @numbers;
	while ($text =~ /^(?:priv|privateExponent|prime[12]):\n((?:\s+[\da-f:]+\n)+)/mg) {
		my $n = pack 'H*', $1 =~ s/[\s:]//gr =~ s/^(00)+//r;
		push @numbers, $n, scalar reverse $n if length $n >= 24;
	}
	my (undef, @pem) = split /\n/, slurp("$dir/$name.key");
	return @numbers, $pem[0], length $pem[1] > 40 ? $pem[1] : ();
}

my ($worker) = workers($engine);
my ($signer) = signers($engine);
ok($worker && $signer, 'a worker and its signer');
SKIP: {
	skip 'only root may look into the memory of tlsd', 20
	    if !defined holds($worker, 'x');
	my @marks = (split /\n/, slurp("$dir/rsa.test.crt"))[5];
	for my $name (map { "$_.test" } sort keys %kind) {
		my @s = secrets($name);
		cmp_ok(@s, '>=', 3, "$name: there is something to look for");
		is(holds($worker, @s), 0, "$name: no key in the worker");
		is(holds($signer, @s), 1, 'but in the signer');
		is(holds($engine, @s), 0, 'nor in the master');
	}
}
if (!as_root) {
	ok(!open(my $f, '<', "/proc/$_/mem"), 'whose memory is out of reach')
	    for $worker, $signer;
}

# ----------------------------------------------------- what it may not be asked
# The socket to its signer, out of the worker's hands.
sub steal {
	my ($pid) = @_;
	my $pidfd = syscall 434, $pid + 0, 0;
	return if $pidfd < 0;
	my @s;
	for my $n (map { m{/(\d+)$} } glob "/proc/$pid/fd/*") {
		next if (readlink("/proc/$pid/fd/$n") // '') !~ /^socket/;
		my $fd = syscall 438, $pidfd, $n + 0, 0;
		next if $fd < 0;
		open my $s, '+<&=', $fd or next;
		my $type = getsockopt $s, SOL_SOCKET, SO_TYPE;
		next if !defined $type || unpack('i', $type) != SOCK_SEQPACKET;
		push @s, $s if defined send $s, 'x', 0;
	}
	# the signer answers, the master not
	my ($s) = IO::Select->new(@s)->can_read(30) or return;
	recv $s, my $reply, 2000, 0;
	return $s;
}

sub ask { # what the signer says to a request: a signature or ''
	my ($s, $kind, $key, $scheme, $text, $extra) = @_;
	send $s, pack('QLSSa', $key, 7, $scheme, length $text, $kind) . $text
	    . ($extra // ''), 0;
	recv $s, my $reply, 2000, 0;
	my (undef, $serial, $n) = unpack 'QLS', $reply;
	return substr $reply, 14, $n;
}
my $verify = (' ' x 64) . "TLS 1.3, server CertificateVerify\0" . 'h' x 32;
SKIP: {
	my $s = steal($worker);
	skip 'only root can put itself in the place of a worker', 15 if !$s;
	my ($key) = grep { length ask($s, 's', $_, 0x0403, $verify) } 1 .. 9;
	ok($key, 'a handshake is signed');
	for (['another key', 's', 999, 0x0403, $verify],
	    ['no such scheme', 's', $key, 0x0201, $verify],
	    ['a scheme for other keys', 's', $key, 0x0401, $verify],
	    ['what a client signs', 's', $key, 0x0403,
		$verify =~ s/server/client/r],
	    ['a bare hash', 's', $key, 0x0403, 'h' x 32],
	    ['no text', 's', $key, 0x0403, ''],
	    ['a mail', 's', $key, 0x0403, "From: boss\r\n" . 'x' x 100],
	    ['too much', 's', $key, 0x0403, $verify . 'x' x 400],
	    ['a byte more', 's', $key, 0x0403, $verify, 'x'],
	    ['a bundle by its name', 'n', 0, 0, 'p384.test'],
	    ['something else', 'k', $key, 0, '']) {
		my ($what, @request) = @$_;
		is(length ask($s, @request), 0, "$what: refused");
	}
	ok(logged(qr/event=badrequest reason="a worker asked for what is no/),
	    'and logged');
	ok(length ask($s, 's', $key, 0x0403, $verify), 'it still signs');
	like(s_client($port, "hello\n")->{out}, qr/^hello/m, 'and serves');
}

# ------------------------------------------------------------------ deaths
my $open = IO::Socket::SSL->new(PeerAddr => "127.0.0.1:$port",
    SSL_verify_mode => 0) or die;
sub works { return (served($port, 'rsa.test') // '') eq 'rsa.test' }
kill 'KILL', $signer;
ok(logged(qr/event=signerended pid=$signer signal=9/), 'a dead signer is logged');
ok(until_true(\&works), 'and has a successor');
isnt((signers($engine))[0], $signer, 'which is another process');
is((workers($engine))[0], $worker, 'for the same worker');
print $open "still\n";
is(scalar <$open>, "still\n", 'whose connections go on');

($signer) = signers($engine);
kill 'STOP', $signer;
my $began = time;
ok(!works(), 'a signer that stalls: no handshake');
cmp_ok(time - $began, '<', 29, 'and that is known before its time is over');
print $open "still\n";
is(scalar <$open>, "still\n", 'others go on');
ok(logged(qr/event=signer reason="it did not answer in time"/), 'it is logged');
ok(until_true(\&works), 'and healed');

kill 'KILL', $worker;
ok(logged(qr/event=workerended pid=$worker signal=9/), 'a dead worker');
ok(until_true(\&works), 'is healed too');
ok(until_true(sub { workers($engine) == 1 && signers($engine) == 1 }),
    'and nothing is left over');
close $open;

# ------------------------------------------------------- swaps under load
my $long = $ENV{POSTERN_LONG};
my $swaps = $long ? 5000 : 150;
my @two;
for (0, 1) {
	bundle('swap.test', @{ $kind{ $_ ? 'p256' : 'p384' } });
	$two[$_] = slurp("$tls/swap.test.pem");
}
ok(until_true(sub { (served($port, 'swap.test') // '') eq 'swap.test' }),
    'a name that will change often');
($signer) = signers($engine);
sub kilobytes { return slurp("/proc/$_[0]/status") =~ /^VmRSS:\s+(\d+)/m && $1 }
# What the client N saw, a line a handshake; no signal ends it, which would cut a
# handshake that the engine has begun.
sub seen { return split /\n/, eval { slurp("$dir/load.$_[0]") } // '' }
sub enough { # of both certificates
	my %n;
	/^swap\.test / && $n{$_}++ for seen(@_);
	return 2 == grep { $_ > 9 } values %n;
}
my (@load, @old);
for my $n (1, 2) { # handshakes without end: a client checks each signature
	my $pid = fork // die;
	if (!$pid) {
		open my $f, '>', "$dir/load.$n" or POSIX::_exit(1);
		$f->autoflush(1);
		until (-e "$dir/enough") {
			$! = 0;
			my ($cn, $serial) = served($port, 'swap.test');
			print $f defined $cn ? "$cn $serial\n"
			    : "failed: $! $IO::Socket::SSL::SSL_ERROR\n";
		}
		POSIX::_exit(0);
	}
	push @load, $pid;
}
my $before;
my $end = time + 200;
for (my $n = 1; $n <= $swaps || (time < $end && grep { !enough($_) } 1, 2); $n++) {
	install('swap.test', $two[$n % 2]);
	kill 'HUP', $engine;
	$before //= kilobytes($signer) if $n > 100;
	sleep 0.02;
	# some keep their connection, with it the certificate
	push @old, IO::Socket::SSL->new(PeerAddr => "127.0.0.1:$port",
	    SSL_verify_mode => 0, SSL_hostname => 'swap.test')
	    if $n % ($swaps / 10) == 0;
}
my $after = kilobytes($signer);
spew("$dir/enough");
waitpid $_, 0 for @load;
for my $n (1, 2) {
	ok(enough($n), 'handshakes by both certificates, while they are swapped');
	is(join("\n", grep { !/^swap\.test / } seen($n)), '', 'none failed');
}
is(scalar(grep { !$_ } @old), 0, 'nor one of those that last');
my $loaded = () = slurp("$dir/log") =~ /badbundle/g;
is($loaded, 0, 'no bundle was taken for a bad one');
cmp_ok($after - $before, '<', 1000, 'the signer does not grow') if !$san;
for (grep { $_ } @old) {
	print $_ "old\n";
	is(scalar <$_>, "old\n", 'an old connection goes on');
	close $_;
}
SKIP: {
	my @s = secrets('swap.test'); # of the last pair
	skip 'only root may look into the memory of tlsd', 2
	    if !defined holds($signer, @s);
	install('swap.test', $two[0]);
	kill 'HUP', $engine;
	ok(until_true(sub { served($port, 'swap.test'); !holds($signer, @s) }),
	    'a key without connections is wiped');
	install('swap.test', $two[1]);
	kill 'HUP', $engine;
	ok(until_true(sub { holds($signer, @s) }), 'and was there before');
}

# ------------------------------------------------------------------ sandbox
# Makes process PID, which waits in a system call, make another one: getppid.
# 1, or 0: it cannot be traced.
sub misled {
	my ($pid) = @_;
	return 0 if (POSIX::uname())[4] ne 'x86_64';
	my ($ptrace, $attach, $getregs, $setregs, $detach) = (101, 16, 12, 13, 17);
	return 0 if syscall($ptrace, $attach, $pid + 0, 0, 0) < 0;
	until_true(sub { slurp("/proc/$pid/status") =~ /^State:\s+t/m }) or return 0;
	my $regs = "\0" x (27 * 8);
	return 0 if syscall($ptrace, $getregs, $pid + 0, 0, $regs) < 0;
	my @r = unpack 'Q*', $regs;
	if ($r[15] == ~0) { # it was at work; look again when it waits
		syscall($ptrace, $detach, $pid + 0, 0, 0);
		select undef, undef, undef, 0.05;
		return misled($pid);
	}
	$r[10] = 110;     # rax
	$r[15] = ~0;      # orig_rax: nothing to restart
	$r[16] -= 2;      # rip: the system call instruction
	$regs = pack 'Q*', @r;
	return syscall($ptrace, $setregs, $pid + 0, 0, $regs) == 0
	    && syscall($ptrace, $detach, $pid + 0, 0, 0) == 0;
}
($worker) = workers($engine);
SKIP: {
	skip 'no sandbox in this build', 6 if $san;
	for ($worker, signers($engine)) {
		like(slurp("/proc/$_/status"), qr/^Seccomp:\s+2$/m,
		    'system calls are filtered');
		like(slurp("/proc/$_/limits"), qr/^Max core file size +0 +0 /m,
		    'no core dump');
	}
	skip 'only root, on amd64, can make a worker call what it does not', 2
	    if !misled($worker);
	ok(logged(qr/event=workerended pid=$worker signal=31 reason="a system(?#
	    ) call that it does not need"/), 'another call ends it');
	ok(until_true(\&works), 'and that is healed');
}

# ------------------------------------------------------------------ the end
stop($wrap);
is(stop($engine), 0, 'it ends');
ok(logged(qr/event=signer signatures=\d\d+ refused=\d+$/m), 'and tells how much it signed');

# ------------------------------------------------- an engine for one connection
{
	local %ENV = (%ENV, TLSDIR => $tls, TLSNAME => 'p256.test');
	my ($pid, $p) = listener('tlswrap', '-p', 'pop3', 'cat');
	is(served($p, 'rsa.test'), 'rsa.test', 'one connection: SNI');
	is(served($p, 'none.test'), 'p256.test', 'an unknown name');
	my $s = IO::Socket::SSL->new(PeerAddr => "127.0.0.1:$p",
	    SSL_verify_mode => 0, SSL_hostname => 'p384.test') or die;
	print $s "one\n";
	is(scalar <$s>, "one\n", 'a session');
	my @own = grep {
		(eval { slurp("/proc/$_/cmdline") } // '') =~ /^tlsd\0(.*\0)?-1\0/s
	} map { m{(\d+)$} } glob '/proc/[0-9]*';
	my @mine = grep {
		(eval { slurp("/proc/$_/environ") } // '') =~ /TLSDIR=\Q$tls\E\0/
	} @own;
	SKIP: {
		skip 'only root may look into tlsd', 3 if !as_root || $san;
		ok(until_true(sub { 1 == grep { -e "/proc/$_/exe" } @mine }),
		    'the signer has gone after the handshake');
		my ($it) = grep { -e "/proc/$_/exe" } @mine;
		is(holds($it, secrets("$_.test")), 0, 'with the key')
		    for 'p256', 'p384';
	}
	close $s;
	stop($pid);
}
# ---- a signer that dies while the engine starts: it ends at once, and does not
# wait for what its worker will never say
for my $n (1 .. 6) {
	pipe my $ready, my $w or die;
	fcntl $w, Fcntl::F_SETFD(), 0;
	my $pid = serve('tlsd', '-r', fileno $w, '-d', "$dir/tls", "$dir/start.sock");
	close $w;
	my @signers;
	wait_for(sub { @signers = signers($pid) });
	kill 'KILL', $signers[$n % @signers] if @signers;
	ok(IO::Select->new($ready)->can_read(30), 'a signer that dies at the start: the engine ends, or is ready');
	stop($pid);
}

done_testing;
