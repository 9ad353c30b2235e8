#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Never an open relay: the tricks of strangers and the allowed routes, through
# smtpd with relaycheck, and through a real Postfix that asks relaycheck.
use strict;
use warnings;
use lib 't/lib';
use MIME::Base64;
use Postern;
use Postern::Beside;
use Postern::Postfix;
use Smtp;
use Test::More;

my $dir = scratch;
chmod 0755, $dir;
my $hash = '$y$j9T$abcdefghijklmnop$abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
my %source = (
	domains => "example.test\n",
	mailboxes => "alice\@example.test:{CRYPT}$hash:1000:1000::/srv/x\n\"a b\"\@example.test:{CRYPT}$hash:1000:1000::/srv/x\n",
	aliases => "info\@example.test: alice\@example.test\naway\@example.test: x\@far.test\n",
	groups => "default smtp=* incoming=*\n",
	relay => "ip 192.0.2.0/24\nip 2001:db8:1::/48\nto partner.test\nto .sub.test\n"
	    . "from vp\@example.test 203.0.113.0/24,!203.0.113.9\n",
);
for my $type (keys %source) {
	my $r = run({ in => $source{$type} }, 'cdbrules', 'compile', $type, "$dir/$type.cdb");
	die $r->{err} if $r->{code};
}
my $q = queue;
my $stranger = '198.51.100.7';

# the code of the reply to RCPT TO:PATH behind MAIL FROM:SENDER from IP
sub rcpt {
	my ($ip, $sender, $path, @more) = @_;
	my $r = run({ env => { PROTO => 'TCP', TCPREMOTEIP => $ip },
	    in => join "\r\n", 'EHLO c.test', "MAIL FROM:$sender", "RCPT TO:$path", 'QUIT', '' },
	    'smtpd', '-H', 'mx.example.test', '-q', $q, '-p', "relaycheck -c $dir", @more);
	my @reply = grep !/^(?:220|221|250-)/, split /\r\n/, $r->{out};
	return 'MAIL ' . substr $reply[1], 0, 3 if $reply[1] !~ /^250/;
	return substr $reply[2] // 'none', 0, 3;
}

# ------------------------------------------------------------- strangers' tricks
my @trick = (
	# percent hack and bang paths
	'bob%far.test@example.test', 'bob%far.test@mx.example.test', 'bob%far.test%example.test@example.test',
	'bob%far.test@[127.0.0.1]', 'far.test!bob@example.test', 'example.test!far.test!bob', 'far.test!bob',
	'bob%far.test', '%far.test@example.test', 'far.test!bob%x@example.test',
	# quoted local-parts
	'"bob@far.test"', '"bob@far.test"@example.test', '"bob%far.test"@example.test', '"bob"@far.test',
	'"far.test!bob"@example.test', '""@far.test', '"\bob@far.test"@example.test', '"alice@example.test"@far.test',
	'"a b"@far.test', '"alice"x@example.test',
	# two at signs, source routes
	'bob@far.test@example.test', 'alice@example.test@far.test', '@example.test:bob@far.test',
	'@example.test,@mx.example.test:bob@far.test', '@far.test:bob@example.test', '@example.test:bob%far.test@example.test',
	'@example.test@far.test', '@@example.test', 'bob@@example.test',
	# literals and names of this host
	'bob@[127.0.0.1]', 'bob@[192.0.2.1]', 'bob@[IPv6:::1]', 'bob@[IPv6:::ffff:192.0.2.1]', 'alice@[127.0.0.1]', 'bob@localhost',
	'alice@localhost', 'bob@127.0.0.1', 'alice@mx.example.test', 'bob@[]', 'bob@', '@far.test', 'bob@[far.test]',
	# dots, case, what is nearly a domain of ours
	'bob@far.test.', 'alice@example.test.', 'alice@.example.test', 'alice@example..test', 'bob@FAR.TEST', 'alice@xexample.test',
	'alice@example.test.far.test', 'alice@example.tes', 'alice@test', 'bob@partner.test.far.test', 'bob@xpartner.test',
	'bob@x.partner.test', 'bob@sub.test', 'bob@.sub.test', 'bob@xsub.test', 'bob@*', 'bob@*.test',
	# look-alikes, and what is no ASCII
	"alice\@ex\xd0\xb0mple.test", "alice\@\xef\xbd\x85xample.test", "alice\@example\xe3\x80\x82test", "alice\@example\xef\xbc\x8etest",
	"alice\xef\xbc\xa0example.test", "bob\@far.test\xe2\x80\x8b", "\xd0\xb0lice\@example.test", "alice\@example.test\xc2\xa0",
	# white space, lists, controls, other syntax
	'bob@far.test, alice@example.test', 'alice@example.test,bob@far.test', 'alice@example.test bob@far.test',
	'alice@example.test;bob@far.test', "bob\@far.test\talice\@example.test", "bob\@far.test\0\@example.test", ' bob@far.test',
	'bob @far.test', 'bob@ far.test', 'bob@far.test(x)@example.test', '(alice@example.test)bob@far.test',
	'|/bin/sh@example.test', '/etc/passwd@example.test', ':include:/etc/passwd', 'bob@far.test#@example.test',
	'alice@example.test><bob@far.test', '<bob@far.test>', 'mailto:bob@far.test', 'SMTP:bob@far.test', '=22bob@far.test=22@example.test',
	'bob@far.test/@example.test', 'bob@far.test?@example.test', 'nobody@example.test', '',
);
my @sender = ('<>', '<spam@far.test>', '<alice@example.test>', '<vp@example.test>', '<postmaster@example.test>',
	'<"alice@example.test"@far.test>', '<x@partner.test>', '<root@localhost>', '<a@[127.0.0.1]>');
for my $i (0 .. $#trick) {
	my ($sender, $path) = ($sender[$i % @sender], $trick[$i]);
	(my $name = "$sender to <$path>") =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;
	like(rcpt($stranger, $sender, "<$path>"), qr/^5/, $name);
	like(rcpt($stranger, "$sender SMTPUTF8", "<$path>"), qr/^5/, "$name, SMTPUTF8") if $path =~ /[\x80-\xff]/;
}
like(rcpt($stranger, $_, '<bob@far.test>'), qr/^5/, "MAIL FROM:$_") for @sender;
for my $path ('bob@far.test', '<bob@far.test', 'bob@far.test>', '<<bob@far.test>>', '"<bob@far.test>"', '<bob@far.test> <alice@example.test>',
	'<alice@example.test> <bob@far.test>', '<bob@far.test> ORCPT=rfc822;alice@example.test', '<bob@far.test> X=alice@example.test') {
	like(rcpt($stranger, '<a@b.test>', $path), qr/^5/, "RCPT TO:$path");
}

# -------------------------------------------------------------- allowed routes
my @route = ([$stranger, '<a@b.test>', 'alice@example.test'], [$stranger, '<>', 'ALICE@Example.TEST'],
	[$stranger, '<a@b.test>', '"alice"@example.test'], [$stranger, '<a@b.test>', '"a b"@example.test'],
	[$stranger, '<a@b.test>', 'info@example.test'], [$stranger, '<a@b.test>', 'away@example.test'],
	[$stranger, '<a@b.test>', '@x.test,@y.test:alice@example.test'],
	[$stranger, '<a@b.test>', 'bob@partner.test'], [$stranger, '<a@b.test>', 'bob@PARTNER.test'],
	[$stranger, '<a@b.test>', 'bob@a.sub.test'], [$stranger, '<a@b.test>', 'bob@b.a.sub.test'],
	['192.0.2.9', '<a@b.test>', 'bob@far.test'], ['192.0.2.255', '<>', 'bob@far.test'], ['2001:db8:1::5', '<a@b.test>', 'bob@far.test'],
	['2001:0DB8:0001:0:0:0:0:5', '<a@b.test>', 'bob@far.test'], ['203.0.113.8', '<vp@example.test>', 'bob@far.test'],
	['203.0.113.8', '<VP@EXAMPLE.test>', 'bob@far.test'], ['::ffff:192.0.2.9', '<a@b.test>', 'bob@far.test']);
is(rcpt($_->[0], $_->[1], "<$_->[2]>"), '250', "$_->[0] $_->[1] to $_->[2]") for @route;

# ------------------------------------ addresses that only look like trusted ones
for my $ip ('192.0.3.9', '192.0.1.255', '192.0.20.9', '::ffff:198.51.100.7', '::ffff:192.0.3.9', '::192.0.2.9', '::ffff:0:192.0.2.9',
	'64:ff9b::192.0.2.9', '2002:c000:209::1', '::ffff:0:0:192.0.2.9', '::', '::1', '0.0.0.0', '127.0.0.1', '10.0.0.1',
	'172.17.0.1', '192.168.0.1', 'fe80::1', '2001:db8:2::5', '2001:db8:10::1', '2001:db8::1', 'fd00::1') {
	is(rcpt($ip, '<a@b.test>', '<bob@far.test>'), '554', "$ip is a stranger");
}
is(rcpt($_, '<vp@example.test>', '<bob@far.test>'), '554', "$_ is not in the sender's list")
    for '203.0.113.9', '203.0.114.8', $stranger, '::ffff:203.0.113.9';
for my $ip ('192.0.2.9.', '192.0.2.09', '192.0.2', '0xc0000209', '3221225993', '192.0.2.9/24', ' 192.0.2.9', 'localhost', '') {
	my $r = run({ env => { PROTO => 'TCP', TCPREMOTEIP => $ip }, in => "EHLO x\r\n" }, 'smtpd', '-H', 'mx.test', '-q', $q,
	    '-p', "relaycheck -c $dir");
	unlike($r->{out}, qr/^220/, "'$ip' is no address: no session");
}
is(scalar queued($q), 0, 'nothing was queued');

# ------------------------------------------------------- Postfix asks relaycheck
SKIP: {
	my $why = beside_has('postfix');
	skip $why, 1 if $why;
	my ($d, $port, $policy) = ("$dir/postfix", free_port, free_port);
	serve('tcpserver', '-HRl0', '127.0.0.1', $policy, 'relaycheck', '-c', $dir);
	wait_port($policy);
	my $postfix = Postern::Postfix->new($d, $port, <<"END");
myhostname = mx.example.test
mynetworks =
relay_domains = example.test
smtpd_authorized_xclient_hosts = 0.0.0.0/0, [::]/0
smtpd_relay_restrictions = check_policy_service inet:127.0.0.1:$policy, reject
smtpd_recipient_restrictions =
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 10000
smtpd_soft_error_limit = 10000
default_transport = discard:
relay_transport = discard:
disable_dns_lookups = yes
END
	my $r = $postfix->up;
	wait_port($port) or skip "Postfix does not start here: $r->{err}", 1;
	my $c = client($port);
	reply($c);
	replies($c, 'EHLO c.test');
	my $ask = sub {
		my ($ip, $sender, $path) = @_;
		$ip = "IPV6:$ip" if $ip =~ /:/;
		replies($c, 'RSET', "XCLIENT ADDR=$ip NAME=[UNAVAILABLE]", 'EHLO c.test');
		my $m = replies($c, "MAIL FROM:$sender");
		return "MAIL $m" if $m ne '250';
		$c->send("RCPT TO:<$path>\r\n");
		return reply($c) // 'end';
	};
	my (@open, @shut);
	for my $path (grep { !/[\0\t\x80-\xff]|^$/ } @trick) {
		my $a = $ask->($stranger, '<spam@far.test>', $path);
		push @open, "$path: $a" if $a !~ /^[45]/;
	}
	is_deeply(\@open, [], 'Postfix: no trick works');
	# Postfix tells of local-parts without their quotes
	for (grep { $_->[0] !~ /ffff|0DB8/ && $_->[2] !~ / / } @route) {
		my $a = $ask->(@$_);
		push @shut, "@$_: $a" if $a !~ /^250/;
	}
	is_deeply(\@shut, [], 'Postfix: every allowed route works');
	like($ask->($stranger, '<a@b.test>', 'bob@far.test'), qr/^554 5\.7\.1 .*relay access denied/, 'with the reason');
	like(slurp("$dir/log"), qr/prog=relaycheck .*event=allow ip=192\.0\.2\.9 .*why="client address: relay line 1: ip 192\.0\.2\.0\/24"/,
	    'and the line that decided in the log');
	$postfix->down;
}
done_testing;
