#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Certificates of clients (tlswrap -v, tlsd -a): who is believed, and that
# nothing is told of anybody else, whatever is in his name.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Postern::Tls;
use Test::More;
use IO::Socket::SSL ();
use IO::Socket::SSL::Utils;
use Time::HiRes qw(sleep time);

$SIG{PIPE} = 'IGNORE';
my $dir = scratch;
my $sock = "$dir/tlsd.sock";
certificate('a.test');
certificate('b.test');

# identity(NAME, issuer's NAME or undef, OPTION...): a certificate and its key
my (%cert, %key);
sub identity {
	my ($name, $by, %o) = @_;
	($cert{$name}, $key{$name}) = CERT_create(subject => { commonName => $name },
	    digest => 'sha256', key => KEY_create_ec(),
	    ($by ? (issuer_cert => $cert{$by}, issuer_key => $key{$by}) : ()), %o);
	spew("$dir/$name.pem", PEM_cert2string($cert{$name}), PEM_key2string($key{$name}));
}

# the same with any bytes as its common name
sub strange {
	my ($file, $by, $bytes) = @_;
	identity('tmp', $by, purpose => 'client');
	my $x = $cert{tmp};
	my $n = Net::SSLeay::X509_get_subject_name($x);
	Net::SSLeay::X509_NAME_add_entry_by_txt($n, 'OU', 12, $bytes) or die;
	Net::SSLeay::X509_sign($x, $key{$by}, Net::SSLeay::EVP_get_digestbyname('sha256')) or die;
	spew("$dir/$file.pem", PEM_cert2string($x), PEM_key2string($key{tmp}));
}

identity('ca', undef, CA => 1);
identity('other', undef, CA => 1);
identity('alice', 'ca', purpose => 'client', serial => 0x1234);
identity('server', 'ca', purpose => 'server');
identity('late', 'ca', purpose => 'client', not_before => time - 200000, not_after => time - 100000);
identity('stranger', 'other', purpose => 'client');
identity('alone', undef, purpose => 'client');
spew("$dir/clients.pem", PEM_cert2string($cert{ca}));

my $engine = engine($sock, '-n', 'a.test', '-w', 1, '-a', "$dir/clients.pem");
my %port;
for ('none', 'ask', 'need') {
	(undef, $port{$_}) = listener('env', 'SSL_CLIENT_S_DN=CN=boss', 'SSL_CLIENT_VERIFY=SUCCESS',
	    'tlswrap', ($_ eq 'none' ? () : ('-v', $_)), '-p', 'pop3', '-s', $sock, 'env');
}

# the variables that say something of a client
sub told {
	my ($level, $who, @options) = @_;
	my $r = s_client($port{$level}, '', defined $who ? ('-cert', "$dir/$who.pem", '-key', "$dir/$who.pem")
	    : (), @options);
	return undef if $r->{out} !~ /^SSL_PROTOCOL=/m;
	return join '|', sort $r->{out} =~ /^((?:SSL_CLIENT|SSL_PEER|RELAY|LD_)\S*=.*?)\r?$/mg;
}

my $hash = Net::SSLeay::X509_get_fingerprint($cert{alice}, 'sha256') =~ s/://gr;
my $alice = 'SSL_CLIENT_I_DN=CN=ca|SSL_CLIENT_M_SERIAL=1234|SSL_CLIENT_S_DN=CN=alice|'
    . 'SSL_CLIENT_VERIFY=SUCCESS|SSL_PEER_CERT_HASH=SHA256:' . lc $hash;
for my $v ('-tls1_2', '-tls1_3') {
	is(told('none', 'alice', $v), '', "$v: not asked: nothing is told");
	for my $level ('ask', 'need') {
		is(told($level, 'alice', $v), $alice, "$level: who is known is told");
		is(told($level, 'alice', $v, '-servername', 'b.test'), $alice, 'under each name of ours');
		my $without = $level eq 'ask' ? '' : undef;
		is(told($level, $_, $v), $without, "$level: " . ($_ // 'nobody') . ' is not')
		    for undef, 'stranger', 'alone', 'late', 'server';
	}
}
ok(logged(qr/event=tls .* client="?CN=alice"?$/m), 'in the log');
ok(logged(qr/event=tls .* clientrefused="self-signed certificate"$/m), 'who is refused too');
ok(logged(qr/event=failed .*reason="the client has no certificate, and one is required"/), 'nobody');
ok(logged(qr/event=failed .*reason="the client's certificate is no good: $_"/), $_)
    for 'certificate has expired', 'unable to get local issuer certificate',
    'self-signed certificate', 'unsuitable certificate purpose';

# ---- what may be in a name
for (["x\0RELAYCLIENT=\0", 'a NUL'], ["x\nRELAYCLIENT=1", 'a line end'], ["\x1b[2J\x7f", 'an escape'],
    ["=,+\"\\<>;#", 'signs of names'], ["\xc3\xa4\xc3\xb6", 'UTF-8'], ['y' x 3000, 'too much'],
    ["x\r\nLD_PRELOAD=/evil", 'CR LF'])
{
	my ($bytes, $what) = @$_;
	strange('strange', 'ca', $bytes);
	my $t = told('ask', 'strange');
	like($t, qr/^SSL_CLIENT_I_DN=CN=ca\|SSL_CLIENT_M_SERIAL=[0-9A-F]+\|(?#
	    )(?:SSL_CLIENT_S_DN=[^\x00-\x1f\x7f|]*CN=tmp[^\x00-\x1f\x7f|]*\|)?(?#
	    )SSL_CLIENT_VERIFY=SUCCESS\|SSL_PEER_CERT_HASH=SHA256:[0-9a-f]{64}$/, "$what: no more than a name");
}
unlike(slurp("$dir/log"), qr/[\x00-\x09\x0b-\x1f\x7f]/, 'nor is there a control character in the log');

# ---- tickets keep what was verified, and are good for nothing else
for my $v ('-tls1_2', '-tls1_3') {
	unlink "$dir/sess";
	is(told('ask', 'alice', $v, '-sess_out', "$dir/sess"), $alice, "$v: a session");
	my $before = () = slurp("$dir/log") =~ /resumed=yes/g;
	is(told('ask', 'alice', $v, '-sess_in', "$dir/sess"), $alice, 'resumed: the same client');
	ok(wait_for(sub { $before + 1 == (() = slurp("$dir/log") =~ /resumed=yes/g) }), 'resumed it is');
	is(told($_, undef, $v, '-sess_in', "$dir/sess"), $_ eq 'need' ? undef : '', "not where $_")
	    for 'need', 'none';
}

# ---- without a CA file nobody can be verified
stop($engine);
$engine = engine($sock, '-n', 'a.test', '-w', 1);
is(told('ask', 'alice'), undef, 'no CA file: no handshake');
ok(logged(qr/reason="no CA file to verify clients by \(tlsd -a\)"/), 'which is logged');
is(told('none', 'alice'), '', 'others are served');
is(run('tlsd', '-d', "$dir/tls", '-n', 'a.test', '-a', "$dir/none", "$dir/x")->{code}, 111, 'no such file: 111');
spew("$dir/bad.pem", "nothing\n");
is(run('tlsd', '-d', "$dir/tls", '-n', 'a.test', '-a', "$dir/bad.pem", "$dir/x")->{code}, 100,
    'nothing in it: 100');
is(run('tlswrap', '-v', 'maybe', 'true')->{code}, 100, '-v maybe: 100');

# ---- an engine of its own
{
	local %ENV = (%ENV, TLSDIR => "$dir/tls", TLSNAME => 'a.test', CAFILE => "$dir/clients.pem");
	(undef, $port{one}) = listener('tlswrap', '-v', 'need', 'env');
	is(told('one', 'alice'), $alice, 'alone: alice');
	is(told('one', 'stranger'), undef, 'and no stranger');
}
done_testing;
