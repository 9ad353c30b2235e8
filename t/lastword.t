#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# What is said last reaches a client that is in the middle of something, and it
# sees an end, no reset: pop3login, imaplogin, pop3d and smtpd, in the clear and
# inside TLS; and a reply does not wait for the rest of the next command.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Postern::Tls;
use Test::More;

my $dir = scratch;
chmod 0755, $dir;
my @role = as_root ? ('-u', '64003:64003') : ();
my $m = "$dir/Maildir";
mkdir "$m$_" or die for '', '/tmp', '/new', '/cur';
mkdir $_ or die for "$dir/tls", "$dir/queue", "$dir/queue/incoming";
my @smtpd = ('smtpd', '-H', 'mx.test', '-q', "$dir/queue", '-p', 'false');
run('certtool', 'selfsigned', '-o', "$dir/tls/default.pem", '-c', "$dir/ca.pem", 'localhost')->{code} == 0 or die;
engine("$dir/tlsd.sock", as_root ? ('-u', '64004:64004') : ());

sub serving {
	my (@command) = @_;
	my $port = free_port;
	serve('tcplisten', '127.0.0.1', $port, @command);
	wait_port($port) or die 'no server';
	return $port;
}
# says TEXT and far more; how the replies end
sub last_word {
	my ($port, $tls, $text) = @_;
	my $c = client($port);
	$c->tls if $tls;
	$c->{s}->blocking(1);
	$c->send($text . "XXXX\r\n" x 10000);
	my $all = $c->rest;
	return ($all =~ /([^\r\n]*\r\n)\z/ ? $1 : '') . $c->{end};
}

my @bad = ("bad command\r\n" x 20);
my %want = (
	pop3login => [['pop3login', @role, 'false'], @bad, qr/^-ERR no such command.*\r\nclosed$/],
	imaplogin => [['imaplogin', @role, 'false'], @bad, qr/^\* BYE too many bad commands\r\nclosed$/],
	pop3d => [['pop3d', $m], "NOOP\r\n" x 3, qr/^-ERR no such command.*\r\nclosed$/],
	quit => [['pop3d', $m], "QUIT\r\n", qr/^\+OK bye\r\nclosed$/],
);
for my $name (sort keys %want) {
	my ($command, $text, $like) = @{ $want{$name} };
	like(last_word(serving(@$command), 0, $text), $like, "$name in the clear");
	like(last_word(serving('tlswrap', '-s', "$dir/tlsd.sock", @$command), 1, $text), $like, "$name inside TLS");
}
my $holder = client(my $port = serving('pop3d', '-w', 0, $m));
$holder->line;
like(last_word($port, 0, "STAT\r\n"), qr/^-ERR \[IN-USE\].*\r\nclosed$/, 'another session has the maildrop');
$holder->close;
like(last_word(serving(@smtpd), 0, ''), qr/^[45].*\r\nclosed$/, 'smtpd');

# ------------------------------------------------- a command and a part of one
for (['pop3d', ['pop3d', $m], "STAT\r\nLI", "ST\r\n", qr/^\+OK 0 0/],
	['pop3login', ['pop3login', @role, 'false'], "LANG en\r\nCA", "PA\r\n", qr/^\+OK en/],
	['imaplogin', ['imaplogin', @role, 'false'], "a NOOP\r\nb NO", "OP\r\n", qr/^a OK/],
	['smtpd', [@smtpd], "NOOP\r\nNO", "OP\r\n", qr/^2/]) {
	my ($name, $command, $first, $then, $like) = @$_;
	my $c = client(serving(@$command));
	$c->line;
	$c->send($first);
	like($c->line // '', $like, "$name: a reply while a part of the next command is there");
	$c->send($then);
	like($c->line // '', qr/^(\+OK|b OK|2)/, 'and then the next one');
}
done_testing;
