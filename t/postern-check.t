#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# postern check: a line with a remedy for each thing that can be wrong with an
# instance's certificates, relay rules, names, permissions and ports.
use strict;
use warnings;
use lib 't/lib';
use IPC::Open2;
use Postern;
use Postern::Ca;
use Postern::Instance;
use Test::More;

my $dir = scratch;
my $ca = Postern::Ca->new("$dir/ca");

# check(DIR, CODE, WHAT, RE...)
sub check {
	my ($i, $code, $what, @re) = @_;
	my $r = run('postern', 'check', $i);
	is $r->{code}, $code, "$what: $code" or diag $r->{out} . $r->{err};
	like $r->{out}, $_, 'says so' for @re;
	return $r;
}

# ---------------------------------------------------------------- all is well
my $i = Postern::Instance->new('alice@example.test');
my $r = check($i->{dir}, 0, 'not up yet', qr/^warning not every service is up$/m,
    qr/^ok key: the private key fits/m, qr/^ok file: only user \d+ can read/m,
    qr/^warning chain: it is signed by itself/m, qr/^ok no open relay$/m,
    qr/^ok dns: localhost is a name for tests$/m, qr/^ok disk$/m);
unlike $r->{out}, qr/^(?!ok |warning |error |certificate of )/m, 'each line has a level';
$i->up;
check($i->{dir}, 0, 'up', qr/^ok every service is ready$/m,
    qr/^(?:ok|warning) dnssec: /m, qr/^ok mtasts: the policy of example\.test is: none$/m,
    qr/^ok served: what clients are shown is /m, qr/^ok port \d+ \(pop3s\)$/m);

# ----------------------------------------------------------------- certificate
my $pem = "$i->{dir}/tls/localhost.pem";
my $old = slurp($pem);
my @owner = (stat $pem)[4, 5];
run({ dir => $dir }, 'openssl', 'req', '-new', '-key', $pem, '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost', '-out', 'x.csr');
$ca->sign("$dir/x.csr", 'old.pem', from => -90, to => -1);
spew($pem, $old =~ s/(-----END PRIVATE KEY-----\n).*/$1/sr, slurp("$dir/ca/old.pem"),
    slurp("$dir/ca/middle.pem"));
check($i->{dir}, 1, 'expired', qr/^error dates: it has expired on/m);
spew($pem, $old);
chown @owner, $pem;
chmod 0644, $pem;
check($i->{dir}, 1, 'a key for everybody', qr/^error file: its mode is 644, .*chmod 600/m);
chmod 0600, $pem;
SKIP: {
	skip 'roles need root', 2 unless as_root;
	chown 0, 0, $pem;
	check($i->{dir}, 1, 'a key of root\'s', qr/^error file: it belongs to user 0.*chown/m);
	chown @owner, $pem;
}
spew("$i->{dir}/tls/other.test.pem", $old);
chmod 0600, "$i->{dir}/tls/other.test.pem";
chown @owner, "$i->{dir}/tls/other.test.pem";
check($i->{dir}, 1, 'one of several names', qr/^certificate of other\.test:$/m,
    qr/^error names: it is not for other\.test, but for localhost$/m);
unlink "$i->{dir}/tls/other.test.pem";

# -------------------------------------------------------------------- open relay
spew("$i->{dir}/etc/relay", "ip 198.51.100.0/24\n");
utime time + 2, time + 2, "$i->{dir}/etc/relay";
run('make', '-s', '-C', $i->{dir});
check($i->{dir}, 1, 'a stranger may relay', qr/^error open relay: .*etc\/relay/m);
spew("$i->{dir}/etc/relay", "from! postmaster\@example.test\n");
utime time + 4, time + 4, "$i->{dir}/etc/relay";
run('make', '-s', '-C', $i->{dir});
check($i->{dir}, 1, 'who forges our sender may', qr/^error open relay/m);
rename "$i->{dir}/cdb/domains.cdb", "$i->{dir}/cdb/gone";
check($i->{dir}, 1, 'nobody knows', qr/^error whether this is an open relay could not/m);
rename "$i->{dir}/cdb/gone", "$i->{dir}/cdb/domains.cdb";
$i->down;

# --------------------------------------------------------------------------- DNS
my $host = 'mail.postern-check.net';
run('postern', 'init', "$dir/d", '--domain', 'postern-check.net');
sub dns {
	my ($zone, @re) = @_;
	spew("$dir/zone", $zone);
	my $pid = open2(my $out, my $in, top() . '/t/lib/dnsd', "$dir/zone");
	chomp(my $port = <$out>);
	local $ENV{DNSCACHEIP} = "127.0.0.1:$port";
	my $r = run('postern', 'check', "$dir/d");
	like $r->{out}, $_, "DNS: $_" for @re;
	close $in;
	waitpid $pid, 0;
}
dns("$host A 127.0.0.1\n127.0.0.1 PTR $host\n",
    qr/^ok dns: \Q$host\E has the address 127\.0\.0\.1$/m,
    qr/^(ok|warning) dns: 127\.0\.0\.1 /m);
dns("$host A 192.0.2.1\n192.0.2.1 PTR $host\n",
    qr/^warning dns: \Q$host\E has the address 192\.0\.2\.1, which is not of this/m,
    qr/^ok dns: 192\.0\.2\.1 leads back to \Q$host\E$/m);
dns("$host A 192.0.2.1\n192.0.2.1 PTR dsl.example\n",
    qr/^warning dns: 192\.0\.2\.1 does not lead back to \Q$host\E, but to dsl\.example: .*PTR/m);
my $mx = qr/postern-check\.net/;
dns("postern-check.net MX 10 $host\npostern-check.net MX 5 other.example\n", qr/^ok mx: mail for $mx comes here$/m);
dns("postern-check.net MX 5 other.example\n", qr/^warning mx: mail for $mx goes to other\.example, not to \Q$host\E: /m);
dns("postern-check.net MX 0 .\n", qr/^warning mx: mail for $mx goes to nobody, /m);
dns("postern-check.net A 192.0.2.1\n", qr/^warning mx: $mx has none: publish "$mx\. MX 10 \Q$host\E\."/m);
dns("postern-check.net SERVFAIL\n", qr/^warning mx: the MX records of $mx could not be looked up$/m);
dns("x.test A 127.0.0.1\n", qr/^warning dns: \Q$host\E has no address: publish an A/m);
dns("$host SERVFAIL\n", qr/^warning dns: \Q$host\E could not be looked up/m);
done_testing;
