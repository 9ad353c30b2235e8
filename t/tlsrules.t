#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Who may use TLS and who must: SurgeMail's g_ssl_allow and g_ssl_require as ip
# rules of an instance, asked by curl from four addresses on all five ports.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Instance;

my $i = Postern::Instance->new('alice@example.test');
my $dir = $i->{dir};
my $pw = $Postern::Instance::PASSWORD;
my %address = (off => '127.0.0.2', require => '127.0.0.3',
    allow => '127.0.0.4', others => '127.0.0.5');

# g_ssl_allow "127.0.0.4" is: TLS for that address, for no other;
# g_ssl_require "127.0.0.3" is: no login and no mail of that address in clear
my $rules = join '', map("$_\n",
    '127.0.0.2:allow,TLS="off"',
    '127.0.0.3:allow,TLS="require"',
    '127.0.0.4:allow,TLS="offer"',
    ':allow,TLS="off"');
spew("$dir/etc/ip.$_", $rules) for qw(smtp submission pop3);
my $made = run('make', '-s', '-C', $dir);
is $made->{code}, 0, 'the rules compile' or diag $made->{err};
$i->up;

# curl from the address of WHO to URL; its exit code: 0 done, 35 no TLS
# connection, 56 the server hung up, 64 no TLS where it was asked for, 67 no
# login, 55 or 8 refused on the way
sub curl {
	my ($who, $url, @options) = @_;
	my ($service) = $url =~ m{^(\w+)};
	my $mail = spew("$dir/mail.txt", "From: alice\@example.test\r\n\r\nhello\r\n");
	my @send = $url =~ /^smtp/ ? ('--mail-from', 'alice@example.test',
	    '--mail-rcpt', 'alice@example.test', '-T', $mail) : ();
	return run('curl', '-sS', '--interface',
	    $address{$who}, '--cacert', $i->ca, '--connect-to',
	    '::127.0.0.1:', @send, @options, $url)->{code};
}

sub url { return "$_[0]://localhost:" . $i->port($_[1] // $_[0]) }
my @login = ('-u', "alice\@example.test:$pw");
my @starttls = '--ssl-reqd';

# service and options; then what curl says to each: 1 served, 0 not
my @table = (
	# clear text: everybody but who must use TLS
	['SMTP in clear', 'smtp', 'smtp', [], { off => 1, require => 0, allow => 1, others => 1 }],
	['POP3 in clear', 'pop3', 'pop3', [@login], { off => 1, require => 0, allow => 1, others => 1 }],
	# STARTTLS and STLS: who may
	['SMTP with STARTTLS', 'smtp', 'smtp', [@starttls], { off => 0, require => 1, allow => 1, others => 0 }],
	['POP3 with STLS', 'pop3', 'pop3', [@starttls, @login], { off => 0, require => 1, allow => 1, others => 0 }],
	['submission with STARTTLS', 'smtp', 'submission', [@starttls, @login], { off => 0, require => 1, allow => 1, others => 0 }],
	# TLS on ports of its own: who may
	['POP3S', 'pop3s', 'pop3s', [@login], { off => 0, require => 1, allow => 1, others => 0 }],
	['submissions', 'smtps', 'submissions', [@login], { off => 0, require => 1, allow => 1, others => 0 }],
);
for my $t (@table) {
	my ($name, $scheme, $service, $options, $want) = @$t;
	for my $who (sort keys %$want) {
		my $code = curl($who, url($scheme, $service), @$options);
		is $code == 0 ? 1 : 0, $want->{$who},
		    "$name, $who: " . ($want->{$who} ? 'served' : 'refused')
		    or diag "curl: $code";
	}
}

# a refusal tells why, before a password is sent
for (['smtp', "EHLO x\r\n", qr/^250 /, "MAIL FROM:<a\@b.test>\r\n", qr/^530 5\.7\.0 /],
    ['pop3', '', undef, "USER alice\@example.test\r\n", qr/^-ERR /]) {
	my ($service, $hello, $last, $in, $re) = @$_;
	my $c = bless { buf => '', s => IO::Socket::INET->new(
	    LocalAddr => $address{require}, PeerAddr => '127.0.0.1',
	    PeerPort => $i->port($service)) }, 'Postern::Client';
	$c->line;
	$c->send($hello);
	1 while $last && ($c->line // '250 ') !~ $last;
	$c->send($in);
	like $c->line, $re, "$service in clear where TLS is required: told";
}

done_testing;
