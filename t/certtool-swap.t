#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# A certificate is swapped a thousand times while clients connect to a running
# server: every handshake succeeds, with the old certificate or the new one.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::SSL;
use Postern;
use Postern::Ca;
use Postern::Tls;
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = scratch;
chmod 0755, $dir;
my $host = 'mail.example.test';
# certtool judges what it puts back, which takes its time: in the short run most
# swaps are a rename, which is what it ends with
my $each = $ENV{POSTERN_LONG} ? 1 : sanitized ? 50 : 10;
my $swaps = 1000;
my $ca = Postern::Ca->new("$dir/ca");
mkdir "$dir/tls";
my @to = ('--bundle', "tls/$host.pem", '--ca', 'ca/root.pem');
# two bundles with a key each
for my $n (1, 2) {
	run({ dir => $dir }, 'certtool', 'request', '--name', $host, '--key', "$n.key",
	    '--out', "$n.csr");
	$ca->sign("$dir/$n.csr", "$n.pem");
	my $r = run({ dir => $dir }, 'certtool', 'install', @to, '--key', "$n.key",
	    "ca/$n.pem", 'ca/middle.pem');
	is $r->{code}, 0, "bundle $n" or diag $r->{err};
}
my %known = map { lc(run({ dir => $dir }, 'openssl', 'x509', '-noout', '-serial', '-in',
    "ca/$_.pem")->{out} =~ s/.*=|\s//gr) => $_ } 1, 2;
my $port = free_port;
my $pid = engine("$dir/sock", '-n', $host);
my $listen = serve('tcplisten', '127.0.0.1', $port, 'tlswrap', '-s', "$dir/sock", 'echo',
    'served');
wait_port($port) or die 'tcplisten';

# client FILE: connects until FILE is there; writes a line for each handshake
sub connects {
	my ($out) = @_;
	my $pid = fork // die;
	return $pid if $pid;
	open my $f, '>', $out or POSIX::_exit(1);
	$f->autoflush(1);
	until (-e "$dir/stop") {
		my $s = IO::Socket::SSL->new(PeerAddr => '127.0.0.1', PeerPort => $port,
		    SSL_hostname => $host, SSL_verifycn_name => $host,
		    SSL_verifycn_scheme => 'smtp', SSL_ca_file => "$dir/ca/root.pem",
		    SSL_session_cache_size => 0);
		my $serial = $s ? Net::SSLeay::P_ASN1_INTEGER_get_hex(
		    Net::SSLeay::X509_get_serialNumber($s->peer_certificate)) : '';
		my $text = $s ? <$s> // '' : '';
		chomp $text;
		print $f $s ? lc "$serial $text" : "failed $SSL_ERROR", "\n";
		sleep 0.01;
	}
	close $f;
	POSIX::_exit(0);
}
my @clients = map { connects("$dir/client$_") } 1, 2;
# how often each of the two was served, and what else happened, up to now
sub seen {
	my %seen;
	$seen{ /^(\w+) served$/ && $known{$1} || $_ }++
	    for map { -e $_ ? split /\n/, slurp($_) : () } map { "$dir/client$_" } 1, 2;
	return %seen;
}
# a thousand times at least, and until the clients have seen enough of it
sub enough {
	my %seen = seen();
	return ($seen{1} // 0) > 25 && ($seen{2} // 0) > 25;
}
my ($bad, $start, $n) = (0, time, 0);
while ($n < $swaps || $n % 100 || !enough() && time < $start + 120) {
	if (++$n % $each == 0) {
		my $r = run({ dir => $dir }, 'certtool', 'rollback', @to);
		$bad++ if $r->{code};
		next;
	}
	my ($now, $last) = map { "$dir/tls/$host.pem$_" } '', '.last';
	link $last, "$dir/tls/temp" and link $now, "$dir/tls/temp2" or die;
	rename "$dir/tls/temp", $now and rename "$dir/tls/temp2", $last or die;
	sleep 0.005;
}
my $seconds = time - $start;
sleep 1.5; # tlsd looks once a second
spew("$dir/stop", '');
waitpid $_, 0 for @clients;
is $bad, 0, sprintf '%d swaps in %.1f seconds', $n, $seconds;
my %seen = seen();
is_deeply [grep { !/^[12]$/ } keys %seen], [], 'every handshake succeeded, with one of the two';
cmp_ok $seen{$_} // 0, '>', 25, "$_ was served often" for 1, 2;
stop($listen);
stop($pid);
done_testing;
