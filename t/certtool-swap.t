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
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = scratch;
chmod 0755, $dir;
my $host = 'mail.example.test';
# certtool judges what it puts back, which takes its time: in the short run most
# swaps are a rename, which is what it ends with
my $each = $ENV{POSTERN_LONG} ? 1 : 10;
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
my $pid = serve('tlsd', '-d', "$dir/tls", '-n', $host, "$dir/sock");
my $end = time + 10;
sleep 0.05 until -S "$dir/sock" || time > $end;
my $listen = serve('tcplisten', '127.0.0.1', $port, 'tlswrap', '-s', "$dir/sock", 'echo',
    'served');
wait_port($port) or die 'tcplisten';

# client FILE: connects until FILE is there; writes a line for each handshake
sub connects {
	my ($out) = @_;
	my $pid = fork // die;
	return $pid if $pid;
	open my $f, '>', $out or POSIX::_exit(1);
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
my ($bad, $start) = (0, time);
for (1 .. $swaps) {
	if ($_ % $each == 0) {
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
is $bad, 0, sprintf '%d swaps in %.1f seconds', $swaps, $seconds;
my %seen;
for (1, 2) {
	$seen{$_}++ for split /\n/, slurp("$dir/client$_");
}
my @failed = grep { !/^(\w+) served$/ || !$known{$1} } keys %seen;
is_deeply \@failed, [], 'every handshake succeeded, with one of the two';
my $all = 0;
$all += $_ for values %seen;
cmp_ok $all, '>', 50, "$all handshakes";
is scalar keys %seen, 2, 'both were served';
stop($listen);
stop($pid);
done_testing;
