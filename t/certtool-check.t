#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# certtool show, check, tlsa, dkim and import: what they say of files and of
# servers that run, in exit codes and in words.
use strict;
use warnings;
use lib 't/lib';
use IPC::Open2;
use MIME::Base64;
use Postern;
use Postern::Ca;
use Postern::Terminal;
use Test::More;

my $dir = scratch;
my $top = $ENV{PWD} // '.';
sub certtool { return run({ dir => $dir }, 'certtool', @_) }
sub openssl { return run({ dir => $dir }, 'openssl', @_) }

my $host = 'mail.example.test';
my $ca = Postern::Ca->new("$dir/ca");
my @ca = ('--ca', 'ca/root.pem');
certtool('request', '--name', $host, '--name', 'localhost');
my $csr = "$dir/request.pem";

# makes FILE (of mode 600): the key and these certificates
sub bundle {
	my ($file, @certs) = @_;
	spew("$dir/$file", slurp("$dir/$host.key"), map { slurp("$dir/ca/$_") } @certs);
	chmod 0600, "$dir/$file";
	return $file;
}

# check(CODE, WHAT, RE, ARG...)
sub check {
	my ($code, $what, $re, @args) = @_;
	my $r = certtool('check', @args);
	is $r->{code}, $code, "check: $what: $code" or diag $r->{out} . $r->{err};
	like $r->{out}, $re, 'in words';
	return $r;
}

# ----------------------------------------------------------------- check FILE
$ca->sign($csr, 'good.pem');
my $file = bundle("$host.pem", 'good.pem', 'middle.pem');
my $r = check(0, 'a good one', qr/^ok chain: complete: 2 certificates, up to The root$/m,
    @ca, $file);
for my $topic ('file', 'key', 'names', 'dates', 'purpose', 'strength', 'chain') {
	like $r->{out}, qr/^ok $topic: /m, $topic;
}
like $r->{out}, qr/^ok dates: it is valid until \d{4}-\d\d-\d\d: \d\d days, \d\d %/m,
    'days and share of its life';
unlike $r->{out}, qr/^(?!ok )/m, 'and all is ok';
check(1, 'a root nobody knows', qr/^warning chain: it ends below The root/m, $file);
check(2, 'no chain', qr/^error chain: incomplete: .*The middle/m, @ca,
    bundle('leaf.pem', 'good.pem'));
check(2, 'another name', qr/^error names: it is not for imap\.test, but for mail/m,
    @ca, '--name', 'imap.test', $file);
check(2, 'another host\'s file', qr/^error names: it is not for other\.test/m, @ca,
    bundle('other.test.pem', 'good.pem', 'middle.pem'));
chmod 0640, "$dir/$file";
check(2, 'a key others can read', qr/^error file: .*640.*chmod 600/m, @ca, $file);
chmod 0600, "$dir/$file";
$ca->sign($csr, 'old.pem', from => -90, to => -1);
check(2, 'expired', qr/^error dates: it has expired on/m, @ca,
    bundle('old.pem', 'old.pem', 'middle.pem'));
$ca->sign($csr, 'early.pem', from => 1);
check(2, 'not valid yet', qr/^error dates: it is not valid before/m, @ca,
    bundle('early.pem', 'early.pem', 'middle.pem'));
$ca->sign($csr, 'late.pem', from => -80, to => 10);
my $late = bundle('late.pem', 'late.pem', 'middle.pem');
check(1, 'less than a quarter of its life', qr/^warning dates: .*: (9|10) days, 12 %/m,
    @ca, $late);
check(0, 'enough for --days 5', qr/^ok dates/m, @ca, '--days', 5, $late);
check(1, 'too little for --days 200', qr/^warning dates/m, @ca, '--days', 200, $file);
$ca->sign($csr, 'client.pem', extensions => 'client');
check(2, 'for clients', qr/^error purpose: /m, @ca,
    bundle('client.pem', 'client.pem', 'middle.pem'));
$ca->sign($csr, 'sha1.pem', md => 'sha1');
check(2, 'SHA-1', qr/^error strength: it has a signature with SHA-1/m, @ca,
    bundle('sha1.pem', 'sha1.pem', 'middle.pem'));
check(1, 'the wrong order', qr/^warning order: .*certtool install/m, @ca,
    bundle('order.pem', 'good.pem', 'root.pem', 'middle.pem'));
openssl('genpkey', '-algorithm', 'ED25519', '-out', 'stranger.key');
spew("$dir/stranger.pem", slurp("$dir/stranger.key"), slurp("$dir/ca/good.pem"));
check(2, 'another key', qr/^error key: the certificate is for another private key/m,
    @ca, 'stranger.pem');
certtool('selfsigned', '-o', 'self.pem', '-c', 'self-ca.pem', 'self.test');
check(1, 'signed by itself', qr/^warning chain: it is signed by itself/m, 'self.pem');
check(0, 'and trusted', qr/^ok chain: .*signed by itself and trusted/m, '--ca',
    'self-ca.pem', 'self.pem');

# ----------------------------------------------------------------------- TLSA
sub tlsa { return certtool('tlsa', '--bundle', $file, @_)->{out} =~ s/^(?=_)//mgr }
like tlsa(), qr/^_25\._tcp\.mail\.example\.test\. IN TLSA 3 1 1 [0-9a-f]{64}\n$/,
    'tlsa: one record';
my ($hex) = tlsa() =~ /([0-9a-f]{64})/;
my $oracle = run({ dir => $dir }, 'danetool', '--tlsa-rr', '--host', $host, '--port',
    25, '--load-certificate', 'ca/good.pem')->{out};
like $oracle, qr/\Q$hex\E/i, 'danetool computes the same';
check(0, 'TLSA 3 1 1', qr/^ok tlsa: record 1 of 1 of _25\._tcp\.mail.*matches$/m, @ca,
    '--tlsa', "3 1 1 $hex", $file);
sub digest { return openssl('dgst', '-' . $_[0], '-r', $_[1])->{out} =~ s/ .*//sr }
openssl('x509', '-in', "ca/$_.pem", '-outform', 'DER', '-out', "$_.der")
    for 'good', 'middle', 'root';
check(0, 'TLSA 3 0 1', qr/^ok tlsa/m, @ca, '--tlsa', '3 0 1 ' . digest('sha256',
    'good.der'), $file);
check(0, 'TLSA 2 0 2', qr/^ok tlsa/m, @ca, '--tlsa', '2 0 2 ' . digest('sha512',
    'middle.der'), $file);
check(0, 'TLSA 3 0 0', qr/^ok tlsa/m, @ca, '--tlsa', '3 0 0 '
    . unpack('H*', slurp("$dir/good.der")), $file);
check(0, 'one of two', qr/^ok tlsa: record 2 of 2/m, @ca, '--tlsa', '3 1 1 '
    . '0' x 64, '--tlsa', "3 1 1 $hex", $file);
check(2, 'TLSA of another', qr/^error tlsa: none of the 1 records/m, @ca, '--tlsa',
    '3 1 1 ' . '0' x 64, $file);
check(2, 'TLSA of a CA as a leaf\'s', qr/^error tlsa/m, @ca, '--tlsa', '3 0 1 '
    . digest('sha256', 'middle.der'), $file);

# from one key to the next
certtool('request', '--name', $host, '--key', 'next.key', '--out', 'next.csr');
my $stages = tlsa('--next', 'next.key', '--port', 25, '--port', 587);
my @hex = $stages =~ /^_25\._tcp\..* ([0-9a-f]{64})$/mg;
is scalar @hex, 2, 'both keys are published first';
is $hex[0], $hex, 'the one that is served';
is scalar(() = $stages =~ /^_587\._tcp/mg), 2, 'on each port';
like $stages, qr/; 1\. Publish.*; 2\. .*install.*; 3\. .*remove/s, 'in three stages';
my @both = map { ('--tlsa', "3 1 1 $_") } @hex;
check(0, 'stage 1', qr/^ok tlsa/m, @ca, @both, $file);
$ca->sign("$dir/next.csr", 'next.pem');
certtool('install', '--bundle', 'next.pem', '--key', 'next.key', 'ca/next.pem',
    'ca/middle.pem', 'ca/root.pem');
check(0, 'stage 2', qr/^ok tlsa/m, @ca, @both, 'next.pem');
is certtool('tlsa', '--bundle', 'next.pem', '--host', $host)->{out},
    "_25._tcp.$host. IN TLSA 3 1 1 $hex[1]\n", 'stage 3: the one that stays';
check(0, 'stage 3', qr/^ok tlsa/m, @ca, '--tlsa', "3 1 1 $hex[1]", 'next.pem');

# in the DNS
sub dns {
	my ($zone, $code) = @_;
	spew("$dir/zone", $zone);
	my $pid = open2(my $out, my $in, top() . '/t/lib/dnsd', "$dir/zone");
	chomp(my $port = <$out>);
	local $ENV{DNSCACHEIP} = "127.0.0.1:$port";
	$code->();
	close $in;
	waitpid $pid, 0;
}
my $name = "_25._tcp.$host";
dns("$name SECURE\n$name TLSA 3 1 1 $hex\n", sub {
	check(0, '--dns', qr/^ok tlsa: record 1 of 1 .* matches$/m, @ca, '--dns', $file);
	# renewal with another key would break what others check
	spew("$dir/guard/$host.pem", '') if mkdir "$dir/guard";
	bundle("guard/$host.pem", 'good.pem', 'middle.pem');
	my @to = ('--bundle', "guard/$host.pem", '--key', 'next.key', 'ca/next.pem',
	    'ca/middle.pem', 'ca/root.pem');
	my $r = certtool('install', '--dns', @to);
	is $r->{code}, 1, 'install --dns refuses a key that is not published';
	like $r->{err}, qr/^error: tlsa: none of the 1 records/m, 'says why';
	is certtool('install', @to)->{code}, 0, 'and without it does not look';
});
dns("$name TLSA 3 1 1 $hex\n", sub {
	check(1, '--dns without DNSSEC', qr/^warning tlsa: .*DNSSEC does not/m, @ca,
	    '--dns', $file);
});
dns("x.test A 127.0.0.1\n", sub {
	check(0, 'no record', qr/^ok tlsa: .*has no TLSA record$/m, @ca, '--dns', $file);
});
for my $trouble ('SERVFAIL', 'REFUSED', 'GARBAGE') {
	dns("$name $trouble\n", sub {
		check(1, "DNS: $trouble", qr/^warning tlsa: .*could not be looked up/m,
		    @ca, '--dns', $file);
	});
}

# ------------------------------------------------------------ check HOST:PORT
sub server {
	my ($pem) = @_;
	my $port = free_port;
	# its option takes the chain without the leaf
	spew("$dir/rest", slurp("$dir/$pem") =~ s/\A.*?-----END CERTIFICATE-----\n//sr);
	my $pid = serve('openssl', 's_server', '-accept', "127.0.0.1:$port", '-quiet',
	    '-cert', "$dir/$pem", '-key', "$dir/$pem", -s "$dir/rest"
	    ? ('-cert_chain', "$dir/rest") : (), '-naccept', 3);
	wait_port($port) or die 's_server';
	return ($pid, $port);
}
for my $try ([$file, 0, qr/^ok protocol: TLSv1\.3, .*^ok chain: complete/ms],
    ['old.pem', 2, qr/^error dates: it has expired/m],
    ['leaf.pem', 2, qr/^error chain: incomplete/m],
    ['client.pem', 2, qr/^error purpose/m]) {
	my ($pem, $code, $re) = @$try;
	my ($pid, $port) = server($pem);
	check($code, "a server with $pem", $re, @ca, "localhost:$port");
	stop($pid);
}
my ($pid, $port) = server($file);
check(2, 'by an address it is not for', qr/^error names/m, @ca, "127.0.0.1:$port");
check(0, 'by an address, for its name', qr/^ok names/m, @ca, '--name', $host,
    '--tlsa', "3 1 1 $hex", "127.0.0.1:$port");
stop($pid);

# a mail server, as far as STARTTLS
sub starttls {
	my (@talk) = @_; # what it says, and after each what it waits for
	my $port = free_port;
	my $pid = fork // die;
	if (!$pid) {
		alarm 120;
		my $l = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1',
		    LocalPort => $port, ReuseAddr => 1) or POSIX::_exit(1);
		my $s = $l->accept or POSIX::_exit(1);
		while (my ($say, $wait) = splice @talk, 0, 2) {
			syswrite $s, $say;
			sysread $s, my $got, 100 if $wait;
			POSIX::_exit(1) if $wait && $got !~ /$wait/i;
		}
		require IO::Socket::SSL;
		IO::Socket::SSL->start_SSL($s, SSL_server => 1, SSL_cert_file =>
		    "$dir/$file", SSL_key_file => "$dir/$file");
		POSIX::_exit(0);
	}
	wait_port($port) or die 'starttls';
	return ($pid, $port);
}
my %talk = (
	smtp => ["220-hello\r\n220 there\r\n", 'EHLO', "250-x\r\n250 STARTTLS\r\n",
	    'STARTTLS', "220 go\r\n", ''],
	pop3 => ["+OK hello\r\n", 'STLS', "+OK go\r\n", ''],
	imap => ["* OK hello\r\n", 'STARTTLS', "* BYE not yet\r\na OK go\r\n", ''],
);
for my $protocol (sort keys %talk) {
	($pid, $port) = starttls(@{ $talk{$protocol} });
	check(0, "--starttls $protocol", qr/^ok names/m, @ca, '--starttls', $protocol,
	    "localhost:$port");
	waitpid $pid, 0;
	($pid, $port) = starttls(map { s/ go\r\n/ go\r\n250 injected\r\n/r }
	    @{ $talk{$protocol} });
	check(111, 'more than the answer before TLS', qr/^$/, @ca, '--starttls',
	    $protocol, "localhost:$port");
	waitpid $pid, 0;
	($pid, $port) = starttls("500 \x1b[2Jno\r\n", 'x');
	$r = check(111, 'a server that will not', qr/^$/, @ca, '--starttls', $protocol,
	    "localhost:$port");
	like $r->{err}, qr/says: 500 \?\[2Jno$/, 'is quoted, without what moves a cursor';
	waitpid $pid, 0;
}
check(111, 'nobody listens', qr/^$/, 'localhost:' . free_port);
check(111, 'no such host', qr/^$/, 'nobody.invalid:25');

# ----------------------------------------------------------------------- show
my $show = certtool('show', $file)->{out};
like $show, qr/^A private key: ECDSA P-256$/m, 'show: the key';
like $show, qr/^1\. CN = mail\.example\.test$/m, 'the subject';
like $show, qr/^   for        mail\.example\.test, localhost$/m, 'the names';
like $show, qr/^   signed by  O = Test, CN = The middle$/m, 'who signed it';
like $show, qr/^   valid .* to .*: \d+ days are left, \d+ % of its life$/m, 'dates';
like $show, qr/^2\. O = Test, CN = The middle\n.*to sign other certificates/ms, 'chain';
unlike $show, qr/PRIVATE|-----/, 'and no key';
my $sha = openssl('x509', '-in', 'ca/good.pem', '-noout', '-fingerprint', '-sha256')->{out};
my ($print) = $show =~ /SHA-256 +(\w+)/;
is $print, lc $sha =~ s/.*=|:|\s//gr, 'the fingerprint openssl tells';
like certtool('show', 'old.pem')->{out}, qr/: expired 1 days ago$/m, 'expired';
openssl('req', '-new', '-x509', '-key', "$host.key", '-out', 'evil.pem', '-utf8',
    '-multivalue-rdn', '-subj', "/CN=a\x1b[2J\nb");
unlike certtool('show', 'evil.pem')->{out}, qr/\e/, 'no control characters';

# ----------------------------------------------------------------------- dkim
for my $type ('rsa2048', 'ed25519') {
	$r = certtool('dkim', '--domain', 'example.test', '--selector', $type, '--key',
	    "$type.dkim", '--type', $type);
	is $r->{code}, 0, "dkim $type" or diag $r->{err};
	is +(stat "$dir/$type.dkim")[2] & 07777, 0600, 'a private key';
	like $r->{out}, qr/^\Q$type\E\._domainkey\.example\.test\. IN TXT \(/m, 'its record';
	my @strings = $r->{out} =~ /"([^"]*)"/g;
	is grep({ length > 255 } @strings), 0, 'in strings that DNS takes';
	my ($p) = join('', @strings) =~ /^v=DKIM1; k=(?:rsa|ed25519); p=([\w+\/=]+)$/;
	openssl('pkey', '-in', "$type.dkim", '-pubout', '-outform', 'DER', '-out', 'pub');
	my $want = slurp("$dir/pub");
	is decode_base64($p), $type eq 'rsa2048' ? $want : substr($want, -32),
	    'with the public key';
	is certtool('dkim', '--domain', 'example.test', '--selector', $type, '--key',
	    "$type.dkim")->{out}, $r->{out}, 'the same again for the key that is there';
	is certtool('dkim', '--domain', 'example.test', '--selector', $type, '--key',
	    "$type.dkim", '--type', $type)->{code}, 100, 'which is not overwritten';
}

# --------------------------------------------------------------------- import
is run('postern', 'init', "$dir/i", '--domain', 'example.test')->{code}, 0, 'init';
like certtool('dkim', '--dir', 'i', '--selector', 'one')->{out}, qr/^; When .*: postern down i, and up again/m,
    'the first key of an instance: how to sign by it';
unlike certtool('dkim', '--dir', 'i', '--selector', 'two')->{out}, qr/^; When/m, 'the second one is used at once';
mkdir "$dir/surge";
spew("$dir/surge/surge_cert.pem", map { slurp("$dir/ca/$_.pem") =~ s/\n/\r\n/gr } 'good',
    'middle', 'root');
spew("$dir/surge/surge_priv.pem", slurp("$dir/$host.key") =~ s/\n/\r\n/gr);
$r = certtool('import', '--dir', 'i', 'surge');
is $r->{code}, 0, 'import a folder of SurgeMail' or diag $r->{err};
check(0, 'what was imported', qr/^ok key/m, @ca, '--dir', 'i');
is certtool('rollback', '--dir', 'i')->{code}, 0, 'rollback';
is certtool('import', '--dir', 'i', 'surge/surge_priv.pem', 'surge/surge_cert.pem')
    ->{code}, 0, 'its two files';
for my $try ([$file, 0, qr/^ok served: /], ['late.pem', 2, qr/^error served: .*another/]) {
	($pid, $port) = server($try->[0]);
	check($try->[1], "--served, by $try->[0]", $try->[2], '--served', '--dir', 'i',
	    "localhost:$port");
	stop($pid);
}
for my $how (['-aes256'], ['-aes256', '-traditional']) {
	openssl('pkey', '-in', "$host.key", '-out', 'surge/surge_priv.pem', '-passout',
	    'pass:geheim', @$how);
	$r = certtool('import', '--dir', 'i', 'surge');
	is $r->{code}, 100, 'an encrypted key without a terminal';
	like $r->{err}, qr{key in surge/surge_priv\.pem is encrypted: run this on a}, 'says so';
	my $t = Postern::Terminal->new($dir, 'certtool', 'import', '--dir', 'i', 'surge');
	ok $t->expect(qr/Password of the key in/), 'on one it is asked for';
	$t->type("geheim\n");
	is $t->finish, 0, 'and imported' or diag $t->all;
	unlike $t->all, qr/geheim/, 'without an echo';
}
unlink "$dir/surge/surge_cert.pem";
is certtool('import', '--dir', 'i', 'surge')->{code}, 100, 'no certificate there';

# ---------------------------------------------------------------------- usage
for (['show'], ['show', 'none'], ['show', '--dir', 'i', $file], ['check'],
    ['check', 'none.pem'], ['check', '--starttls', 'ftp', "$host:25"],
    ['check', '--tlsa', '3 1 1', $file], ['check', '--served', '--dir', 'i'],
    ['check', '--served', 'localhost:25'], ['check', "$host.key"], ['tlsa'],
    ['tlsa', '--bundle', 'self.pem'], ['tlsa', '--bundle', $file, '--port', 0],
    ['dkim', '--selector', 'x'], ['dkim', '--selector', '../x', '--dir', 'i'],
    ['dkim', '--selector', 'x', '--dir', 'i', '--type', 'ecdsa'],
    ['dkim', '--selector', 'x', '--dir', 'i', '--domain', 'a/b'],
    ['import', '--dir', 'i'], ['import', 'surge']) {
	is certtool(@$_)->{code}, 100, "certtool @$_: 100";
}
done_testing;
