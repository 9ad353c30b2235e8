#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# tlswrap -l: the engine knows nothing of a connection that stays in clear, and
# TLS starts as ever on one that asks for it; what becomes of it when the engine
# ends, before and in the handshake; an engine without the second socket.
use strict;
use warnings;
use Test::More;
use IO::Socket::SSL ();
use IO::Socket::UNIX ();
use lib 't/lib';
use Postern;
use Postern::Tls;

certificate('localhost');
mkdir scratch . '/queue';
mkdir scratch . '/queue/incoming';
my $host = scratch . '/cdb';
mkdir $host;
spew("$host/$_", '') for qw(domains users aliases relay groups);
run({ in => '' }, 'cdbrules', 'compile', $_, "$host/$_.cdb")
    for qw(mailboxes aliases relay groups);
run({ in => "example.test\n" }, 'cdbrules', 'compile', 'domains', "$host/domains.cdb");
my @smtpd = ('smtpd', '-H', 'localhost', '-q', scratch . '/queue', '-p', "relaycheck -c $host");
my @pop = ('pop3login', (as_root ? ('-u', '12345:12345') : ()), 'false');
$SIG{PIPE} = 'IGNORE';
my $sock = scratch . '/tlsd.sock';
my @engine = ('-n', 'localhost', '-c', 1, '-w', 1);

my %port;

# A connection to SERVICE after its greeting and the answer to EHLO.
sub greeted {
	my ($service) = @_;
	my $c = client($port{$service});
	$c->line;
	return $c if $service eq 'pop3';
	$c->send("EHLO x.test\r\n");
	1 while ($c->line // '250 ') !~ /^250 /;
	return $c;
}

# 1 if TLS starts on C; 0 the connection ends; undef neither
sub starts {
	my ($c, $command) = @_;
	$c->send("$command\r\n");
	my $said = $c->line // return undef;
	return undef unless $said =~ /^(?:220|\+OK)/;
	return IO::Socket::SSL->start_SSL($c->{s}, SSL_verify_mode => 0, Timeout => 60)
	    ? 1 : 0;
}

for my $how ({}, { POSTERN_EXEC => 1 }) {
	my $name = %$how ? 'executed' : 'called';
	# room for one connection
	my $tlsd = engine($sock, @engine);
	my @server;
	for ([smtp => @smtpd], [pop3 => @pop]) {
		my ($service, @next) = @$_;
		$port{$service} = free_port;
		push @server, serve($how, 'tcplisten', '127.0.0.1', $port{$service},
		    'tlswrap', '-n', '-l', '-p', $service, '-s', $sock, @next);
		wait_port($port{$service});
	}
	for my $service (qw(smtp pop3)) {
		my $command = $service eq 'smtp' ? 'STARTTLS' : 'STLS';
		my @clear = map { greeted($service) } 1 .. 3;
		my $c = greeted($service);
		is starts($c, $command), 1,
		    "$service, $name: TLS starts, and those in clear take no room";
		undef $c;
		undef @clear;

		my $old = greeted($service);
		stop($tlsd);
		$tlsd = engine($sock, @engine);
		isnt starts($old, $command), 1, "$service, $name: not by another engine";
		is starts(greeted($service), $command), 1, 'which has the next one';

		# killed in the handshake
		my $cut = greeted($service);
		$cut->send("$command\r\n");
		$cut->line;
		kill 'KILL', workers($tlsd), $tlsd;
		ok $cut->ended, "$service, $name: an engine that dies in the handshake ends the connection";
		stop($tlsd);
		# a worker may hold the socket for a moment more than its master
		wait_for(sub { !IO::Socket::UNIX->new(Peer => $sock) });
		$tlsd = engine($sock, @engine);

		unlink "$sock.late";
		is starts(greeted($service), $command), 1,
		    "$service, $name: without the second socket by the first";
		stop($tlsd);
		$tlsd = engine($sock, @engine);
	}
	stop($_) for @server, $tlsd;
}
done_testing;
