#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# certtool install and rollback: every form in which a CA answers, each refusal
# with a certificate that deserves it, and a bundle that is valid whenever the
# program is killed. The CA is played by plain openssl.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Postern::Ca;
use Test::More;

my $dir = scratch;
sub certtool { return run({ dir => $dir }, 'certtool', @_) }
sub openssl { return run({ dir => $dir }, 'openssl', @_) }
sub mode { return (stat "$dir/$_[0]")[2] & 07777 }

my $ca = Postern::Ca->new("$dir/ca");
my $host = 'mail.example.test';
my $bundle = "$host.pem";
my @key = ('--key', "$host.key");
my @to = ('--bundle', $bundle);
is certtool('request', '--name', $host, '--name', 'imap.example.test')->{code}, 0,
    'request';
my $csr = "$dir/request.pem";
$ca->sign($csr, 'good.pem');

# 1 if the bundle holds a key that fits its leaf, and openssl and GnuTLS verify it
sub valid {
	my ($file) = @_;
	my $pub = openssl('pkey', '-pubout', '-in', $file)->{out};
	return 0 unless $pub;
	return 0 unless $pub eq openssl('x509', '-noout', '-pubkey', '-in', $file)->{out};
	spew("$dir/chain.pem", slurp("$dir/$file") =~ s/.*END PRIVATE KEY-----\n//sr);
	return openssl('verify', '-CAfile', 'ca/root.pem', '-untrusted', 'chain.pem',
	    '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', $host,
	    'chain.pem')->{code} == 0;
}

sub gnutls {
	return run({ dir => $dir }, '/usr/bin/certtool', '--verify', '--infile',
	    'chain.pem', '--load-ca-certificate', 'ca/root.pem',
	    '--verify-hostname', $host, '--verify-purpose', '1.3.6.1.5.5.7.3.1');
}

# refused(WHAT, RE, ARG...): exit 1, a reason that matches, nothing changed
sub refused {
	my ($what, $re, @args) = @_;
	my $before = -e "$dir/$bundle" ? slurp("$dir/$bundle") : undef;
	my $r = certtool('install', @to, '--ca', 'ca/root.pem', @args);
	is $r->{code}, 1, "$what: refused" or diag $r->{out} . $r->{err};
	like $r->{err}, $re, 'says why';
	like $r->{err}, qr/^refused: \Q$bundle\E is as it was$/m, 'and what that means';
	is -e "$dir/$bundle" ? slurp("$dir/$bundle") : undef, $before, 'nothing changed';
}

# ------------------------------------------------------------------- refusals
# tried twice: with nothing served yet, and beside a good one
sub refusals {
	my ($state) = @_;
	my @middle = ('ca/middle.pem');
	refused("$state, a chain with a hole", qr{^error:\ chain:\ incomplete:
	    .*missing\ \(http://ca.example.test/}mx, @key, 'ca/good.pem') if $state eq 'nothing served';
	$ca->sign($csr, 'old.pem', from => -90, to => -1);
	refused("$state, expired", qr/^error: dates: it has expired on \d{4}-/m,
	    @key, 'ca/old.pem', @middle);
	$ca->sign($csr, 'early.pem', from => 2);
	refused("$state, not valid yet",
	    qr/^error: dates: it is not valid before \d{4}-.*clock/m, @key,
	    'ca/early.pem', @middle);
	$ca->sign($csr, 'client.pem', extensions => 'client');
	refused("$state, for clients", qr/^error: purpose: .*serverAuth/m, @key,
	    'ca/client.pem', @middle);
	$ca->sign($csr, 'encrypt.pem', extensions => 'encrypt');
	refused("$state, may not sign", qr/^error: purpose: .*digitalSignature/m,
	    @key, 'ca/encrypt.pem', @middle);
	$ca->sign($csr, 'isca.pem', extensions => 'root');
	refused("$state, a CA's own", qr/^error: purpose: .*of a CA/m, @key,
	    'ca/isca.pem', @middle);
	for my $md ('sha1', 'md5') {
		$ca->sign($csr, "$md.pem", md => $md, by => 'rsa');
		my $word = $md eq 'sha1' ? 'SHA-1' : 'MD5';
		refused("$state, signed with $word", qr/^error: strength: .*\Q$word\E/m,
		    @key, "ca/$md.pem", 'ca/rsa.pem');
	}
	openssl('req', '-new', '-newkey', 'rsa:1024', '-nodes', '-keyout',
	    'weak.key', '-subj', "/CN=$host", '-addext', "subjectAltName=DNS:$host",
	    '-out', 'weak.csr');
	$ca->sign("$dir/weak.csr", 'weak.pem');
	refused("$state, RSA 1024", qr/^error: strength: .*less than 2048/m, '--key',
	    'weak.key', 'ca/weak.pem', @middle);
	openssl('req', '-new', '-key', "$host.key", '-subj', "/CN=$host", '-addext',
	    'subjectAltName=DNS:other.test', '-out', 'other.csr');
	$ca->sign("$dir/other.csr", 'other.pem');
	refused("$state, for another name",
	    qr/^error: names: it is not for mail\.example\.test, but for other\.test$/m,
	    @key, 'ca/other.pem', @middle);
	refused("$state, one of several names is missing",
	    qr/^error: names: it is not for smtp\.example\.test/m, @key, '--name',
	    'smtp.example.test', 'ca/good.pem', @middle);
	refused("$state, the wildcard is missing",
	    qr/^error: names: it is not for \*\.example\.test/m, @key, '--name',
	    '*.example.test', 'ca/good.pem', @middle);
	openssl('req', '-new', '-key', "$host.key", '-subj', "/CN=$host", '-out',
	    'nosan.csr');
	$ca->sign("$dir/nosan.csr", 'nosan.pem');
	refused("$state, a name in the subject only",
	    qr/^error: names: .*subject alone does not count/m, @key, 'ca/nosan.pem',
	    @middle);
	openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256',
	    '-out', 'stranger.key');
	refused("$state, another key", qr/^error: key: no private key here fits/m,
	    '--key', 'stranger.key', 'ca/good.pem', @middle);
	openssl('req', '-new', '-key', 'stranger.key', '-subj', "/CN=$host", '-addext',
	    "subjectAltName=DNS:$host", '-out', 'stranger.csr');
	$ca->sign("$dir/stranger.csr", 'stranger.pem');
	refused("$state, an answer to another request",
	    qr/^error: key: no private key here fits.*certificate of mail\.example/ms,
	    'ca/stranger.pem', @middle);
	refused("$state, the CA's certificate only", qr/^error: key: /m, @key, @middle);
}
# an intermediate that has expired
$ca->sign('middle.csr', 'middle-old.pem', by => 'root', extensions => 'root',
    from => -9, to => -2);
refusals('nothing served');
refused('an intermediate has expired', qr/^error: dates: The middle has expired/m,
    @key, 'ca/good.pem', 'ca/middle-old.pem');
ok !-e "$dir/$bundle", 'still nothing is served';

# ---------------------------------------------------------------- every form
my ($leaf, $middle, $root) = map { slurp("$dir/ca/$_.pem") } 'good', 'middle', 'root';
my %form = ('leaf, then chain' => $leaf . $middle,
    'with the root' => $leaf . $middle . $root,
    'the wrong way round' => $root . $middle . $leaf,
    'line ends of Windows' => ($leaf . $middle) =~ s/\n/\r\n/gr,
    'text around it' => "Dear customer,\n\n$middle\nand yours:\n$leaf\nBye\n");
spew("$dir/both.pem", $leaf . $middle);
openssl('crl2pkcs7', '-nocrl', '-certfile', 'both.pem', '-out', 'p7.pem');
openssl('crl2pkcs7', '-nocrl', '-certfile', 'both.pem', '-outform', 'DER',
    '-out', 'p7.der');
openssl('x509', '-in', "ca/$_.pem", '-outform', 'DER', '-out', "$_.der")
    for 'good', 'middle';
$form{'PKCS#7 in PEM'} = slurp("$dir/p7.pem");
$form{'PKCS#7 in DER'} = slurp("$dir/p7.der");
for my $form (sort keys %form) {
	unlink "$dir/$bundle";
	spew("$dir/answer", $form{$form});
	my $r = certtool('install', @to, @key, '--ca', 'ca/root.pem', 'answer');
	is $r->{code}, 0, $form or diag $r->{err};
	ok valid($bundle), 'what is served is valid';
	is mode($bundle), 0600, 'and its owner\'s';
	is slurp("$dir/chain.pem"), $leaf . $middle, 'leaf, then chain, no root';
	like $r->{err}, $form =~ /round|around/ ? qr/wrong order: put right/ : qr/^$/,
	    'what was repaired is told';
}
is gnutls()->{code}, 0, 'GnuTLS verifies it' or diag gnutls()->{out};
unlink "$dir/$bundle";
is certtool('install', @to, @key, 'good.der', 'middle.der', 'ca/root.pem')->{code}, 0,
    'DER, a file each';
ok valid($bundle), 'valid';
is run({ dir => $dir, in => $leaf . $middle }, 'certtool', 'install', @to, @key, '-')
    ->{code}, 0, 'standard input';
my $r = certtool('install', @to, @key, 'ca/good.pem', 'ca/middle.pem');
like $r->{err}, qr/^warning: chain: it ends below The root, which this machine/m,
    'a root nobody knows is warned of';
like $r->{out}, qr/^was installed already: /, 'the same again changes nothing';
$ca->sign($csr, 'next.pem', days => 60);
$r = certtool('install', @to, '--ca', 'ca/root.pem', 'ca/next.pem');
is $r->{code}, 0, 'the chain is completed from what is served, as is the key'
    or diag $r->{err};
ok valid($bundle), 'valid';
is slurp("$dir/chain.pem"), slurp("$dir/ca/next.pem") . $middle, 'the new one';
refusals('a good one served');

# -------------------------------------------------------------------- rollback
ok valid("$bundle.last"), 'the last one is kept';
my ($new, $old) = (slurp("$dir/$bundle"), slurp("$dir/$bundle.last"));
is certtool('rollback', @to)->{code}, 0, 'rollback';
is slurp("$dir/$bundle"), $old, 'the last one is served';
is slurp("$dir/$bundle.last"), $new, 'and the other one kept';
is mode("$bundle.last"), 0600, 'privately';
is certtool('rollback', @to)->{code}, 0, 'and back';
is slurp("$dir/$bundle"), $new, 'to the new one';
spew("$dir/$bundle.last", slurp("$dir/stranger.key") . $leaf);
$r = certtool('rollback', @to);
is $r->{code}, 1, 'no rollback to a bundle that does not fit';
like $r->{err}, qr/^error: key: /m, 'says why';
is certtool('rollback', '--bundle', 'none.pem')->{code}, 100, 'nor to nothing';

# -------------------------------------------------------------------- instance
is run('postern', 'init', "$dir/i", '--domain', 'example.test')->{code}, 0, 'init';
is certtool('request', '--dir', 'i')->{code}, 0, 'request for an instance';
$ca->sign("$dir/i/tls/request/$host.request.pem", 'i.pem');
my $served = "i/tls/$host.pem";
my @owner = (stat "$dir/$served")[4, 5];
$r = certtool('install', '--dir', 'i', 'ca/i.pem', 'ca/middle.pem');
is $r->{code}, 0, 'install into an instance' or diag $r->{err};
ok valid($served), 'valid';
is_deeply [(stat "$dir/$served")[4, 5]], \@owner, 'whose it was';
ok !-e "$dir/i/tls/request/$host.key", 'the key is nowhere else';
is certtool('rollback', '--dir', 'i')->{code}, 0, 'rollback to the self-signed one';
is certtool('rollback', '--dir', 'i')->{code}, 0, 'and back';

# ------------------------------------------------------- killed at every call
SKIP: {
	$ca->sign($csr, 'third.pem', days => 50);
	my @install = ('certtool', 'install', '--bundle', $bundle, 'ca/third.pem');
	my $start = sub { spew("$dir/$bundle", $new); spew("$dir/$bundle.last", $old);
	    chmod 0600, "$dir/$bundle" };
	$start->();
	$r = run({ dir => $dir }, 'strace', '-o', 'trace', @install);
	skip 'strace cannot trace here', 1 if $r->{code};
	my $want = slurp("$dir/$bundle");
	my (%seen, @kill, $on);
	for (split /\n/, slurp("$dir/trace")) {
		my ($call) = /^(\w+)\(/ or next;
		$seen{$call}++;
		$on ||= $call eq 'flock' || $ENV{POSTERN_LONG};
		# what only reads files or maps memory changes nothing
		push @kill, [$call, $seen{$call}] if $on
		    && ($ENV{POSTERN_LONG} || $call !~ /^(mmap|munmap|brk|mprotect)$/);
	}
	# each third one must do where it takes a second
	@kill = @kill[grep { $_ % 3 == 0 } 0 .. $#kill] if sanitized && !$ENV{POSTERN_LONG};
	my ($killed, $bad, %left) = (0, 0);
	for (@kill) {
		my ($call, $nth) = @$_;
		$start->();
		$r = run({ dir => $dir }, 'strace', '-o', '/dev/null', '-e',
		    "trace=$call", '-e', "inject=$call:signal=KILL:when=$nth", @install);
		$killed++ if $r->{signal} == 9 || $r->{code} == 137;
		my $now = slurp("$dir/$bundle");
		$left{ $now eq $new ? 'old' : $now eq $want ? 'new' : 'bad' }++;
		my $last = slurp("$dir/$bundle.last");
		$bad++ if $last ne $old && $last ne $new;
	}
	cmp_ok $killed, '>', sanitized ? 10 : 20, "killed at $killed calls";
	is $left{bad}, undef, 'always the old bundle or the new one';
	ok $left{old}, 'the old one until it is replaced';
	ok $left{new}, 'the new one from then on';
	is $bad, 0, 'and so the last one';
	is certtool('install', '--bundle', $bundle, 'ca/third.pem')->{code}, 0, 'again';
	is_deeply [glob "$dir/$bundle.new.*"], [], 'nothing is left lying about';
}

# ----------------------------------------------------------------------- usage
spew("$dir/empty", '');
for ([], [@to], ['--dir', 'i', @to, 'ca/good.pem'], ['ca/good.pem'], [@to, 'none'],
    [@to, 'empty'], [@to, 'request.pem'], [@to, "$host.key"],
    ['--host', 'x', @to, 'ca/good.pem'], [@to, '--ca', 'none', 'ca/good.pem'],
    [@to, '--ca', "$host.key", 'ca/good.pem'], [@to, '--key', 'none', 'ca/good.pem'],
    [@to, '--key', 'ca/good.pem', 'ca/good.pem']) {
	is certtool('install', @$_)->{code}, 100, "install @$_: 100";
}
like certtool('install', @to, 'request.pem')->{err},
    qr/is a request, not the CA's answer/, 'a request is told apart';
my $good = slurp("$dir/ca/good.pem");
for my $damage ($good =~ s/^.{10}(?=.{54}$)//mr, $good =~ s/^MII/AAA/mr,
    $good =~ s/-----END.*//sr) {
	spew("$dir/damaged", $good . $damage);
	$r = certtool('install', @to, @key, 'damaged', 'ca/middle.pem');
	is $r->{code}, 100, 'a damaged certificate beside a good one';
	like $r->{err}, qr/is damaged/, 'is told';
}
done_testing;
