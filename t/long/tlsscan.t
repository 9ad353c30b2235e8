#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# testssl.sh and sslscan at every TLS port of an instance, implicit and by
# STARTTLS: nothing to complain about but that the certificate is self-signed.
use strict;
use warnings;
use Test::More;
use JSON::PP ();
use lib 't/lib';
use Postern;
use Postern::Instance;

plan skip_all => 'takes minutes; make test-long' unless $ENV{POSTERN_LONG};
for my $need (qw(testssl sslscan)) {
	plan skip_all => "$need is missing" if run('which', $need)->{code};
}

my $i = Postern::Instance->new('alice@example.test');
$i->up;

# what is said of a certificate that no public CA made, or of the tool itself
# (which hangs up before a ticket of TLS 1.3 can come: t/tlswrap.t resumes)
my %excused = map { $_ => 1 } qw(cert_chain_of_trust cert_validityPeriod
    cert_revocation DNS_CAArecord engine_problem service
    sessionresumption_ticket);

for (['pop3s'], ['submissions'], ['smtp', 'smtp'], ['submission', 'smtp'],
    ['pop3', 'pop3']) {
	my ($service, $starttls) = @$_;
	my $name = $service . ($starttls ? ' by STARTTLS' : '');
	my $json = scratch . "/$service.json";
	my $r = run({ seconds => 400 }, 'testssl', '--quiet', '--color', '0',
	    '--warnings', 'off', '--jsonfile', $json, '--ip', '127.0.0.1',
	    $starttls ? ('-t', $starttls) : (), 'localhost:' . $i->port($service));
	my $found = -e $json ? JSON::PP::decode_json(slurp($json)) : [];
	my @bad = grep { $_->{severity} !~ /^(?:OK|INFO|DEBUG)$/ &&
	    !$excused{ $_->{id} } } @$found;
	cmp_ok scalar(@$found), '>', 60, "testssl.sh, $name: it looked"
	    or diag substr $r->{out}, -2000;
	is_deeply [map "$_->{severity} $_->{id} $_->{finding}", @bad], [],
	    "testssl.sh, $name: no complaint";
	ok scalar(grep { $_->{id} eq 'cert_chain_of_trust' &&
	    $_->{severity} eq 'CRITICAL' } @$found),
	    "testssl.sh, $name: it does complain of what deserves it";

	$r = run({ seconds => 60 }, 'sslscan', '--no-colour',
	    $starttls ? "--starttls-$starttls" : (), '127.0.0.1:' . $i->port($service));
	my %on = $r->{out} =~ /^((?:SSL|TLS)v\S+)\s+(enabled|disabled)/mg;
	is_deeply [sort grep { $on{$_} eq 'enabled' } keys %on],
	    ['TLSv1.2', 'TLSv1.3'], "sslscan, $name: the versions";
	my @ciphers = $r->{out} =~ /^(?:Accepted|Preferred)\s+TLS\S+\s+\S+ bits\s+(\S+)/mg;
	cmp_ok scalar(@ciphers), '>', 3, "sslscan, $name: ciphers are found";
	is_deeply [grep !/^TLS_(?:AES|CHACHA20)|^ECDHE-\S+-(?:GCM-SHA|CHACHA20-POLY)/,
	    @ciphers], [], "sslscan, $name: all of them good";
	unlike $r->{out}, qr/(?<!not )vulnerable|insecure|compression enabled/i,
	    "sslscan, $name: no heartbleed, renegotiation or compression";
}

done_testing;
