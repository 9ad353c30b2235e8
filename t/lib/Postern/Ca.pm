# SPDX-License-Identifier: ISC
# A certification authority played by plain openssl: a root, an intermediate
# below it that signs requests, and another one with an RSA key.
package Postern::Ca;
use strict;
use warnings;
use Postern;

my $conf = <<'TEXT';
[ca]
default_ca = here
[here]
dir = .
new_certs_dir = .
database = index
serial = serial
default_md = sha256
default_days = 90
policy = any
copy_extensions = copy
unique_subject = no
email_in_dn = no
[any]
countryName = optional
organizationName = optional
commonName = optional
[req]
distinguished_name = none
[none]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
authorityInfoAccess = caIssuers;URI:http://ca.example.test/issuer.der
[client]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = clientAuth
[encrypt]
basicConstraints = critical,CA:FALSE
keyUsage = critical,keyEncipherment
extendedKeyUsage = serverAuth
TEXT

sub openssl {
	my ($ca, @args) = @_;
	my $r = run({ dir => $ca->{dir} }, 'openssl', @args);
	die "openssl @args: $r->{err}" if $r->{code};
	return $r->{out};
}

# new(DIR): makes it in that folder: root.pem, middle.pem, rsa.pem
sub new {
	my ($class, $dir) = @_;
	my $ca = bless { dir => $dir }, $class;
	mkdir $dir or die "$dir: $!";
	spew("$dir/conf", $conf);
	spew("$dir/serial", "1000\n");
	spew("$dir/index", '');
	for my $name ('root', 'middle', 'rsa') {
		$ca->openssl('genpkey', $name eq 'rsa' ? ('-algorithm', 'RSA')
		    : ('-algorithm', 'EC', '-pkeyopt',
		    'ec_paramgen_curve:P-256'), '-out', "$name.key");
		$ca->openssl('req', '-new', '-config', 'conf', '-key', "$name.key",
		    '-subj', "/O=Test/CN=The $name", '-out', "$name.csr");
	}
	$ca->openssl('ca', '-config', 'conf', '-batch', '-notext', '-selfsign',
	    '-keyfile', 'root.key', '-extensions', 'root', '-days', 3650, '-in',
	    'root.csr', '-out', 'root.pem');
	$ca->sign("$_.csr", "$_.pem", by => 'root', extensions => 'root',
	    days => 1800) for 'middle', 'rsa';
	return $ca;
}

# a time as openssl ca takes it, DAYS from now
sub at {
	my @t = gmtime(time + 86400 * $_[0]);
	return sprintf '%04d%02d%02d%02d%02d%02dZ', $t[5] + 1900, $t[4] + 1,
	    @t[3, 2, 1, 0];
}

# sign(CSR, OUT, by, extensions, from, to (in days), md, name (of the server))
sub sign {
	my ($ca, $csr, $out, %o) = @_;
	my $by = $o{by} // 'middle';
	$ca->openssl('ca', '-config', 'conf', '-batch', '-notext', '-cert',
	    "$by.pem", '-keyfile', "$by.key", '-extensions',
	    $o{extensions} // 'server', '-startdate', at($o{from} // -1), '-enddate',
	    at($o{to} // $o{days} // 90), '-md', $o{md} // 'sha256', '-in', $csr,
	    '-out', $out);
	return "$ca->{dir}/$out";
}

1;
