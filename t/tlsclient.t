#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# tlsclient: whom it talks to and whom it does not, implicit and delayed TLS,
# what a bad server gets, how a connection begins and ends.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Test::More;
use IO::Socket::SSL ();
use Socket;
use Time::HiRes qw(sleep time);
use POSIX ();

$SIG{PIPE} = 'IGNORE';
my $dir = scratch;
my @servers;
my $me = $$;

END { kill 'TERM', @servers if $$ == $me && @servers }

# ---- certificates, made by openssl
sub openssl {
	my $r = run('openssl', @_);
	die "openssl @_: $r->{err}" if $r->{code};
	return $r->{out};
}

# certificate NAME, {ca, san, cn, from, to}: NAME.pem (key, leaf)
sub certificate {
	my ($name, %o) = @_;
	my $f = "$dir/$name";
	openssl('req', '-new', '-newkey', 'ec', '-pkeyopt',
	    'ec_paramgen_curve:P-256', '-nodes', '-keyout', "$f.key", '-out',
	    "$f.csr", '-subj', '/CN=' . ($o{cn} // $name));
	spew("$f.ext", ($o{san} ? "subjectAltName=$o{san}\n" : ''),
	    'basicConstraints=critical,CA:', $o{authority} ? 'TRUE' : 'FALSE', "\n");
	my @sign = $o{ca} ? ('-CA', "$dir/$o{ca}.crt", '-CAkey', "$dir/$o{ca}.key",
	    '-CAcreateserial') : ('-signkey', "$f.key");
	openssl('x509', '-req', '-in', "$f.csr", '-out', "$f.crt", '-extfile',
	    "$f.ext", '-days', $o{days} // 30, @sign);
	spew("$f.pem", slurp("$f.key"), slurp("$f.crt"),
	    $o{ca} ? slurp("$dir/$o{ca}.crt") : '');
	return $f;
}
certificate('ca', cn => 'An Authority', authority => 1);
certificate('other', cn => 'Another Authority', authority => 1);
certificate('good', ca => 'ca', san => 'DNS:a.test,DNS:*.w.test,IP:127.0.0.1');
certificate('old', ca => 'ca', san => 'DNS:a.test', days => -1);
certificate('cnonly', ca => 'ca', cn => 'a.test');
certificate('wild', ca => 'ca', san => 'DNS:a.*.test,DNS:b*.x.test,DNS:*');
certificate('self', san => 'DNS:a.test');
certificate('unknown', ca => 'other', san => 'DNS:a.test');
my $nul = "a.test\0.evil.test";
certificate('nul', ca => 'ca', san => 'DER:' . join(':', map { sprintf '%02x', $_ }
    0x30, 2 + length $nul, 0x82, length $nul, unpack 'C*', $nul));

# ---- servers
# server {cert, address, times, clear, tls, ...}: a server of one connection
# after the other; clear and tls are what it does with a socket. Its port.
sub server {
	my (%o) = @_;
	my $l = IO::Socket::INET->new(Listen => 5, ReuseAddr => 1,
	    LocalAddr => $o{address} // '127.0.0.1', LocalPort => $o{port} // 0)
	    or die "listen: $!";
	my $port = $l->sockport;
	my $pid = fork // die;
	return push(@servers, $pid) && $port if $pid;
	$SIG{TERM} = sub { POSIX::_exit(0) };
	while (my $s = $l->accept) {
		$s->autoflush(1);
		next if $o{clear} && !$o{clear}->($s);
		my $f = "$dir/" . ($o{cert} // 'good') . '.pem';
		my $t = IO::Socket::SSL->start_SSL($s, SSL_server => 1,
		    SSL_cert_file => $f, SSL_key_file => $f, Timeout => 60,
		    %{ $o{ssl} // {} }) or next;
		$o{tls}->($t) if $o{tls};
		$t->close;
	}
	POSIX::_exit(0);
}

sub lines { # says what it hears, and who it is talking to
	my ($s) = @_;
	print $s "220 hello\r\n";
	while (my $l = <$s>) {
		print $s "got $l";
		last if $l =~ /^QUIT/;
	}
}

# client [\%run], OPTION..., HOST, PORT, NEXT...: runs tlsclient with -e
sub tlsclient {
	my $o = ref $_[0] ? shift : {};
	my $status = "$dir/status." . int rand 1e9;
	my $r = run($o, 'sh', '-c', 'exec 9>"$0"; exec tlsclient -e 9 "$@"', $status,
	    @_);
	$r->{status} = slurp($status);
	($r->{result}) = $r->{status} =~ /^RESULT=(.*)$/m;
	$r->{result} //= '';
	unlink $status;
	return $r;
}
my @ca = ('-C', '', '-A', "$dir/ca.crt");
my $talk = 'read l <&6; echo "$l"; printf "QUIT\r\n" >&7; cat <&6';

# ---- who is believed
my %port = map { $_ => server(cert => $_, tls => \&lines) }
    qw(good old cnonly wild self unknown nul);
for (
	['good', 'a.test', 'ok', 'the right name'],
	['good', 'A.TEST.', 'ok', 'in any case, with a dot'],
	['good', 'b.test', 'certificate-host-mismatch', 'another name'],
	['good', 'x.w.test', 'ok', 'a wildcard'],
	['good', 'x.y.w.test', 'certificate-host-mismatch', 'it is for one label'],
	['good', 'w.test', 'certificate-host-mismatch', 'not for none'],
	['good', '127.0.0.1', 'ok', 'an address'],
	['good', '127.0.0.2', 'certificate-host-mismatch', 'another address'],
	['old', 'a.test', 'certificate-expired', 'expired'],
	['cnonly', 'a.test', 'certificate-host-mismatch', 'a common name only'],
	['wild', 'a.b.test', 'certificate-host-mismatch', 'a star in the middle'],
	['wild', 'bc.x.test', 'certificate-host-mismatch', 'a star in a label'],
	['wild', 'test', 'certificate-host-mismatch', 'a star alone'],
	['self', 'a.test', 'certificate-not-trusted', 'self-signed'],
	['unknown', 'a.test', 'certificate-not-trusted', 'an unknown authority'],
	['nul', 'a.test', 'certificate-host-mismatch', 'a NUL in the name'],
    ) {
	my ($cert, $name, $want, $what) = @$_;
	my $r = tlsclient(@ca, '-n', $name, '127.0.0.1', $port{$cert}, 'sh', '-c',
	    $talk);
	is($r->{result}, $want, "$cert for $name: $want ($what)") or diag $r->{err};
	is($r->{code}, $want eq 'ok' ? 0 : 1, 'exit code');
	is($r->{out}, $want eq 'ok' ? "220 hello\r\ngot QUIT\r\n" : '',
	    $want eq 'ok' ? 'next talks' : 'next never runs');
	like($r->{err}, qr/event=failed .*result=$want reason=/, 'the log has it')
	    if $want ne 'ok';
}
{
	my $r = tlsclient(@ca, '-n', 'x.test', '-n', 'a.test', '127.0.0.1',
	    $port{good}, 'sh', '-c', $talk);
	is($r->{result}, 'ok', 'one of several names');
	like($r->{status}, qr/^SSL_VERIFIED=pkix$/m, 'pkix');
	like($r->{status}, qr/^SSL_VERIFIED_NAME=a.test$/m, 'and which');
	$r = tlsclient('-n', 'a.test', '127.0.0.1', $port{good}, 'true');
	is($r->{result}, 'certificate-not-trusted', 'the system does not know ours');
	for (qw(offer require)) {
		$r = tlsclient('-l', $_, '127.0.0.1', $port{old}, 'sh', '-c', $talk);
		is($r->{result}, 'ok', "$_: anybody");
		like($r->{status}, qr/^SSL_VERIFIED=none$/m, 'and it says so');
	}
	mkdir "$dir/hashed";
	my $hash = openssl('x509', '-in', "$dir/ca.crt", '-noout', '-hash');
	chomp $hash;
	spew("$dir/hashed/$hash.0", slurp("$dir/ca.crt"));
	$r = tlsclient('-C', "$dir/hashed", '-n', 'a.test', '127.0.0.1',
	    $port{good}, 'true');
	is($r->{result}, 'ok', 'a hashed folder of authorities');
}

# ---- fingerprints and TLSA records, computed by openssl
sub sha {
	my ($bits, $file) = @_;
	my ($hex) = openssl('dgst', "-sha$bits", $file) =~ /= ([0-9a-f]+)/;
	return $hex;
}
my %hash;
for my $c (qw(ca good old self)) {
	my $f = "$dir/$c";
	openssl('x509', '-in', "$f.crt", '-outform', 'DER', '-out', "$f.der");
	openssl('pkey', '-in', "$f.key", '-pubout', '-outform', 'DER', '-out',
	    "$f.spki");
	$hash{$c} = {
		'0 0' => unpack('H*', slurp("$f.der")),
		'0 1' => sha(256, "$f.der"), '0 2' => sha(512, "$f.der"),
		'1 0' => unpack('H*', slurp("$f.spki")),
		'1 1' => sha(256, "$f.spki"), '1 2' => sha(512, "$f.spki"),
	};
}
for my $kind (sort keys %{ $hash{old} }) {
	my $r = tlsclient('-l', 'dane', '-d', "3 $kind $hash{old}{$kind}", '-n',
	    'other.test', '127.0.0.1', $port{old}, 'sh', '-c', $talk);
	is($r->{result}, 'ok', "dane 3 $kind: an expired one of another name");
	like($r->{status}, qr/^SSL_VERIFIED=dane$/m, 'verified');
	$r = tlsclient('-l', 'dane', '-d', "3 $kind $hash{good}{$kind}", '-n',
	    'a.test', '127.0.0.1', $port{old}, 'sh', '-c', $talk);
	is($r->{result}, 'tlsa-invalid', "dane 3 $kind: another certificate");
	is("$r->{code}$r->{out}", '1', 'not run');
	$r = tlsclient('-l', 'dane', '-d', "2 $kind $hash{ca}{$kind}", '-n',
	    'a.test', '127.0.0.1', $port{good}, 'sh', '-c', $talk);
	is($r->{result}, 'ok', "dane 2 $kind: its authority");
}
for (
	['good', 'b.test', 'certificate-host-mismatch', "2 0 1 $hash{ca}{'0 1'}"],
	['old', 'a.test', 'certificate-expired', "2 0 1 $hash{ca}{'0 1'}"],
	['unknown', 'a.test', 'tlsa-invalid', "2 0 1 $hash{ca}{'0 1'}"],
	['good', 'a.test', 'ok', "3 1 1 $hash{old}{'1 1'}", "3 1 1 $hash{good}{'1 1'}"],
	['good', 'a.test', 'tlsa-invalid', "1 1 1 $hash{good}{'1 1'}",
	    "3 1 1 $hash{old}{'1 1'}"],
    ) {
	my ($cert, $name, $want, @records) = @$_;
	my $r = tlsclient('-l', 'dane', (map { ('-d', $_) } @records), '-n', $name,
	    '127.0.0.1', $port{$cert}, 'true');
	is($r->{result}, $want, "dane: $cert for $name by $records[-1]");
}
for ("1 1 1 $hash{good}{'1 1'}", "3 1 1 00", '3 1 9 abcd', "3 7 1 $hash{good}{'1 1'}") {
	my $r = tlsclient('-l', 'dane', '-d', $_, '-n', 'a.test', '127.0.0.1',
	    $port{good}, 'true');
	is($r->{result}, 'ok', "dane with nothing but $_: TLS with anybody");
	like($r->{status}, qr/^SSL_VERIFIED=none$/m, 'which is told');
}
for (['sha256:' . $hash{self}{'0 1'}, 'ok'], [uc $hash{self}{'0 1'}, 'ok'],
    ["spki:$hash{self}{'1 1'}", 'ok'],
    [join(':', $hash{self}{'0 1'} =~ /../g), 'ok'],
    ["spki:$hash{self}{'0 1'}", 'certificate-not-trusted'],
    [$hash{good}{'0 1'}, 'certificate-not-trusted']) {
	my $r = tlsclient('-f', $_->[0], '127.0.0.1', $port{self}, 'true');
	is($r->{result}, $_->[1], "fingerprint $_->[0]: $_->[1]");
	like($r->{status}, qr/^SSL_VERIFIED=fingerprint$/m, 'verified')
	    if $_->[1] eq 'ok';
}

# ---- what next finds
{
	local %ENV = (%ENV, SSL_CLIENT_S_DN => 'CN=boss', SSLCTLFD => 3,
	    TCPREMOTEINFO => 'x', TCPREMOTEHOST => 'liar.test', CONNID => 'story');
	my $r = tlsclient('-4', '-p', 'pop3', @ca, '-n', 'a.test', 'localhost',
	    $port{good}, 'sh', '-c', 'env; for f in /proc/self/fd/*; do echo '
	    . 'FD `readlink $f` $f; done');
	my $port = $port{good};
	for ('PROTO=TCP', 'TCPREMOTEIP=127.0.0.1', "TCPREMOTEPORT=$port",
	    'TCPREMOTEHOST=localhost', 'TCPLOCALIP=127.0.0.1', 'TLS=require',
	    'SSL_PROTOCOL=TLSv1.3', 'SSL_VERIFIED=pkix', 'CONNID=story',
	    'SSL_TLS_SNI_SERVERNAME=a.test', "SSL_PEER_CERT_HASH=SHA256:$hash{good}{'0 1'}") {
		like($r->{out}, qr/^\Q$_\E$/m, $_);
	}
	unlike($r->{out}, qr/^(SSL_CLIENT|SSLCTLFD|SSLREADFD|TCPREMOTEINFO)/m,
	    'nothing of another connection');
	is(join(' ', sort $r->{out} =~ m{^FD socket:\S+ \S+/fd/(\d+)$}mg), '6 7',
	    'no sockets but 6 and 7');
	unlike($r->{out}, qr/^FD .*(status|\.pem)/m, 'nor the status');
	like($r->{err}, qr/connid=story event=tls/, 'one story in the log');
	is(tlsclient('-l', 'require', '127.0.0.1', $port{good}, 'sh', '-c',
	    'exit 42')->{code}, 42, 'the exit code of next');
	is(tlsclient('-l', 'require', '127.0.0.1', $port{good},
	    '/nonexistent/x')->{code}, 100, 'no such program');
	is(tlsclient('-l', 'require', '127.0.0.1', $port{good}, 'sh', '-c',
	    'kill -9 $$')->{code}, 111, 'killed');
}

# ---- how it connects
{
	my $full = server(port => 0, address => '127.0.0.1', tls => \&lines);
	# an address that never answers: nobody accepts, and the queue is full
	my $hole = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.3',
	    LocalPort => $full) or die;
	listen $hole, 0;
	my @fill = map { IO::Socket::INET->new(Proto => 'tcp', Blocking => 0,
	    PeerAddr => '127.0.0.3', PeerPort => $full) } 1 .. 3;
	sleep 0.1;
	my $began = time;
	my $r = tlsclient(@ca, '-n', 'a.test', '127.0.0.3,127.0.0.1', $full, 'sh',
	    '-c', $talk);
	is($r->{result}, 'ok', 'the second address');
	cmp_ok(time - $began, '>=', 0.25, 'not at once');
	cmp_ok(time - $began, '<', 30, 'but long before the time for it is over');
	$began = time;
	$r = tlsclient(@ca, '-n', 'a.test', '::1,127.0.0.2,127.0.0.1', $full, 'sh',
	    '-c', 'echo $TCPREMOTEIP');
	is($r->{out}, "127.0.0.1\n", 'refused by two: the third one');
	cmp_ok(time - $began, '<', 30, 'without waiting');
	$began = time;
	$r = tlsclient('-c', 1, '-l', 'require', '127.0.0.3', $full, 'true');
	is($r->{result}, 'connect-failed', 'nobody answers');
	is($r->{code}, 111, 'temporary');
	cmp_ok(time - $began, '<', 30, 'in time');
	$r = tlsclient('-l', 'require', '127.0.0.1', free_port, 'true');
	is("$r->{result} $r->{code}", 'connect-failed 111', 'refused');
	like($r->{status}, qr/^REASON=Connection refused$/m, 'it says so');
	$r = tlsclient('-6', '-l', 'require', '127.0.0.1', $full, 'true');
	is($r->{result}, 'connect-failed', 'no address of that kind');
	$r = tlsclient('-l', 'require', '-i', '127.0.0.9', '::1,127.0.0.1', $full,
	    'sh', '-c', 'echo $TCPLOCALIP');
	is($r->{out}, "127.0.0.9\n", 'our own address');
	$r = tlsclient({ env => { DNSCACHEIP => '127.0.0.1:' . free_port } }, '-c',
	    3, '-l', 'require', 'host.invalid', $full, 'true');
	is("$r->{result} $r->{code}", 'lookup-failed 111', 'no DNS');
}

# ---- ALPN, SNI, a certificate of our own, old servers, no TLS
{
	my $p = server(ssl => { SSL_alpn_protocols => ['pop3'],
	    SSL_verify_mode => 3, SSL_ca_file => "$dir/ca.crt" }, tls => sub {
		my ($s) = @_;
		print $s join(' ', $s->alpn_selected // '-',
		    $s->get_servername // '-', $s->peer_certificate('cn') // '-'),
		    "\r\n";
	});
	my $r = tlsclient(@ca, '-p', 'pop3', '-k', "$dir/cnonly.pem", '-n',
	    'x.w.test', '127.0.0.1', $p, 'sh', '-c', 'cat <&6');
	is($r->{out}, "pop3 x.w.test a.test\r\n", 'ALPN, SNI, and who we are');
	$r = tlsclient(@ca, '-k', "$dir/none.pem", '127.0.0.1', $p, 'true');
	is($r->{code}, 111, 'no bundle');
	$r = tlsclient(@ca, '-k', "$dir/ca.crt", '127.0.0.1', $p, 'true');
	is("$r->{result} $r->{code}", 'local-error 100', 'a bundle without key');
	$r = tlsclient('-A', "$dir/none.pem", '127.0.0.1', $p, 'true');
	is("$r->{result} $r->{code}", 'local-error 100', 'no file of authorities');

	my $port = free_port;
	my $pid = serve('openssl', 's_server', '-accept', "127.0.0.1:$port",
	    '-cert', "$dir/good.crt", '-key', "$dir/good.key", '-tls1_1',
	    '-cipher', 'ALL:@SECLEVEL=0', '-quiet');
	wait_port($port);
	$r = tlsclient('-l', 'offer', '127.0.0.1', $port, 'true');
	is("$r->{result} $r->{code}", 'validation-failure 1', 'TLS 1.1: not us');
	like($r->{status}, qr/^REASON=.*TLS version/m, 'it says so');
	stop($pid);
	$p = server(clear => sub { print { $_[0] } "220 I speak no TLS\r\n"; sleep 1; 0 });
	$r = tlsclient('-l', 'offer', '127.0.0.1', $p, 'true');
	is($r->{result}, 'validation-failure', 'no TLS there');
	like($r->{status}, qr/^REASON=the server does not speak TLS$/m, 'it says so');
	$p = server(clear => sub { 0 });
	$r = tlsclient('-l', 'offer', '127.0.0.1', $p, 'true');
	is($r->{result}, 'validation-failure', 'hung up');
	$p = server(clear => sub { sleep 100; 0 });
	my $began = time;
	$r = tlsclient('-t', 1, '-l', 'offer', '127.0.0.1', $p, 'true');
	is("$r->{result} $r->{code}", 'validation-failure 111', 'it stalls');
	like($r->{status}, qr/^REASON=the handshake took too long$/m, 'it says so');
	cmp_ok(time - $began, '<', 25, 'in time');
	$p = server(clear => sub {
		my $t = "\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03";
		for my $b (split //, $t . 'x' x 99) { syswrite $_[0], $b or last; sleep 0.4 }
		0 });
	$began = time;
	$r = tlsclient('-t', 1, '-l', 'offer', '127.0.0.1', $p, 'true');
	is($r->{code}, 111, 'a byte now and then: no more time for that');
	cmp_ok(time - $began, '<', 25, 'in time');

	$p = server(clear => sub { print { $_[0] } "clear\n"; 0 });
	$r = tlsclient('-l', 'off', '127.0.0.1', $p, 'sh', '-c',
	    'cat <&6; echo $TLS $SSLCTLFD; for f in /proc/self/fd/*; do '
	    . 'case `readlink $f` in socket:*|*status*) echo $f;; esac; done');
	is($r->{out}, "clear\noff\n/proc/self/fd/6\n/proc/self/fd/7\n",
	    'off: next alone has the connection');
}

# ---- delayed TLS: an application that speaks UCSPI-TLS
spew("$dir/app.pl", <<'EOT');
my $command = shift;
open my $in, '<&=', 6; open my $out, '>&=', 7;
my $tls = '';
sub get { my $l = ''; while (sysread($in, my $b, 1)) { $l .= $b;
	return $l if $b eq "\n" } $why = "$!" || 'EOF'; return undef }
print get();
if (@ARGV) {
	syswrite $out, "EHLO me\r\n";
	1 while get() =~ /^250-/;
}
syswrite $out, "STARTTLS\r\n";
print get();
exit 0 if $command eq 'none';
open my $ctl, '+<&=', $ENV{SSLCTLFD} or die "ctl: $!";
syswrite $ctl, $command;
if ($command eq 'Y') {
	my $answer = '';
	until ($answer =~ /\0\0$/) {
		if (!sysread($ctl, $answer, 1, length $answer)) {
			# what goes out now must not reach the server
			$SIG{PIPE} = 'IGNORE';
			syswrite $out, "MAIL FROM:<secret>\r\n";
			print "no TLS\n";
			exit 3;
		}
	}
	print join(' ', sort split /\0/, $answer), "\n";
}
open $in, '<&=', $ENV{SSLREADFD}; open $out, '>&=', $ENV{SSLWRITEFD};
close 6; close 7;
syswrite $out, "QUIT\r\n";
while (defined(my $l = get())) { print $l }
print "$why\n";
EOT
my @app = ($^X, "$dir/app.pl");
sub starttls {
	my ($answer) = @_;
	return sub {
		my ($s) = @_;
		syswrite $s, "220 clear\r\n";
		my $l = '';
		1 while sysread($s, $l, 1, length $l) && $l !~ /\n/;
		syswrite $s, $answer;
		return $l =~ /^STARTTLS/;
	};
}
{
	my $p = server(clear => starttls("220 go\r\n"), tls => \&lines);
	for my $c ('y', 'Y') {
		my $r = tlsclient(@ca, '-s', '-n', 'a.test', '127.0.0.1', $p, @app,
		    $c);
		like($r->{out}, qr/^220 clear\r\n220 go\r\n(?:SSL\N*\n)?(?#
		    )220 hello\r\ngot QUIT\r\nEOF\n$/, "$c: TLS")
		    or diag $r->{err};
		is($r->{result}, 'ok', 'verified');
		is($r->{code}, 0, 'exit code');
		like($r->{out}, qr/ SSL_VERIFIED=pkix /, 'with variables')
		    if $c eq 'Y';
	}
	my $r = tlsclient(@ca, '-s', '-n', 'b.test', '127.0.0.1', $p, @app, 'Y');
	is($r->{result}, 'certificate-host-mismatch', 'the wrong server');
	is($r->{out}, "220 clear\r\n220 go\r\nno TLS\n", 'EOF for the application');
	is($r->{code}, 1, '1, whatever next says');
	$r = tlsclient(@ca, '-s', '-n', 'b.test', '127.0.0.1', $p, @app, 'y');
	unlike($r->{out}, qr/got/, 'y: nothing read');
	is($r->{code}, 1, 'exit code');
	$r = tlsclient(@ca, '-s', '-n', 'a.test', '127.0.0.1', $p, @app, 'x');
	is("$r->{result} $r->{code}", 'local-error 100', 'no such command');
	for (['offer', 0, ''], ['require', 1, 'starttls-not-supported'],
	    ['verify', 1, 'starttls-not-supported']) {
		my ($level, $code, $word) = @$_;
		$r = tlsclient('-l', $level, '-s', '-n', 'a.test', '127.0.0.1', $p,
		    @app, 'none');
		is("$r->{result} $r->{code}", "$word $code", "$level: declined");
	}
}
for ("220 ok\r\n250 injected\r\n", "220 ok\r\n\x15\x03\x03", "220 ok\r\n\n") {
	my $heard = "$dir/heard";
	my $p = server(clear => sub {
		starttls($_)->($_[0]);
		my $t = '';
		1 while sysread $_[0], $t, 4096, length $t;
		spew("$heard.new", $t);
		rename "$heard.new", $heard;
		0 });
	my $r = tlsclient(@ca, '-s', '-n', 'a.test', '127.0.0.1', $p, @app, 'Y');
	is("$r->{result} $r->{code}", 'validation-failure 1', 'sent ahead: refused');
	like($r->{status}, qr/^REASON=the server sent something ahead/m, 'told');
	unlike($r->{out}, qr/injected/, 'nothing injected');
	ok(wait_for(sub { -e $heard }), 'the server has heard all');
	is(slurp($heard), '', 'not a byte to the server, even in clear');
	unlink $heard;
}
{
	my $p = server(clear => sub {
		starttls("220 go\r\n")->($_[0]);
		sysread $_[0], my $b, 4096;
		syswrite $_[0], "250 injected\r\n";
		sleep 1;
		0 });
	my $r = tlsclient(@ca, '-s', '-n', 'a.test', '127.0.0.1', $p, @app, 'Y');
	is("$r->{result} $r->{code}", 'validation-failure 1', 'instead of a hello');
	unlike($r->{out}, qr/injected/, 'nothing injected');
}

# ---- how it ends
spew("$dir/end.pl", <<'EOT');
open my $in, '<&=', 6; open my $out, '>&=', 7;
my $all = 0;
my $n;
$all += $n while $n = sysread $in, my $b, 65536;
print "$all ", defined $n ? 'EOF' : "$!", "\n";
EOT
for (['said', 'EOF', sub { $_[0]->close }],
    ['cut', 'Connection reset by peer', sub { shutdown $_[0], 2; }],
    ['reset', 'Connection reset by peer', sub {
	setsockopt $_[0], SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
	POSIX::close(fileno $_[0]) }]) {
	my ($what, $want, $how) = @$_;
	my $p = server(tls => sub {
		print { $_[0] } 'x' x 50000;
		sleep 0.2;
		$how->($_[0]) });
	my $r = tlsclient(@ca, '-n', 'a.test', '127.0.0.1', $p, $^X, "$dir/end.pl");
	is($r->{out}, "50000 $want\n", "an end that is $what: $want");
	like($r->{err}, $want eq 'EOF' ? qr/^((?!truncated).)*$/s :
	    qr/event=truncated/, 'in the log');
}
{
	my $p = server(tls => sub {
		my ($s, $t) = @_;
		$t = '';
		1 while sysread $s, $t, 65536, length $t;
		my $said = Net::SSLeay::get_shutdown($s->_get_ssl_object) & 2;
		print $s length $t, $said ? " said\n" : " cut\n" });
	my $r = tlsclient(@ca, '-n', 'a.test', '127.0.0.1', $p, 'sh', '-c',
	    'head -c 3000000 /dev/zero >&7; exec 7>&-; cat <&6');
	is($r->{out}, "3000000 said\n", '3 MB, half closed, and an answer');
	$p = server(tls => sub { print { $_[0] } 'x' x 3000000 });
	$r = tlsclient(@ca, '-n', 'a.test', '127.0.0.1', $p, 'sh', '-c',
	    'sleep 0.3; wc -c <&6');
	is($r->{out} + 0, 3000000, '3 MB for a slow one');
	$p = server(tls => sub { sleep 100 });
	my $began = time;
	$r = tlsclient(@ca, '-T', 1, '-n', 'a.test', '127.0.0.1', $p, $^X,
	    "$dir/end.pl");
	is($r->{out}, "0 Connection reset by peer\n", 'silence ends it');
	cmp_ok(time - $began, '<', 60, 'in time');
}

# ---- tlsd and mailfront at the other end
{
	mkdir "$dir/tls";
	spew("$dir/tls/a.test.pem", slurp("$dir/good.pem"));
	my $port = free_port;
	my ($front) = grep { -x } '/usr/sbin/smtpfront-echo';
	SKIP: {
		skip 'mailfront is not installed', 3 unless $front;
		my $pid = serve({ TLSDIR => "$dir/tls", TLSNAME => 'a.test',
		    PLUGINS => 'starttls-ucspi', UCSPITLS => '' }, 'tcplisten',
		    '127.0.0.1', $port, 'tlswrap', '-n', '-p', 'smtp', $front);
		wait_port($port);
		for (['a.test', 'ok'], ['b.test', 'certificate-host-mismatch']) {
			my $r = tlsclient(@ca, '-p', 'smtp', '-s', '-n', $_->[0],
			    '127.0.0.1', $port, @app, 'Y');
			is($r->{result}, $_->[1], "tlswrap and mailfront: $_->[1]");
			like($r->{out}, qr/^221 /m, 'a session') if $_->[1] eq 'ok';
		}
		stop($pid);
	}
}

# ---- stunnel, and the size of the first message
SKIP: {
	my ($stunnel) = grep { -x } '/usr/bin/stunnel4';
	skip 'stunnel is not installed', 3 unless $stunnel;
	my $port = free_port;
	my $inner = server(clear => sub {
		my ($s) = @_;
		print $s "220 inner ESMTP\r\n";
		while (my $l = <$s>) { print $s "250 got $l"; last if $l =~ /^QUIT/ }
		0 });
	spew("$dir/stunnel.conf", "foreground = yes\npid =\n[smtp]\n"
	    . "accept = 127.0.0.1:$port\nconnect = 127.0.0.1:$inner\n"
	    . "protocol = smtp\ncert = $dir/good.pem\n");
	my $pid = serve($stunnel, "$dir/stunnel.conf");
	wait_port($port);
	my $r = tlsclient(@ca, '-s', '-n', 'a.test', '127.0.0.1', $port, @app, 'Y',
	    'EHLO');
	is($r->{result}, 'ok', 'STARTTLS of stunnel') or diag $r->{err}, $r->{out};
	like($r->{out}, qr/^250 got QUIT/m, 'a session');
	$r = tlsclient(@ca, '-s', '-n', 'b.test', '127.0.0.1', $port, @app, 'Y',
	    'EHLO');
	is($r->{result}, 'certificate-host-mismatch', 'verified');
	stop($pid);
}
{
	my $p = server(clear => sub {
		sysread $_[0], my $hello, 65536;
		spew("$dir/hello.new", $hello);
		rename "$dir/hello.new", "$dir/hello";
		0 });
	tlsclient('-l', 'require', '-n', 'a.test', '127.0.0.1', $p, 'true');
	my $hello = slurp("$dir/hello");
	like($hello, qr/^\x16\x03.*a\.test/s, 'a ClientHello with SNI');
	cmp_ok(length $hello, '<', 1000, 'in one packet: no large share unasked');
}

# ---- wrong usage
for ([], ['h'], ['h', 25], ['h', 0, 'true'], ['h', 'smtp', 'true'],
    ['-l', 'maybe', 'h', 25, 'true'], ['-l', 'dane', 'h', 25, 'true'],
    ['-d', "3 1 1 $hash{good}{'1 1'}", 'h', 25, 'true'],
    ['-l', 'dane', '-d', '3 1 1', 'h', 25, 'true'],
    ['-l', 'dane', '-d', '3 1 1 abc', 'h', 25, 'true'],
    ['-f', 'abcd', 'h', 25, 'true'],
    ['-l', 'verify', '-f', $hash{good}{'0 1'}, 'h', 25, 'true'],
    ['-n', 'a b', 'h', 25, 'true'], ['-n', '127.0.0.1', '-n', 'a', 'h', 25, 'x'],
    ['127.0.0.1,::1', 25, 'true'], ['-i', 'x', 'h', 25, 'true'],
    ['-t', 0, 'h', 25, 'true'], ['-e', 99, 'h', 25, 'true']) {
	is(run('tlsclient', @$_)->{code}, 100, "tlsclient @$_: 100");
}
done_testing;
