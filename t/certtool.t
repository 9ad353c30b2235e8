#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# certtool: what it makes (judged by openssl), where it puts it, what it refuses.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Test::More;

my $dir = scratch;
sub certtool { return run({ dir => $dir }, 'certtool', @_) }
sub mode { return (stat "$dir/$_[0]")[2] & 07777 }

umask 0;
my $r = certtool('selfsigned', 'mail.example.test', '*.example.test', 'localhost');
is($r->{code}, 0, 'selfsigned') or diag $r->{err};
is(mode('mail.example.test.pem'), 0600, 'the bundle is its owner\'s');
is(mode('ca.pem'), 0644, 'ca.pem is for everybody');
my $bundle = slurp("$dir/mail.example.test.pem");
like($bundle, qr/^-----BEGIN PRIVATE KEY-----.*-----BEGIN CERTIFICATE-----/s,
    'key, then leaf');
unlike(slurp("$dir/ca.pem"), qr/PRIVATE/, 'no key in ca.pem');
is_deeply([grep { !/^run/ } map { s{.*/}{}r } glob "$dir/*"],
    ['ca.pem', 'mail.example.test.pem'], 'and no other file');

for my $host ('mail.example.test', 'x.example.test', 'localhost') {
	my $v = run({ dir => $dir }, 'openssl', 'verify', '-CAfile', 'ca.pem',
	    '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', $host,
	    'mail.example.test.pem');
	is($v->{code}, 0, "openssl verifies it for $host") or diag $v->{err};
}
isnt(run({ dir => $dir }, 'openssl', 'verify', '-CAfile', 'ca.pem',
    '-verify_hostname', 'other.test', 'ca.pem')->{code}, 0, 'but not for others');
my $text = run({ dir => $dir }, 'openssl', 'x509', '-noout', '-text', '-in',
    'mail.example.test.pem')->{out};
like($text, qr/NIST CURVE: P-256/, 'P-256');
like($text, qr/CA:FALSE/, 'it signs no others');
is(run({ dir => $dir }, 'openssl', 'pkey', '-pubout', '-in',
    'mail.example.test.pem')->{out}, run({ dir => $dir }, 'openssl', 'x509',
    '-noout', '-pubkey', '-in', 'ca.pem')->{out}, 'the key fits');

# never overwrites, unless told to
$r = certtool('selfsigned', 'mail.example.test');
is($r->{code}, 100, 'a file that is there: 100');
like($r->{err}, qr/mail.example.test.pem is there already; -f/, 'says how');
is(slurp("$dir/mail.example.test.pem"), $bundle, 'and is unchanged');
$r = certtool('selfsigned', '-o', 'other.pem', 'other.test');
is($r->{code}, 100, 'ca.pem that is there: 100');
ok(!-e "$dir/other.pem", 'and nothing is half done');
symlink 'ca.pem', "$dir/link.pem";
is(certtool('selfsigned', '-c', 'new-ca.pem', '-o', 'link.pem', 'l.test')->{code},
    100, 'a symbolic link is there too');
is(certtool('selfsigned', '-f', '-d', 2, 'mail.example.test')->{code}, 0, '-f');
isnt(slurp("$dir/mail.example.test.pem"), $bundle, '-f overwrites');
is(mode('mail.example.test.pem'), 0600, 'mode still right');
is(run({ dir => $dir }, 'openssl', 'x509', '-noout', '-in', 'ca.pem',
    '-checkend', 86400)->{code}, 0, '-d 2: good tomorrow');
isnt(run({ dir => $dir }, 'openssl', 'x509', '-noout', '-in', 'ca.pem',
    '-checkend', 3 * 86400)->{code}, 0, '-d 2: not in three days');
is(certtool('selfsigned', '-c', 'c.pem', '-o', "o.pem", 'a' x 60 . '.'
    . 'b' x 60 . '.test')->{code}, 0, 'a name longer than a subject may be');

is(certtool('selfsigned', '-o', 'none/x.pem', '-c', 'y.pem', 'a.test')->{code},
    111, 'no such folder: 111');
for ('', '.', '../x', 'a b', "a\nb", '-x.test', 'a..test', 'a/b', '*', '*.', '*.test',
    'a.*.test', 'x' x 64 . '.test') {
	is(certtool('selfsigned', '-f', '--', $_)->{code}, 100,
	    "refused: '" . s/\n/\\n/r . "'");
}
for ([], ['nothing'], ['selfsigned'], ['selfsigned', '-d', 0, 'a.test'],
    ['selfsigned', '-q', 'a.test']) {
	is(certtool(@$_)->{code}, 100, "certtool @$_: 100");
}
like(certtool('-h')->{out}, qr/^usage: certtool VERB/, '-h');
like(certtool('selfsigned', '-h')->{out}, qr/^usage: certtool/, '-h');
done_testing;
