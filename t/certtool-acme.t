#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Certificates by ACME: an instance gets them from pebble by HTTP-01, through
# its own responder, and by DNS-01, through a hook; the renewer renews in time
# or when the CA says so, and what cannot be renewed leaves what is served.
use strict;
use warnings;
use lib 't/lib';
use Cwd qw(abs_path);
use Postern;
use Postern::Instance;
use Test::More;

for my $program ('pebble', 'pebble-challtestsrv', 'uacme') {
	plan skip_all => "there is no $program"
	    unless grep { -x "$_/$program" } split /:/, $ENV{PATH};
}
my $dir = scratch;
chmod 0755, $dir;
my $host = 'mail.example.test';

# ------------------------------------------------------------------- the CA
# Its own HTTPS has a certificate that only this test trusts: uacme, which
# knows the roots of the system only, sees ours in their place.
mkdir "$dir/bin" or die;
run({ dir => $dir }, 'certtool', 'selfsigned', '-o', 'tls.pem', '-c', 'tls-ca.pem',
    'localhost');
chmod 0644, "$dir/tls.pem";
spew("$dir/bin/uacme", <<"TEXT");
#!/bin/sh
echo "\$\$ \$(id -u) \$*" >> $dir/uacme.log
exec unshare -rm sh -c 'mount --bind $dir/tls-ca.pem \\
    /etc/ssl/certs/ca-certificates.crt && exec /usr/bin/uacme "\$@"' uacme "\$@"
TEXT
chmod 0755, "$dir/bin/uacme";
spew("$dir/uacme.log", '');
chmod 0666, "$dir/uacme.log";
plan skip_all => 'no mount namespaces here'
    if run('unshare', '-rm', 'mount', '--bind', '/etc/hostname', '/etc/hostname')->{code};
$ENV{PATH} = "$dir/bin:$ENV{PATH}";
$ENV{CURL_CA_BUNDLE} = "$dir/tls-ca.pem";
my ($acme, $manage, $dns, $chall) = map { free_port } 1 .. 4;
my $url = "https://localhost:$acme/dir";

sub pebble {
	my ($http) = @_;
	spew("$dir/pebble.json", qq({"pebble":{"listenAddress":"127.0.0.1:$acme",
	    "managementListenAddress":"127.0.0.1:$manage","certificate":"$dir/tls.pem",
	    "privateKey":"$dir/tls.pem","httpPort":$http,"tlsPort":1,
	    "ocspResponderURL":"","externalAccountBindingRequired":false}}));
	my $pid = serve({ PEBBLE_VA_NOSLEEP => 1, PEBBLE_WFE_NONCEREJECT => 0,
	    PEBBLE_AUTHZREUSE => 0 }, 'pebble',
	    '-config', "$dir/pebble.json", '-dnsserver', "127.0.0.1:$dns");
	wait_port($_) or die 'pebble: ' . slurp("$dir/log") for $acme, $manage;
	my $root = run('curl', '-sS', "https://localhost:$manage/roots/0");
	is $root->{code}, 0, 'pebble\'s root' or diag $root->{err};
	spew("$dir/root.pem", $root->{out});
	return $pid;
}
serve('pebble-challtestsrv', '-dns01', "127.0.0.1:$dns", '-http01', '', '-https01', '',
    '-tlsalpn01', '', '-management', "127.0.0.1:$chall", '-defaultIPv6', '');
wait_port($_) or die 'challtestsrv: ' . slurp("$dir/log") for $chall, $dns;

sub init {
	my ($name, @args) = @_;
	my $offset = Postern::Instance::offset();
	my $r = run('postern', 'init', "$dir/$name", '--domain', 'example.test',
	    '--listen', '127.0.0.1', '--port-offset', $offset, '--acme', '--acme-url',
	    $url, @args);
	is $r->{code}, 0, "init $name" or diag $r->{err};
	return $offset;
}

sub renew { return run('certtool', 'renew', '--dir', @_) }
sub x509 { return run('openssl', 'x509', '-noout', '-in', @_)->{out} }

# 1 if what the instance serves is pebble's, for these names, with a chain
sub issued {
	my ($name, @names) = @_;
	my $pem = "$dir/$name/tls/$host.pem";
	spew("$dir/chain.pem", slurp($pem) =~ s/.*END PRIVATE KEY-----\n//sr);
	for (@names) {
		my $r = run('openssl', 'verify', '-CAfile', "$dir/root.pem", '-untrusted',
		    "$dir/chain.pem", '-purpose', 'sslserver', '-verify_hostname', $_,
		    "$dir/chain.pem");
		diag $r->{err} if $r->{code};
		return 0 if $r->{code};
	}
	return run('openssl', 'pkey', '-pubout', '-in', $pem)->{out}
	    eq x509($pem, '-pubkey');
}

# ------------------------------------------------------------------- HTTP-01
my $offset = init('a', '--acme-email', 'admin@example.test');
my $pebble = pebble($offset + 80);
spew("$dir/a/etc/acme", slurp("$dir/a/etc/acme") . "name=imap.example.test\n");
my $pem = "$dir/a/tls/$host.pem";
my $key = run('openssl', 'pkey', '-in', $pem)->{out};
my @owner = (stat $pem)[4, 5];
my $r = run('postern', 'up', "$dir/a", '--detach');
is $r->{code}, 0, 'up' or diag $r->{err};
wait_for(sub { x509($pem, '-issuer') =~ /Pebble/ }, 150); # tries again after a minute
ok issued('a', $host, 'imap.example.test'),
    'a newcomer\'s instance has the CA\'s certificate by itself'
    or diag slurp("$dir/a/log/acme/current");
is run('openssl', 'pkey', '-in', $pem)->{out}, $key, 'for the key it had: DANE stays right';
is_deeply [(stat $pem)[4, 5]], \@owner, 'whose it was';
is +(stat $pem)[2] & 07777, 0600, 'and private';
like slurp("$dir/a/log/acme-http/current"), qr/event=challenge status=200 token=/,
    'its own responder was asked';
is_deeply [glob "$dir/a/acme/challenge/*"], [], 'and has nothing to show any more';
SKIP: {
	skip 'roles need root', 2 unless as_root;
	my ($uid) = slurp("$dir/a/etc/instance") =~ /^role_acme=(\d+):/m;
	like slurp("$dir/uacme.log"), qr/^\d+ $uid /, 'uacme runs as the role acme';
	is +(stat "$dir/a/acme/private/key.pem")[4], $uid, 'which owns the account\'s key';
}
# what is served, a second later
my $port = $offset + 995;
ok wait_for(sub { run({ in => '' }, 'openssl', 's_client', '-connect', "127.0.0.1:$port",
    '-servername', $host, '-CAfile', "$dir/root.pem", '-verify_hostname', $host,
    '-verify_return_error')->{out} =~ /Verify return code: 0 \(ok\)/ }),
    'clients are served it, with its chain';
$r = renew("$dir/a");
is $r->{code}, 0, 'again';
like $r->{out}, qr/is not due until \d{4}-\d\d-\d\d$/m, 'it is not due';
my $before = slurp($pem);
$r = renew("$dir/a", '--force');
is $r->{code}, 0, '--force' or diag $r->{err};
isnt slurp($pem), $before, 'another one';
ok issued('a', $host, 'imap.example.test'), 'as good';
is slurp("$pem.last"), $before, 'and the last one is kept';

# a key that others know already (certtool tlsa) comes by --next
run('certtool', 'request', '--dir', "$dir/a");
my $next = run('openssl', 'pkey', '-in', "$dir/a/tls/request/$host.key")->{out};
is renew("$dir/a", '--force', '--next')->{code}, 0, '--next';
is run('openssl', 'pkey', '-in', $pem)->{out}, $next, 'takes the next key';
ok issued('a', $host), 'and is good';

# ---------------------------------------------------------------- no answer
$before = slurp($pem);
is run('postern', 'down', "$dir/a")->{code}, 0, 'down';
$r = renew("$dir/a", '--force');
is $r->{code}, 111, 'nobody answers the challenge: 111';
like $r->{err}, qr/connection refused.*gives no certificate: see above/s, 'says why';
is slurp($pem), $before, 'what is served stays';
stop($pebble);
$r = renew("$dir/a", '--force');
is $r->{code}, 111, 'nor the CA: 111';
is slurp($pem), $before, 'what is served stays';
{
	my $certtool = abs_path("$ENV{POSTERN_BIN}/certtool");
	local $ENV{PATH} = "$dir/none";
	my $r = run($certtool, 'renew', '--dir', "$dir/a", '--force');
	is $r->{code}, 100, 'no uacme: 100';
	like $r->{err}, qr/no program uacme \(Debian package uacme\)/, 'says so';
}

# -------------------------------------------------------------------- DNS-01
spew("$dir/bin/dns-hook", <<"TEXT");
#!/bin/sh
echo "\$*" >> $dir/dns.log
case \$1 in
begin) curl -sS -d "{\\"host\\":\\"\$2.\\",\\"value\\":\\"\$3\\"}" http://127.0.0.1:$chall/set-txt ;;
*) curl -sS -d "{\\"host\\":\\"\$2.\\"}" http://127.0.0.1:$chall/clear-txt ;;
esac
TEXT
chmod 0755, "$dir/bin/dns-hook";
spew("$dir/dns.log", '');
chmod 0666, "$dir/dns.log";
init('b', '--acme-dns', "$dir/bin/dns-hook");
ok !-e "$dir/b/service/acme-http", 'no responder for DNS-01';
spew("$dir/b/etc/acme", slurp("$dir/b/etc/acme") . "name=*.example.test\n");
$pebble = pebble(1);
$r = renew("$dir/b");
is $r->{code}, 0, 'DNS-01: one signed by itself is due at once' or diag $r->{err};
ok issued('b', $host, 'x.example.test'), 'a wildcard';
like slurp("$dir/dns.log"), qr/^begin _acme-challenge\.(mail\.)?example\.test \S+$/m,
    'the admin\'s hook was called';
is scalar(() = slurp("$dir/dns.log") =~ /^begin/mg),
    scalar(() = slurp("$dir/dns.log") =~ /^done/mg), 'and cleans up';
spew("$dir/bin/dns-hook", "#!/bin/sh\nexit 1\n");
$before = slurp("$dir/b/tls/$host.pem");
spew("$dir/b/etc/acme", slurp("$dir/b/etc/acme") . "name=other.test\n");
is renew("$dir/b", '--force')->{code}, 111, 'a hook that fails: 111';
is slurp("$dir/b/tls/$host.pem"), $before, 'what is served stays';
stop($pebble);

# ---------------------------------------------------------------------- when
# a CA that says when (pebble of Debian 12 does not): RFC 9773
sub ca_says {
	my ($from, $to) = @_; # seconds from now
	my $port = free_port;
	my $iso = sub { my @t = gmtime(time + $_[0]);
	    sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $t[5] + 1900, $t[4] + 1,
	    @t[3, 2, 1, 0] };
	my ($start, $stop) = ($iso->($from), $iso->($to));
	my $pid = fork // die;
	if (!$pid) {
		alarm 120;
		my $l = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1',
		    LocalPort => $port, ReuseAddr => 1) or POSIX::_exit(1);
		for (1 .. 2) {
			my $c = $l->accept or POSIX::_exit(1);
			my $line = <$c>;
			while (<$c>) { last if /^\r\n/ }
			spew("$dir/ari.log", $line) if $line =~ /ari/;
			my $body = $line =~ /ari/
			    ? qq({ "suggestedWindow": { "start": "$start",\n "end" : "$stop" } })
			    : qq({"newOrder":"x","renewalInfo":"http://127.0.0.1:$port/ari"});
			print $c "HTTP/1.0 200 OK\r\n\r\n$body";
			close $c;
		}
		POSIX::_exit(0);
	}
	wait_port($port) or die 'ari';
	spew("$dir/b/etc/acme", slurp("$dir/b/etc/acme")
	    =~ s{^url=.*}{url=http://127.0.0.1:$port/dir}mr);
	return $pid;
}
spew("$dir/bin/uacme", "#!/bin/sh\necho asked \"\$@\"\nexit 2\n");
my $pid = ca_says(86400, 2 * 86400);
$r = renew("$dir/b");
waitpid $pid, 0;
is $r->{code}, 0, 'the CA says: tomorrow';
my @soon = map { my @t = gmtime(time + 86400 * $_); sprintf '%04d-%02d-%02d',
    $t[5] + 1900, $t[4] + 1, $t[3] } 1, 2;
like $r->{out}, qr/not due until ($soon[0]|$soon[1])$/m, 'so it is';
my ($aki) = x509("$dir/b/tls/$host.pem", '-ext', 'authorityKeyIdentifier') =~ /([0-9A-F:]{40,})/;
my ($serial) = x509("$dir/b/tls/$host.pem", '-serial') =~ /=(\w+)/;
$serial = "00$serial" if $serial =~ /^[89A-F]/;
require MIME::Base64;
my $id = join '.', map { MIME::Base64::encode_base64(pack('H*', s/://gr), '') =~ tr{+/=}{-_}dr }
    $aki, $serial;
like slurp("$dir/ari.log"), qr{^GET /ari/\Q$id\E HTTP}, 'asked for this certificate';
$pid = ca_says(-7200, -3600);
$r = renew("$dir/b");
waitpid $pid, 0;
like $r->{out}, qr/^asked .* issue acme\/request\.pem$/m, 'the CA says: an hour ago';
is $r->{code}, 111, 'so it is asked, and here fails';

# two thirds of its life, without a CA that says
for my $try ([30, 60, 0, qr/not due until/], [50, 25, 111, qr/^asked/m]) {
	my ($past, $left, $code, $re) = @$try;
	my $d = "$dir/b/tls";
	run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
	    '-nodes', '-keyout', "$dir/ca.key", '-out', "$dir/ca.pem", '-subj', '/CN=ca',
	    '-days', 100);
	run('openssl', 'req', '-new', '-key', "$d/$host.pem", '-out', "$dir/c.csr", '-subj',
	    '/CN=x', '-addext', "subjectAltName=DNS:$host");
	my $at = sub { my @t = gmtime(time + 86400 * $_[0]);
	    sprintf '%04d%02d%02d%02d%02d%02dZ', $t[5] + 1900, $t[4] + 1, @t[3, 2, 1, 0] };
	spew("$dir/index", '');
	spew("$dir/serial", "01\n");
	spew("$dir/conf", "[ca]\ndefault_ca=c\n[c]\ndatabase=$dir/index\nserial=$dir/serial\n"
	    . "new_certs_dir=$dir\ndefault_md=sha256\npolicy=p\ncopy_extensions=copy\n"
	    . "[p]\ncommonName=supplied\n");
	my $r = run('openssl', 'ca', '-config', "$dir/conf", '-batch', '-notext', '-cert',
	    "$dir/ca.pem", '-keyfile', "$dir/ca.key", '-in', "$dir/c.csr", '-out',
	    "$dir/c.pem", '-startdate', $at->(-$past), '-enddate', $at->($left));
	is $r->{code}, 0, "a certificate $past days old, good for $left" or diag $r->{err};
	spew("$d/$host.pem", run('openssl', 'pkey', '-in', "$d/$host.pem")->{out},
	    slurp("$dir/c.pem"));
	$r = renew("$dir/b");
	is $r->{code}, $code, 'due after two thirds' or diag $r->{out} . $r->{err};
	like $r->{out}, $re, 'and not before';
}

# ------------------------------------------------- the watch, and other kinds
$pid = serve('certtool', 'renew', '--dir', "$dir/b", '--watch', '--interval', 1);
ok logged(qr/^asked.*^asked/ms), '--watch tries again and again';
ok logged(qr/event=renewal-failed exit=111 again_in=1$/m), 'and logs that';
stop($pid);
is run('postern', 'init', "$dir/c", '--domain', 'example.test')->{code}, 0,
    'an instance without ACME';
ok !-e "$dir/c/service/acme" && !-e "$dir/c/etc/acme-hook" && !-e "$dir/c/acme",
    'has nothing of it';
$before = slurp("$dir/c/tls/$host.pem");
like renew("$dir/c")->{out}, qr/not due until 203/, 'signed by itself: for ten years';
$r = renew("$dir/c", '--force');
is $r->{code}, 0, 'and then once more' or diag $r->{err};
isnt slurp("$dir/c/tls/$host.pem"), $before, 'another certificate';
is run('openssl', 'verify', '-CAfile', "$dir/c/tls/ca.pem", '-verify_hostname', $host,
    "$dir/c/tls/$host.pem")->{code}, 0, 'which ca.pem has too';
spew("$dir/c/tls/$host.pem", slurp("$dir/b/tls/$host.pem"));
$r = renew("$dir/c", '--force');
is $r->{code}, 0, 'from a CA that is asked by hand' or diag $r->{err};
like $r->{out}, qr/BEGIN CERTIFICATE REQUEST.*certtool install --dir/s, 'a request to paste';
is x509("$dir/c/tls/$host.pem", '-pubkey'), run('openssl', 'req', '-noout', '-pubkey', '-in',
    "$dir/c/tls/request/$host.request.pem")->{out}, 'for the same key';

# -------------------------------------------------------------------- refusals
for (['--acme-url', 'x'], ['--acme', '--acme-url', 'ftp://x'], ['--acme', '--acme-url',
    "https://x\ny"], ['--acme', '--acme-email', 'x'], ['--acme', '--acme-dns', 'x'],
    ['--acme', '--acme-dns', '/none'], ['--acme-email', 'a@b.test']) {
	is run('postern', 'init', "$dir/x", '--domain', 'x.test', @$_)->{code}, 100,
	    "init @$_" =~ s/\n/\\n/r;
}
for ("x\n", "url=ftp://x\n", "url=https://x\nname=a b\n", "url=https://x\nchallenge=x\n", "") {
	spew("$dir/c/etc/acme", $_);
	is renew("$dir/c")->{code}, 100, "etc/acme: '" . s/\n/\\n/gr . "'";
}
# the hook minds what a CA calls a token
for my $token ('../x', 'a/b', '', '.', 'a b', "a\nb") {
	is run({ dir => "$dir/a" }, 'etc/acme-hook', 'begin', 'http-01', $host, $token,
	    'x')->{code}, 1, 'no token: ' . $token =~ s/\n/\\n/r;
}
is run({ dir => "$dir/a" }, 'etc/acme-hook', 'begin', 'dns-01', $host, 'x', 'x')->{code}, 1,
    'and no other challenge';
done_testing;
