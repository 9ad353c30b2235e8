#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# relaycheck: transcripts of the policy protocol. Never an open relay.
# Not tested here: a Postfix that asks.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::UNIX;
use Postern;
use Socket;
use Test::More;

my $dir = scratch;
sub compile {
	my ($type, $text) = @_;
	my $r = run({ in => $text }, 'cdbrules', 'compile', $type,
	    "$dir/$type.cdb");
	is $r->{code}, 0, "$type compiles" or diag $r->{err};
}
my $hash = crypt 'x', '$6$rounds=1000$abcdefgh';
compile 'domains', "example.test\nexample.org\nB\xc3\xbccher.example\nxn--strae-oqa.example\n";
compile 'mailboxes', join '', map { "$_:{CRYPT}$hash:1000:1000::/srv/x\n" }
    'alice@example.test', 'bob@example.test', '"a b"@example.test',
    'catch@example.org';
compile 'aliases', <<'END';
info@example.test: alice@example.test, bob@example.test
away@example.test: alice@example.test, someone@example.net
self@example.test: alice@example.test, self@example.test
dead@example.test: nobody@example.test
team@example.test: nobody@example.test, bob@example.test
@example.org: catch@example.org
@xn--bcher-kva.example: alice@example.test
END
compile 'relay', <<'END';
ip 192.0.2.0/24
ip 2001:db8:1::/48
to partner.example
to .sub.example
from boss@example.test
from! ceo@example.test
from vp@example.test 203.0.113.0/24,!203.0.113.9
popauth 15m
END

sub request {
	my (%f) = @_;
	%f = (request => 'smtpd_access_policy', protocol_state => 'RCPT',
	    client_address => '198.51.100.7', sender => 'x@far.example', %f);
	return join('', map { "$_=$f{$_}\n" } sort keys %f) . "\n";
}

# the answers of relaycheck OPTIONS to requests
my ($log, @reason);
sub answers {
	my ($options, @requests) = @_;
	my $r = run({ in => join '', @requests }, 'relaycheck', @$options, '-c',
	    $dir);
	is $r->{code}, 0, 'exit code' or diag $r->{err};
	$log = $r->{err};
	@reason = map { s/^action=(?:OK )?//r } split /\n\n/, $r->{out};
	return map { s/^action=//r =~ s/^OK .*/OK/r } split /\n\n/, $r->{out};
}
my @cases;
sub expect {
	my ($want, $name, %f) = @_;
	push @cases, [$want, $name, request(%f)];
}
my $denied = '554 5.7.1 relay access denied';
my $none = '550 5.1.1 no such mailbox';
my $bad = '550 5.1.3 not an address';

# ------------------------------------------------------------------ addresses here
expect 'OK', $_, recipient => $_ for 'alice@example.test',
    'ALICE@Example.TEST', '"alice"@example.test', 'info@example.test',
    '"a b"@example.test', 'team@example.test', 'anything@example.org', 'postmaster@example.org';
# a domain has one name, in the letters of its people or as the DNS has it; what only looks so is another
expect 'OK', $_, recipient => $_ for "x\@b\xc3\xbccher.example", 'x@XN--bcher-kva.example', "\xc3\xa9\@b\xc3\xbccher.example";
expect $none, $_, recipient => $_ for "x\@stra\xc3\x9fe.example", 'x@xn--strae-oqa.example';
expect '554 5.7.1 relay access denied', $_, recipient => $_ for "x\@B\xc3\x9cCHER.example", "x\@b\xc3\xbccher\xe3\x80\x82example",
    "alice\@\xef\xbd\x85xample.test", "x\@bu\xcc\x88cher.example";
expect $none, $_, recipient => $_ for 'eve@example.test', 'dead@example.test',
    'postmaster', 'Postmaster', 'alice%far.example@example.test',
    '"bob@far.example"@example.test', 'far.example!bob@example.test';

expect '451 4.3.5 the aliases of this address loop', 'an alias of itself, and '
    . 'no mailbox', recipient => 'self@example.test';

# ----------------------------------------------------------- never an open relay
expect $denied, $_, recipient => $_ for 'bob@far.example', 'bob@example.test.far.example',
    '"bob@example.test"@far.example', 'bob%example.test@far.example',
    'alice@xexample.test', 'a@[127.0.0.1]', 'a@[IPv6:::1]', 'a@localhost',
    'bob@sub.example', 'bob@x.partner.example', 'bob@xpartner.example';
expect $bad, $_, recipient => $_ for '', 'alice', '@far.example:alice@example.test',
    '@example.test:bob@far.example', 'alice@example.test.', 'bob@far.example.',
    'bob@far.example@example.test', 'alice@example.test@far.example',
    '<alice@example.test>', 'alice@', '@example.test', ' alice@example.test',
    "a\tb\@far.example", 'alice@example..test', 'bob@far.example,alice@example.test',
    'postmaster ', "alice\0\@example.test" =~ s/\0.//sr . '@@x';
expect $denied, "from $_", recipient => 'bob@far.example', client_address => $_
    for '', 'unknown', '192.0.3.1', '192.0.2.1.', '::ffff:192.0.3.1',
    '2001:db8:2::1', '0.0.0.0', '::', '127.0.0.1', '::1', '192.0.2',
    '[192.0.2.1]', '192.0.2.1/24';
expect $denied, "sender $_", recipient => 'bob@far.example', sender => $_
    for '', 'boss@example.test', 'alice@example.test', 'vp@example.test',
    'ceo@example.test.far.example';
expect $denied, 'a sender outside its list', recipient => 'bob@far.example',
    sender => 'vp@example.test', client_address => '203.0.113.9';
expect $denied, 'no login by another name', recipient => 'bob@far.example',
    sasl_sender => 'alice@example.test', sasl_method => 'plain',
    sasl_username => '';

# --------------------------------------------------------------- who may relay
my @relay = (
    ['logged in', sasl_username => 'alice@example.test'],
    ['ip', client_address => '192.0.2.9'],
    ['ip, v4-mapped', client_address => '::ffff:192.0.2.9'],
    ['ip, IPv6', client_address => '2001:DB8:1:0::7'],
    ['from!', sender => 'CEO@example.test'],
    ['from, in its list', sender => 'vp@example.test',
        client_address => '203.0.113.8'],
);
expect 'OK', $_->[0], recipient => 'bob@far.example', @$_[1 .. $#$_] for @relay;
expect 'OK', "to $_", recipient => $_ for 'x@partner.example',
    'x@PARTNER.example', 'x@a.sub.example', 'x@b.a.sub.example',
    'away@example.test';

# ------------------------------------------------------------ other states, unknown names
expect 'DUNNO', $_, recipient => 'bob@far.example', protocol_state => $_
    for 'CONNECT', 'EHLO', 'MAIL', 'DATA', 'END-OF-MESSAGE', '';
expect $denied, 'names nobody knows', recipient => 'bob@far.example',
    x => 'y=z', 'relay' => 'OK', 'action' => 'OK';

my @got = answers([], map { $_->[2] } @cases);
is $got[$_], $cases[$_][0], $cases[$_][1] for 0 .. $#cases;
is @got, @cases, 'one answer each';
like $log, qr/event=allow ip=192\.0\.2\.9 .* why="client address: relay line 1: ip 192\.0\.2\.0\/24"/,
    'the log names the deciding line';
is((grep /^client address: relay line 1: ip 192\.0\.2\.0\/24$/, @reason) > 0, 1, 'and so does an OK');
like $log, qr/event=deny .*line 8 \(popauth\) counts for nothing/,
    'a rule that is not looked up is named';

# ----------------------------------------------------- -L: there is no way out
@cases = ();
expect '550 5.1.2 no route to far.example: this server delivers local mail only',
    "-L, $_->[0]", recipient => 'bob@far.example', @$_[1 .. $#$_] for @relay;
expect '550 5.1.2 no route to partner.example: this server delivers local mail only',
    '-L, to', recipient => 'x@partner.example';
expect '550 5.1.2 no route to where this address is forwarded to: this server delivers local mail only',
    '-L, an alias away', recipient => 'away@example.test';
expect 'OK', '-L, a mailbox here', recipient => 'alice@example.test';
expect $denied, '-L, a stranger', recipient => 'bob@far.example';
@got = answers(['-L'], map { $_->[2] } @cases);
is $got[$_], $cases[$_][0], $cases[$_][1] for 0 .. $#cases;

# ------------------------------------------------- groups: the right incoming
@cases = ();
compile 'groups', "default incoming=*\nstaff incoming=10.*,!10.9.*\nnone pop=*\n";
spew("$dir/mailboxes.cdb.all", slurp("$dir/mailboxes.cdb"));
compile 'mailboxes', "alice\@example.test:{CRYPT}$hash:1000:1000::/srv/x\n"
    . "bob\@example.test:{CRYPT}$hash:1000:1000::/srv/x::groups=staff\n"
    . "eve\@example.test:{CRYPT}$hash:1000:1000::/srv/x::groups=none\n"
    . "ann\@example.test:{CRYPT}$hash:1000:1000::/srv/x::groups=none,staff\n"
    . "out\@example.test:{CRYPT}$hash:1000:1000::/srv/x::groups=gone\n";
my $barred = '550 5.7.1 this mailbox takes no mail from your address';
for (['alice', '198.51.100.7', 'OK'], ['alice', '', 'OK'], ['bob', '10.1.1.1', 'OK'], ['bob', '10.9.1.1', $barred],
    ['bob', '198.51.100.7', $barred], ['bob', '', $barred], ['bob', '::ffff:10.1.1.1', 'OK'],
    ['bob', '::ffff:0:10.1.1.1', $barred], ['eve', '10.1.1.1', $barred], ['ann', '10.1.1.1', 'OK'],
    ['out', '10.1.1.1', $barred], ['info', '10.1.1.1', 'OK'], ['info', '10.9.1.1', $barred]) {
	expect $_->[2], "$_->[0] from '$_->[1]'", recipient => "$_->[0]\@example.test", client_address => $_->[1];
}
@got = answers([], map { $_->[2] } @cases);
is $got[$_], $cases[$_][0], $cases[$_][1] for 0 .. $#cases;
spew("$dir/groups.cdb", 'junk');
is run({ in => $cases[0][2] }, 'relaycheck', '-c', $dir)->{code}, 111, 'damaged groups: no answer';
unlink "$dir/groups.cdb";
rename "$dir/mailboxes.cdb.all", "$dir/mailboxes.cdb";

# ------------------------------------------------- one request at a time, in pieces
{
	socketpair my $a, my $b, AF_UNIX, SOCK_STREAM, 0 or die;
	my $pid = fork // die;
	if (!$pid) {
		open STDIN, '<&', $b;
		open STDOUT, '>&', $b;
		open STDERR, '>', '/dev/null';
		exec 'relaycheck', '-c', $dir or POSIX::_exit(111);
	}
	close $b;
	my $text = request(recipient => 'alice@example.test');
	for my $try ('byte by byte', 'again') {
		syswrite $a, $_ for split //, $text;
		sysread $a, my $answer, 1000;
		is $answer, "action=OK a mailbox here\n\n", $try;
	}
	compile 'domains', "elsewhere.test\n";
	syswrite $a, $text;
	sysread $a, my $answer, 1000;
	is $answer, "action=$denied\n\n", 'new rules count at once';
	compile 'domains', "example.test\nexample.org\nB\xc3\xbccher.example\nxn--strae-oqa.example\n";
	close $a;
	waitpid $pid, 0;
	is $? >> 8, 0, 'ends with its client';
}

# ----------------------------------------------------- postmaster without a domain
my @bare = map { request(recipient => $_) } 'postmaster', 'POSTMASTER';
compile 'domains', "example.org\nexample.test\n";
is_deeply [answers([], @bare)], ['OK', 'OK'], 'is of the first domain';
compile 'domains', "example.test\nexample.org\nB\xc3\xbccher.example\nxn--strae-oqa.example\n";
my $aliases = slurp("$dir/aliases.cdb");
compile 'aliases', "postmaster: bob\@example.test\n";
is_deeply [answers([], @bare)], ['OK', 'OK'], 'is an alias of that name';
unlink "$dir/aliases.cdb";
is_deeply [answers([], @bare)], [$none, $none], 'is nobody';
spew("$dir/aliases.cdb", $aliases);

# -------------------------------------------------------------------- trouble
# fails TEXT, CODE, NAME: says nothing on stdout
sub fails {
	my ($text, $code, $name, @args) = @_;
	my $r = run({ in => $text }, 'relaycheck', @args ? @args : ('-c', $dir));
	is $r->{code}, $code, "$name: exit code";
	is $r->{out}, '', "$name: no answer";
	isnt $r->{err}, '', "$name: a log line";
}
my $ask = request(recipient => 'alice@example.test');
fails "nonsense\n\n", 111, 'no request';
fails "=x\n\n", 111, 'no name';
fails "a=\0\n\n", 111, 'a NUL';
fails substr($ask, 0, -1), 111, 'cut off';
fails "a=" . 'x' x 20000 . "\n\n", 111, 'too long';
fails "a=b\n" x 100 . "\n", 111, 'too many';
fails "request=junk\n\n", 100, 'another service';
fails "\n", 100, 'an empty request';
fails $ask, 100, 'usage', '-x';
fails $ask, 100, 'arguments', 'x';
fails $ask, 111, 'no folder', '-c', "$dir/none";
is run('relaycheck', '-h')->{code}, 0, '-h';

rename "$dir/relay.cdb", "$dir/relay";
is_deeply [answers([], $ask, request(recipient => 'b@far.example'),
    request(recipient => 'b@far.example', sasl_username => 'alice'))],
    ['OK', $denied, 'OK'], 'without relay rules';
spew("$dir/relay.cdb", 'junk');
fails $ask, 111, 'damaged relay rules';
my $whole = slurp("$dir/relay");
my ($good, $open) = (0, 0);
for my $cut (map { 2048 + int $_ * (length($whole) - 2050) / 30 } 0 .. 30) {
	spew("$dir/relay.cdb", substr $whole, 0, $cut);
	my $r = run({ in => request(recipient => 'b@far.example') },
	    'relaycheck', '-c', $dir);
	$open++ if $r->{out} =~ /OK/;
	$good++ if $r->{code} == 111 || $r->{out} =~ /=(451 4\.3\.0|554)/;
}
is $open, 0, 'relay rules cut off: never OK';
is $good, 31, 'relay rules cut off: temporary, or still denied';
rename "$dir/relay", "$dir/relay.cdb";
unlink "$dir/mailboxes.cdb";
fails $ask, 111, 'no mailboxes';

done_testing;
