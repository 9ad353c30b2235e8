#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# postern explain for SMTP: what refuses, and by which rule, without a server.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Instance;

my $i = Postern::Instance->new('alice@example.test', 'bob@example.test');
my $dir = $i->{dir};
for my $rule (['relay', "ip 192.0.2.0/24\nto partner.test\n"], ['ip.smtp', ":allow,TLS=\"offer\"\n10.:allow,TLS=\"require\"\n"
    . "11.:deny\n12.:allow,TLS=\"off\"\n"], ['ip.submission', ":allow\n12.:allow,TLS=\"off\"\n"],
    ['groups', "default pop=* imap=* smtp=*,!203.0.113.0/24 incoming=*,!203.0.113.0/24\n"]) {
	is($i->rules(@$rule)->{code}, 0, "$rule->[0] compiled");
}
my $users = slurp("$dir/etc/users") =~ s/^(alice.*?)$/$1 from=sales\@example.test quota=1M/mr;
is($i->rules('users', $users)->{code}, 0, 'users compiled');

sub told {
	my ($service, $ip, @more) = @_;
	my $r = run('postern', 'explain', $dir, '--service', $service, '--ip', $ip, @more);
	return ($r->{code}, $r->{out}, $r->{err});
}
# CODE, what the last line is like, SERVICE, IP, OPTION...
my @alice = ('--user', 'alice@example.test', '--tls');
for (
    [0, qr/^recipient: ok: OK a mailbox here$/, 'smtp', '198.51.100.7', '--to', 'alice@example.test'],
    [0, qr/^recipient: ok: OK a mailbox here$/, 'smtp', '198.51.100.7', '--to', 'alice@example.test', '--from', 'x@y.test'],
    [1, qr/^recipient: refused: 550 5\.1\.1 /, 'smtp', '198.51.100.7', '--to', 'nobody@example.test'],
    [1, qr/^recipient: refused: 554 5\.7\.1 /, 'smtp', '198.51.100.7', '--to', 'x@far.test'],
    [1, qr/^recipient: refused: 550 5\.7\.1 /, 'smtp', '203.0.113.7', '--to', 'alice@example.test'],
    [0, qr/^recipient: ok: OK client address: relay line /, 'smtp', '192.0.2.1', '--to', 'x@far.test'],
    [1, qr/^client: refused: /, 'smtp', '11.1.1.1', '--to', 'alice@example.test'],
    [1, qr/^TLS: refused: 530 /, 'smtp', '10.1.1.1', '--to', 'alice@example.test'],
    [0, qr/^recipient: ok: /, 'smtp', '10.1.1.1', '--to', 'alice@example.test', '--tls'],
    [1, qr/^login: refused: 530 /, 'submission', '198.51.100.7', '--tls', '--to', 'alice@example.test'],
    [1, qr/^TLS: refused: 538 /, 'submission', '198.51.100.7', '--user', 'alice@example.test'],
    [0, qr/^login: ok: /, 'submission', '12.1.1.1', '--user', 'alice@example.test'],
    [0, qr/^login: ok: /, 'submissions', '198.51.100.7', '--user', 'Alice@example.test'],
    [1, qr/^login: refused: there is no such user$/, 'submission', '198.51.100.7', '--tls', '--user', 'eve@example.test'],
    [1, qr/^login: refused: no group/, 'submission', '203.0.113.7', @alice],
    [0, qr/^sender: ok: the user's own address$/, 'submission', '198.51.100.7', @alice, '--from', 'ALICE@example.test'],
    [0, qr/^sender: ok: from=sales\@example\.test$/, 'submission', '198.51.100.7', @alice, '--from', 'sales@example.test'],
    [1, qr/^sender: refused: 553 /, 'submission', '198.51.100.7', @alice, '--from', 'bob@example.test'],
    [1, qr/^sender: refused: 553 5\.1\.7/, 'smtp', '198.51.100.7', '--from', 'x'],
    [0, qr/^recipient: ok: /, 'submission', '198.51.100.7', @alice, '--from', 'alice@example.test', '--to', 'bob@example.test'],
) {
	my ($code, $like, @args) = @$_;
	my ($got, $out, $err) = told(@args);
	is($got, $code, "explain @args: exit code") or diag "$out$err";
	like((split /\n/, $out)[-1], $like, 'and why');
}
my ($code, $out, $err) = told('smtp', '192.0.2.1', '--to', 'x@far.test');
like($out, qr/\Aallow\nTLS=offer\n# line 1: :allow,TLS="offer"\nTLS: ok: not needed\nlogin: ok: none\nrecipient: /,
    'every step is told');
like($err, qr/rule="local mailboxes" decided=no.*rule=login decided=no.*rule="client address" decided=yes.*relay line 1: ip 192\.0\.2\.0\/24/s,
    'and each rule that was asked, to the line that decided');
# as queued notes it, by a hash of the address (lib/fullbox)
spew("$dir/queue/full/1b2f6813d8580b77", '');
like((told('smtp', '192.0.2.1', '--to', 'alice@example.test'))[1], qr/^recipient: refused: 452 4\.2\.2 /m, 'the mailbox is full');
is((told('pop3', '192.0.2.1', '--to', 'x'))[0], 100, 'POP3 has no recipients');
is((told('smtp', $_->[1]))[0], $_->[0], "the client alone, $_->[1]: exit code") for [0, '192.0.2.1'], [1, '11.1.1.1'];
spew("$dir/etc/ip.pop3", '192.0.2.1:allow');
is(run('make', '-s', '-C', $dir)->{code}, 0, 'rules without a default');
is((told('pop3', $_->[1]))[0], $_->[0], "the client alone, POP3, $_->[1]: exit code") for [0, '192.0.2.1'], [1, '192.0.2.2'];
is((told('submissions', '192.0.2.1'))[1] =~ /TLS: /, '', 'the client alone: the ip rules alone');
done_testing;
