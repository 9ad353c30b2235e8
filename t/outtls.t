#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# TLS on the way out as the domain asks for it: DANE and MTA-STS, from a queue to
# our smtpd, by way of a signed DNS of our own and an HTTPS server.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Beside;
use Postern::Ca;
use Postern::Https;
use Postern::Instance;
use Postern::Queue;
use Postern::Server;
use Postern::Signed;
use Postern::Tls;

# As root this test has a network of its own, in which servers can be at port 53.
my $own = $ENV{POSTERN_OWN_NETWORK};
if (as_root && !$own && run('unshare', '-n', '-m', 'ip', 'link')->{code} == 0) {
	$ENV{POSTERN_OWN_NETWORK} = 1;
	exec 'unshare', '-n', '-m', '--propagation', 'private', $^X, $0;
}
my $dir = scratch;
chmod 0755, $dir;
if ($own) {
	$Postern::Signed::ROOT = '198.41.0.4';
	run(@$_)->{code} and die "@$_" for ['ip', 'link', 'set', 'lo', 'up'],
	    ['ip', 'address', 'add', "$Postern::Signed::ROOT/32", 'dev', 'lo'];
	spew("$dir/resolv.conf", "nameserver 127.0.0.1\noptions trust-ad\n");
	run('mount', '--bind', "$dir/resolv.conf", '/etc/resolv.conf')->{code} and die;
}
my $q = Postern::Queue->new('bob');
my $port = free_port;

# ------------------------------------------------------------- certificates
my $ca = Postern::Ca->new("$dir/ca");
mkdir "$dir/tls";
chmod 0644, "$dir/ca/root.pem";

# a bundle FILE.pem for NAME by the authority; its TLSA data for leaf and middle
sub issue {
	my ($file, $name) = @_;
	$ca->openssl('req', '-new', '-newkey', 'ec', '-pkeyopt',
	    'ec_paramgen_curve:P-256', '-nodes', '-keyout', "$file.key", '-subj',
	    '/CN=x', '-addext', "subjectAltName=DNS:$name", '-out', "$file.csr");
	my $leaf = $ca->sign("$file.csr", "$file.crt");
	spew("$dir/tls/$file.pem", slurp("$dir/ca/$file.key"), slurp($leaf),
	    slurp("$dir/ca/middle.pem"));
	return digest($leaf);
}
# SHA-256 of the public key of the first certificate in FILE
sub digest {
	my $key = $ca->openssl('x509', '-in', $_[0], '-noout', '-pubkey');
	spew("$dir/pub", $key);
	return sha256_hex($ca->openssl('pkey', '-pubin', '-in', "$dir/pub",
	    '-outform', 'DER'));
}
my $middle = digest("$dir/ca/middle.pem");
my %hash;
$hash{$_} = issue($_, $_) for 'ta.example', 'sts.plain.example', 'implicit.example';
issue('tb.example', 'someone.example');
issue('tn.example', 'nexthop.example');
for my $name ('ee.example', 'self.plain.example', 'alias.example') {
	# names mean nothing with 3 1 1
	run('certtool', 'selfsigned', '-o', "$dir/tls/$name.pem", '-c',
	    "$dir/$name.ca", 'another.name');
	$hash{$name} = digest("$dir/tls/$name.pem");
}
issue('default', 'nobody.example'); # whoever asks for no name or another one

# ---------------------------------------------------------------------- the DNS
my ($ee, $no) = ("3 1 1 $hash{'ee.example'}", '3 1 1 ' . 'ab' x 32);
my $t = "_$port._tcp";
my $signed = join '', map { "$_\n" }
    'ee.example. A 127.0.0.1', "$t.ee.example. TLSA $ee",
    'ta.example. A 127.0.0.1', "$t.ta.example. TLSA 2 1 1 $middle",
    'tb.example. A 127.0.0.1', "$t.tb.example. TLSA 2 1 1 $middle",
    'tn.example. A 127.0.0.1', "$t.tn.example. TLSA 2 1 1 $middle",
    'no.example. A 127.0.0.1', "$t.no.example. TLSA $no",
    'clear.example. A 127.0.0.2', "$t.clear.example. TLSA $ee",
    'broken.example. A 127.0.0.4', "$t.broken.example. TLSA $ee",
    'odd.example. A 127.0.0.1', "$t.odd.example. TLSA 1 1 1 " . 'cd' x 32,
    "$t.odd.example. TLSA 0 0 1 " . 'cd' x 32, "$t.odd.example. TLSA 3 1 9 abcd",
    'oddclear.example. A 127.0.0.2', "$t.oddclear.example. TLSA 3 1 9 abcd",
    'cname.example. CNAME ee.example.',
    'away.example. CNAME b.plain.example.',
    'alias.example. CNAME b.plain.example.',
    "$t.alias.example. TLSA 3 1 1 $hash{'alias.example'}",
    'tc.example. A 127.0.0.1', "$t.tc.example. CNAME tlsa.example.",
    "tlsa.example. TLSA 3 1 1 " . digest("$dir/tls/default.pem"),
    'implicit.example. A 127.0.0.1', "$t.implicit.example. TLSA 3 1 1 $hash{'implicit.example'}",
    'none.example. A 127.0.0.1', 'none.example. AAAA ::1',
    map { my ($d, @mx) = split; map { "$d.example. MX 10 $_." } @mx }
    'd-ee ee.example', 'd-ta ta.example', 'd-tb tb.example', 'nexthop tn.example',
    'd-no no.example', 'd-clear clear.example',
    'd-broken broken.example', 'd-odd odd.example',
    'd-oddclear oddclear.example', 'd-cname cname.example', 'd-away away.example',
    'd-alias alias.example', 'd-tc tc.example', 'd-none none.example',
    'd-oldhost host.old.example', 'd-outside b.plain.example', 'both ee.example',
    'bothno no.example', 'w-ee ee.example', 'w-none none.example', 'r-ee ee.example';
$signed .= "d-second.example. MX 10 host.old.example.\nd-second.example. MX 20 ee.example.\n";
my @sts = qw(enforce other self broken clear testing testclear none fails keep);
my %mx = (other => 'b', self => 'self', broken => 'broken', clear => 'clear', testing => 'self',
    testclear => 'clear', none => 'clear', fails => 'clear', keep => 'clear');
my $plain = "b A 127.0.0.1\n$t.b TLSA $no\nb-domain MX 10 b\nsts A 127.0.0.1\n"
    . "self A 127.0.0.1\nclear A 127.0.0.2\nbroken A 127.0.0.4\nr-none MX 10 b\nr-sts MX 10 sts\n"
    . "_mta-sts.r-sts TXT \"v=STSv1; id=1;\"\nmta-sts.r-sts A 127.0.0.1\n"
    . join '', map { "s-$_ MX 10 " . ($mx{$_} // 'sts') . "\n_mta-sts.s-$_ TXT "
    . "\"v=STSv1; id=1;\"\nmta-sts.s-$_ A 127.0.0.1\n" } @sts;
my $both = join '', map { "_mta-sts.$_.example. TXT \"v=STSv1; id=1;\"\n"
    . "mta-sts.$_.example. A 127.0.0.1\n" } 'both', 'bothno';
my $dns = Postern::Signed->new({ '.' => $signed . $both },
    { 'plain.example' => $plain },
    { 'old.example' => "\@ MX 10 ee.example.\nhost A 127.0.0.1\n" });
my $dnssec = "$dir/dnssecd.sock";
my $dnssecd = $dns->start($dnssec, '-m', '666');

# Postfix's client, installed or unpacked beside
my $no_finger = beside_has('postfix');
my @finger = !$no_finger ? beside('postfix', 'posttls-finger')
    : -x '/usr/sbin/posttls-finger' ? '/usr/sbin/posttls-finger' : ();
my ($https, $clear, $broken);
END {
	local $?;
	$_ && $_->end for $https, $clear, $broken;
}

# -------------------------------------------------------------------- policies
my @hosts = ('both.example', 'bothno.example',
    map { "$_.plain.example" } 'r-sts', map { "s-$_" } @sts);
run('certtool', 'selfsigned', '-o', "$dir/https.pem", '-c', "$dir/https-ca.pem",
    map { "mta-sts.$_" } @hosts);
$https = Postern::Https->new("$dir/https.pem");
sub policy {
	my ($domain, $mode, @mx) = @_;
	$https->policy($domain, "version: STSv1\nmode: $mode\nmax_age: 86400\n"
	    . join '', map { "mx: $_\n" } @mx);
}
policy("s-$_.plain.example", 'enforce', 'sts.plain.example', 'self.plain.example',
    'clear.plain.example', 'broken.plain.example')
    for qw(enforce other self broken clear keep);
policy("s-$_.plain.example", 'testing', '*.plain.example') for qw(testing testclear);
policy('s-none.plain.example', 'none');
policy('r-sts.plain.example', 'enforce', 'sts.plain.example');
policy('both.example', 'enforce', 'somebody.else.example');
policy('bothno.example', 'enforce', '*.example');
my ($cache, $mtasts) = ("$dir/policies", "$dir/mtasts.sock");
mkdir $cache;
my %env = (DNSCACHEIP => $dns->server);
my @service = ('s6-ipcserver', $mtasts, 'mtasts', '-d', $cache, '-A',
    "$dir/https-ca.pem", '-p', $https->{port});
my $sts = serve(\%env, @service);

# --------------------------------------------------------------------- servers
engine("$dir/tlsd.sock", '-n', 'default');
mkdir "$dir/in";
mkdir "$dir/in/incoming";
serve('tcplisten', '127.0.0.1', $port, 'tlswrap', '-n', '-p', 'smtp', '-s',
    "$dir/tlsd.sock", 'smtpd', '-H', 'mx.server', '-q', "$dir/in", '-p',
    top . "/t/lib/policy $dir/asked");
wait_port($port) or die;
$clear = Postern::Server->new(at => '127.0.0.2', port => $port);
# STARTTLS that is there and does not work: no TLS, or an end
$broken = Postern::Server->new(at => '127.0.0.4', port => $port, EHLO =>
    "250-mx.test\n250 STARTTLS", STARTTLS => "220 go\n220 no TLS after all");
wait_for(sub { IO::Socket::UNIX->new(Peer => $mtasts) });
my @queued = ('-A', "$dir/ca/root.pem", '-p', $port, '-D', $dnssec, '-M', $mtasts);
$q->compile('routes', "w-ee.example mx tls=dane\nw-none.example mx tls=dane\n"
    . "given.example ee.example:$port tls=dane\n"
    . "offered.example ee.example:$port\n");
$q->start(\%env, @queued);

sub logs { return slurp("$dir/log") }
sub told { return join '', $clear->said }

# goes DOMAIN, VERIFIED ('' without TLS), WHAT: a message for it arrives
sub goes {
	my ($domain, $verified, $what, @head) = @_;
	my $name = $q->submit({ head => \@head }, "Subject: x\n\nx\n", "a\@$domain");
	ok wait_for(sub { !grep { /\Q$name/ } $q->queue }), "$what: it goes" or diag logs();
	my $line = wait_for(sub {
	    (logs() =~ /^(.*event=(?:delivered|relayed) .*?to=a\@\Q$domain\E .*)$/m)[0] });
	like $line, $verified ? qr/ tls=TLSv1\.\d verified=$verified / : qr/^(?!.* tls=)./,
	    $verified ? "TLS, verified: $verified" : 'without TLS';
}
# waits DOMAIN, RE, WHAT: a message for it does not, for reason RE
sub waits {
	my ($domain, $re, $what, @head) = @_;
	my $name = $q->submit({ head => \@head }, "Subject: x\n\nx\n", "a\@$domain");
	my $state = "$q->{dir}/queue/state/$name";
	my $last = wait_for(sub { (slurp($state) =~ /^(last .*)/m)[0] });
	ok $last, "$what: it waits";
	like $last, qr/^last a\@\Q$domain\E: .*$re/, 'for that reason';
	unlike logs(), qr/event=(?:delivered|relayed) .*?to=a\@\Q$domain\E /, 'nothing is sent';
}

# ------------------------------------------------------------------------ DANE
goes('d-ee.example', 'dane', '3 1 1, of another name');
goes('d-ta.example', 'dane', '2 1 1');
goes('nexthop.example', 'dane', '2 1 1, a certificate for the domain');
waits('d-tb.example', qr/4\.7\.5 .*certificate-host-mismatch/, '2 1 1, a certificate for others');
waits('d-no.example', qr/4\.7\.5 .*no TLSA record fits.*tlsa-invalid/, '3 1 1 of another key');
waits('d-clear.example', qr/4\.7\.4 .*starttls-not-supported/, 'records, and no STARTTLS');
waits('d-broken.example', qr/4\.7\.\d /, 'records, and a STARTTLS that does not work');
waits('old.example', qr/4\.4\.3 .*expired/, 'MX records that are bogus');
waits('d-oldhost.example', qr/4\.7\.5 host\.old\.example: .*dnssec-invalid.*expired/, 'addresses that are');
goes('d-second.example', 'dane', 'then the next host');
goes('b-domain.plain.example', 'none', 'a zone without DNSSEC: TLS as it comes');
goes('d-outside.example', 'none', 'a host in one');
goes('d-none.example', 'none', 'no records');
goes('d-odd.example', 'none', 'none that can be used: TLS with anybody');
waits('d-oddclear.example', qr/starttls-not-supported/, 'but TLS');
goes('d-cname.example', 'dane', 'an alias: the records of its end');
goes('d-alias.example', 'dane', 'an alias into a zone without DNSSEC: its own');
goes('d-away.example', 'none', 'without any');
goes('d-tc.example', 'dane', 'records by an alias');
goes('implicit.example', 'dane', 'a domain without MX');
ok logged(qr/event=tls domain=d-cname\.example host=cname\.example level=dane by=dane base=ee\.example$/m),
    'the log says how';

# tls=dane
goes('w-ee.example', 'dane', 'tls=dane');
waits('w-none.example', qr/4\.7\.5 .*no record.*dane-required/, 'tls=dane without records');
goes('given.example', 'dane', 'tls=dane for a host that the route names');
goes('offered.example', 'dane', 'and without tls=');

# an independent client is of one mind
for (['ee.example', $ee, 'ok'], ['ta.example', "2 1 1 $middle", 'ok'],
    ['no.example', $no, 'No matching DANE TLSA records']) {
	my ($host, $record, $want) = @$_;
	my $r = run({ in => "QUIT\r\n" }, 'openssl', 's_client', '-connect',
	    "127.0.0.1:$port", '-starttls', 'smtp', '-dane_tlsa_domain', $host,
	    '-dane_tlsa_rrdata', $record, '-dane_ee_no_namechecks', '-brief');
	like "$r->{out}$r->{err}", $want eq 'ok' ? qr/^Verification: OK$/m : qr/$want/i,
	    "openssl about $host: $want";
}

# --------------------------------------------------------------------- MTA-STS
goes('s-enforce.plain.example', 'pkix', 'enforce');
waits('s-other.plain.example', qr/4\.7\.5 b\.plain\.example: none of the hosts.*MTA-STS/, 'enforce, another host');
waits('s-self.plain.example', qr/4\.7\.5 .*certificate-not-trusted/, 'enforce, an authority that nobody trusts');
waits('s-broken.plain.example', qr/4\.7\.\d /, 'enforce, a STARTTLS that does not work');
unlike join('', $broken->said), qr/^MAIL/mi, 'and never in clear';
waits('s-clear.plain.example', qr/4\.7\.4 .*starttls-not-supported/, 'enforce, no STARTTLS');
goes('s-testing.plain.example', 'none', 'testing, that authority');
ok logged(qr/event=testing host=self\.plain\.example reason=.*certificate-not-trusted/), 'which is logged';
goes('s-testclear.plain.example', '', 'testing, no STARTTLS');
ok logged(qr/event=testing host=clear\.plain\.example reason=.*starttls-not-supported/), 'which is logged';
goes('s-none.plain.example', '', 'none');
goes('s-fails.plain.example', '', 'a policy that cannot be fetched');
ok logged(qr/event=mtasts domain=s-fails\.plain\.example mode=none failed=.*sts-policy-fetch-error/), 'which is logged';

waits('s-keep.plain.example', qr/starttls-not-supported/, 'enforce');
$https->answer('s-keep.plain.example', "HTTP/1.1 500 no\r\nContent-Length: 0\r\n\r\n");
my $file = "$cache/s-keep.plain.example";
spew($file, slurp($file) =~ s/^(fetched|when) (\d+)/"$1 " . ($2 - 80000)/mger);
my $r = run({ env => \%env }, 'smtproute', '-n', '-D', $dnssec, '-M', $mtasts, '-p', $port, 's-keep.plain.example');
is $r->{out}, "mx insecure\nhost clear.plain.example tls verify by mtasts\n",
    'a policy that cannot be fetched any more stays in force';
spew($file, slurp($file) =~ s/^(until|when) (\d+)/"$1 " . ($2 - 90000)/mger);
$r = run({ env => \%env }, 'smtproute', '-n', '-D', $dnssec, '-M', $mtasts, '-p', $port, 's-keep.plain.example');
is $r->{out}, "mx insecure\nhost clear.plain.example tls offer by route\n", 'until it ends';

goes('both.example', 'dane', 'DANE goes before MTA-STS');
waits('bothno.example', qr/tlsa-invalid/, 'also where it fails');

# ------------------------------------------------------------------ REQUIRETLS
my @strict = ('requiretls yes');
goes('r-ee.example', 'dane', 'REQUIRETLS, by DANE', @strict);
goes('r-sts.plain.example', 'pkix', 'REQUIRETLS, by MTA-STS', @strict);
my $name = $q->submit({ head => \@strict }, "Subject: x\n\nx\n", 'a@r-none.plain.example');
ok wait_for(sub { $q->mails('bob') }), 'REQUIRETLS, and nobody vouches for the host: returned';
like join('', $q->mails('bob')), qr/5\.7\.30/, 'with the reason';

# ---------------------------------------------------- what waits too long returns
$q->submit({ time => int time - 6 * 86400 }, "Subject: late\n\nx\n", 'a@d-no.example');
ok wait_for(sub { grep { /d-no/ } $q->mails('bob') }), 'after its time it is returned';
like join('', grep { /d-no/ } $q->mails('bob')), qr/TLS is required: no TLSA record fits.*tlsa-invalid/s,
    'with the reason in words';

# ------------------------------------------------------------- the plan in words
sub planned {
	my (@o) = @_;
	return run({ env => \%env }, 'smtproute', '-n', '-D', $dnssec, '-M', $mtasts,
	    '-p', $port, @o)->{out};
}
is planned('d-ee.example'), "mx secure\nhost ee.example tls dane by dane name ee.example name d-ee.example\ntlsa $ee\n", 'smtproute -n: DANE';
is planned('s-enforce.plain.example'), "mx insecure\nhost sts.plain.example tls verify by mtasts\n", 'MTA-STS';
is planned('s-testing.plain.example'), "mx insecure\nhost self.plain.example tls verify by mtasts testing\n", 'testing';
like planned('s-other.plain.example'), qr/^not 4\.7\.5 b\.plain\.example: none of/m, 'no host';
is planned('d-odd.example'), "mx secure\nhost odd.example tls require by dane\n", 'none that can be used';
is planned('-l', 'require', 'd-no.example'), "mx secure\nhost no.example tls require by route\n",
    'a route that says require asks nobody';
is planned('-o', 'ee.example', '-l', 'dane', 'x.example'), "host ee.example tls dane by dane name ee.example\ntlsa $ee\n", 'a host that is named';
like planned('-R', 'r-none.plain.example'), qr/^not 5\.7\.30/m, 'REQUIRETLS';
is run('smtproute', 'd-ee.example')->{code}, 100, 'without -n there must be a name';

# --------------------------------------- a network of our own: Postfix's opinion
# what posttls-finger says of DOMAIN: verified, not, or why there is no session
sub finger {
	my ($domain) = @_;
	my $r = run({ env => { MAIL_CONFIG => "$dir/postfix" } }, @finger, '-l', 'dane', '-L', 'summary', '-F', "$dir/ca/root.pem",
	    '-t', 60, "$domain:$port");
	return $r->{out} . $r->{err};
}
SKIP: {
	skip 'needs a network of our own', 1 unless $own;
	spew("$dir/unbound.conf", <<"EOT");
server:
 interface: 127.0.0.1
 chroot: ""
 username: ""
 directory: "$dir"
 pidfile: ""
 use-syslog: no
 do-not-query-localhost: no
 trust-anchor-file: "${\ $dns->anchor}"
remote-control:
 control-enable: no
forward-zone:
 name: "."
 forward-addr: 127.0.0.1\@$dns->{port}
EOT
	serve('unbound', '-d', '-c', "$dir/unbound.conf");
	ok wait_port(53), 'unbound at port 53';
	for (['resolv.conf'], ['the root', '-f', 'root']) {
		my ($what, @servers) = @$_;
		my $pid = serve('dnssecd', '-k', $dns->anchor, @servers, "$dir/other.sock");
		# most root servers are not there
		wait_for(sub { (Postern::Signed::ask("$dir/other.sock",
		    'ns', 'A'))[0] eq 'secure' }, 15);
		is +(Postern::Signed::ask("$dir/other.sock", @$_[0, 1]))[0], $_->[2],
		    "by $what: $_->[0]" for ['d-ee.example', 'MX', 'secure'],
		    ['sts.plain.example', 'A', 'insecure'], ['old.example', 'MX', 'bogus'];
		stop($pid);
	}
	skip "no Postfix: $no_finger", 1 unless @finger;
	mkdir "$dir/postfix";
	spew("$dir/postfix/main.cf", "compatibility_level = 3.6\n");
	like finger('d-ee.example'), qr/^posttls-finger: Verified TLS/m, 'Postfix: 3 1 1, of another name';
	like finger('d-ta.example'), qr/Verified TLS/, 'Postfix: 2 1 1';
	like finger('nexthop.example'), qr/Verified TLS/, 'Postfix: 2 1 1, a certificate for the domain';
	like finger('d-cname.example'), qr/Verified TLS/, 'Postfix: an alias';
	like finger('d-tc.example'), qr/Verified TLS/, 'Postfix: records by an alias';
	unlike finger('d-no.example'), qr/Verified TLS/, 'Postfix: 3 1 1 of another key';
	unlike finger('d-tb.example'), qr/Verified TLS/, 'Postfix: a certificate for others';
	unlike finger('d-odd.example'), qr/Verified TLS/, 'Postfix: records that cannot be used';
	unlike finger('b-domain.plain.example'), qr/Verified TLS/, 'Postfix: a zone without DNSSEC';
	unlike finger('old.example'), qr/TLS connection established/, 'Postfix: one that is bogus';
}

# ------------------------------------------------------------------ an instance
my $i = Postern::Instance->new('alice@example.test');
chmod 0755, $dir; # for the authorities, which who sends has to read
sub script {
	my ($service, $from, $to) = @_;
	my $run = "$i->{dir}/service/$service/run";
	my $text = slurp($run);
	ok $text =~ s/$from/$to/, "$service as it is made";
	spew($run, $text);
}
script('dnssecd', 'exec dnssecd', 'exec dnssecd -k ' . $dns->anchor);
script('mtasts', 'mtasts -d mtasts', "mtasts -d mtasts -A $dir/https-ca.pem -p $https->{port}");
script('queued', 'exec queued', "exec queued -p $port -A $dir/ca/root.pem");
chmod 0755, "$dir/ca";
chmod 0644, "$dir/https-ca.pem";
$i->up(%env);
for (['d-ee.example', 'event=delivered .*to=i@d-ee\.example .*verified=dane', 'DANE'],
    ['s-enforce.plain.example', 'event=delivered .*to=i@s-enforce\.plain\.example .*verified=pkix', 'MTA-STS'],
    ['d-no.example', 'event=host domain=d-no\.example .*tlsa-invalid', 'a wrong TLSA record']) {
	my ($domain, $re, $what) = @$_;
	$r = run('swaks', '--server', '127.0.0.1:' . $i->port('submission'), '-tls',
	    '--auth', 'PLAIN', '--auth-user', 'alice@example.test',
	    '--auth-password', $Postern::Instance::PASSWORD, '--from',
	    'alice@example.test', '--to', "i\@$domain", '--silent', '3');
	is $r->{code}, 0, "$what: accepted";
	ok wait_for(sub { $i->log('queued') =~ /$re/ }), 'an instance sends as it must'
	    or diag($i->log('queued'));
}
$i->down;

# ----------------------------------------------------------- services that are down
stop($sts);
like planned('s-enforce.plain.example'), qr/^not 4\.7\.5 .*MTA-STS policy cannot be told/m, 'without mtasts nothing is sent';
stop($dnssecd);
like planned('d-ee.example'), qr/^not 4\.4\.3 .*dnssecd is not there/m, 'without dnssecd neither';
$q->end;
done_testing;
