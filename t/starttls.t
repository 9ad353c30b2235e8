#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# What is sent ahead of the handshake is never taken for a command inside it
# (CVE-2011-0411): STARTTLS and STLS of an instance with a command behind them,
# in one segment and cut at every byte; what is no handshake; HTTP inside TLS.
use strict;
use warnings;
use Test::More;
use Socket qw(IPPROTO_TCP TCP_NODELAY);
use IO::Socket::SSL ();
use Time::HiRes qw(sleep time);
use lib 't/lib';
use Postern;
use Postern::Instance;

$SIG{PIPE} = 'IGNORE';
my $i = Postern::Instance->new('alice@example.test');
$i->up;
my %hello = (smtp => "EHLO x.test\r\n", submission => "EHLO x.test\r\n", pop3 => '');
my %start = (smtp => 'STARTTLS', submission => 'STARTTLS', pop3 => 'STLS');

# a connection to SERVICE after its greeting and the answer to EHLO
sub greeted {
	my ($service) = @_;
	my $c = client($i->port($service));
	setsockopt $c->{s}, IPPROTO_TCP, TCP_NODELAY, 1;
	$c->line;
	if ($hello{$service}) {
		$c->send($hello{$service});
		1 while ($c->line // '250 ') !~ /^250 /;
	}
	return $c;
}

# TLS on C: what the server says inside it to nothing but PROBE, or undef if
# there is no TLS
sub inside {
	my ($c, $probe) = @_;
	IO::Socket::SSL->start_SSL($c->{s}, SSL_verify_mode => 0, Timeout => 60)
	    or return undef;
	$c->{buf} = '';
	$c->send($probe);
	return $c->rest;
}

# sends TEXT in two segments, the first of CUT bytes
sub in_two {
	my ($c, $text, $cut) = @_;
	$c->send(substr $text, 0, $cut) if $cut;
	sleep 0.01 if $cut && $cut < length $text;
	$c->send(substr $text, $cut);
}

# the control: without anything behind it TLS begins
for my $service (qw(smtp submission pop3)) {
	my $c = greeted($service);
	$c->send("$start{$service}\r\n");
	like $c->line, qr/^(?:220|\+OK)/, "$service: $start{$service}";
	like inside($c, "NOOP\r\nQUIT\r\n"), qr/^(?:250|221|-ERR|\+OK|554)/,
	    "$service: TLS begins";
}

# ---- a command behind it
my %behind = (smtp => ["\r\nRSET\r\n", "\nRSET\n", "\r\nNOOP\r\n"],
    submission => ["\r\nRSET\r\n"], pop3 => ["\r\nCAPA\r\n", "\nCAPA\n", "\r\nNOOP\r\n"]);
for my $service (sort keys %behind) {
	for my $rest (@{ $behind{$service} }) {
		my $text = $start{$service} . $rest;
		my (@tls, @clear);
		for my $cut (0 .. length($text) - 1) {
			my $c = greeted($service);
			in_two($c, $text, $cut);
			my $said = $c->line // '';
			# two answers in clear are one too many
			push @clear, $cut if $said =~ /^(?:220|\+OK)/ &&
			    $c->{buf} ne '';
			push @tls, $cut if $said =~ /^(?:220|\+OK)/ &&
			    defined inside($c, "QUIT\r\n");
		}
		(my $name = $text) =~ s/\r/\\r/g;
		$name =~ s/\n/\\n/g;
		is "@tls", '', "$service: $name, cut anywhere: no TLS";
		is "@clear", '', "$service: $name, cut anywhere: nothing more in clear";
	}
}

# ---- what is no handshake
for my $service (qw(smtp pop3)) {
	for my $garbage ("GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01" . "\xff" x 600,
	    "\0" x 300, "USER alice\@example.test\r\n") {
		my $c = greeted($service);
		$c->send("$start{$service}\r\n");
		$c->line;
		$c->send($garbage);
		unlike $c->rest, qr/[a-z]{3}|\+OK|-ERR|\d{3} /i,
		    "$service: no handshake: no answer in clear";
	}
}
for my $service (qw(pop3s submissions)) {
	my $c = client($i->port($service));
	$c->send("EHLO x\r\nCAPA\r\nQUIT\r\n");
	unlike $c->rest, qr/250|\+OK|220|-ERR/,
	    "$service: clear text is not answered in clear";
}

# ---- another protocol inside TLS (ALPACA)
my $http = "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n" .
    "QUIT\r\nUSER alice\@example.test\r\n<script>alert(1)</script>\r\nCAPA\r\n";
for my $service (qw(pop3s submissions)) {
	my @tls = (PeerAddr => '127.0.0.1:' . $i->port($service),
	    SSL_verify_mode => 0, SSL_hostname => 'localhost');
	my $s = IO::Socket::SSL->new(@tls) or die;
	my $c = bless { s => $s, buf => '' }, 'Postern::Client';
	my $said = $c->line // ''; # who speaks before it hears that alone
	$c->send($http);
	$said .= $c->rest;
	unlike $said, qr/script|alice/, "$service: HTTP inside TLS: nothing is repeated";
	is scalar(() = $said =~ /^(?:-ERR|\+OK|[2-5]\d\d)/mg), 2,
	    "$service: HTTP inside TLS ends at its first line" or diag $said;
	for my $alpn (['http/1.1'], ['h2', 'http/1.1'], ['imap']) {
		ok !IO::Socket::SSL->new(@tls, SSL_alpn_protocols => $alpn),
		    "$service: ALPN @$alpn is refused";
		like $IO::Socket::SSL::SSL_ERROR, qr/no application protocol/i,
		    "$service: with the right alert";
	}
	my $mine = $service eq 'pop3s' ? 'pop3' : 'smtp';
	$s = IO::Socket::SSL->new(@tls, SSL_alpn_protocols => ['h2', $mine]);
	is $s && $s->alpn_selected, $mine, "$service: its own name is taken";
}

done_testing;
