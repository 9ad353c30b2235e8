#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# certtool request: keys that nobody else can read and that are never
# overwritten, requests that openssl and GnuTLS verify, questions on a terminal.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Postern::Terminal;
use Test::More;

my $dir = scratch;
sub certtool { return run({ dir => $dir }, 'certtool', @_) }
sub mode { return (stat "$dir/$_[0]")[2] & 07777 }
sub openssl { return run({ dir => $dir }, 'openssl', @_) }

umask 0;
my %kind = (ecdsa => qr/NIST CURVE: P-256/, ed25519 => qr/ED25519/,
    rsa2048 => qr/\(2048 bit\)/, rsa3072 => qr/\(3072 bit\)/);
$kind{rsa4096} = qr/\(4096 bit\)/ if !sanitized;
for my $type (sort keys %kind) {
	my $r = certtool('request', '--name', "$type.example.test", '--name',
	    '*.Example.TEST', '--type', $type);
	is $r->{code}, 0, "$type" or diag $r->{err};
	is mode("$type.example.test.key"), 0600, 'the key is its owner\'s';
	is openssl('req', '-verify', '-noout', '-in', 'request.pem')->{code}, 0,
	    'openssl verifies the request';
	my $text = openssl('req', '-noout', '-text', '-in', 'request.pem')->{out};
	like $text, $kind{$type}, 'the kind of key';
	like $text, qr/DNS:$type\.example\.test, DNS:\*\.example\.test$/m, 'names';
	like run({ dir => $dir }, '/usr/bin/certtool', '--crq-info', '--infile',
	    'request.pem')->{out}, qr/Self signature: verified/,
	    'GnuTLS verifies it';
	is openssl('pkey', '-pubout', '-in', "$type.example.test.key")->{out},
	    openssl('req', '-noout', '-pubkey', '-in', 'request.pem')->{out},
	    'it is for that key';
	like $r->{out}, qr/^  certtool install --key \Q$type\E/m,
	    'what to do next is told';
	my $pem = slurp("$dir/request.pem");
	like $r->{out}, qr/^\Q$pem\E/m, 'with the PEM';
	unlike $r->{out} . $r->{err}, qr/PRIVATE/, 'and not with the key';
}

# never overwritten
my $key = slurp("$dir/ecdsa.example.test.key");
my $r = certtool('request', '--name', 'ecdsa.example.test');
is $r->{code}, 100, 'a key that is there: refused';
like $r->{err}, qr/ecdsa.example.test.key is there already.*--reuse/, 'says how';
symlink 'nowhere', "$dir/link.test.key";
is certtool('request', '--name', 'link.test')->{code}, 100, 'a link is there too';
is slurp("$dir/ecdsa.example.test.key"), $key, 'and is unchanged';
$r = certtool('request', '--name', 'ecdsa.example.test', '--reuse', '--out',
    'again.pem', '--subject', 'C=NL', '--subject', 'O=Exämple');
is $r->{code}, 0, '--reuse' or diag $r->{err};
is slurp("$dir/ecdsa.example.test.key"), $key, 'leaves the key as it was';
is openssl('pkey', '-pubout', '-in', 'ecdsa.example.test.key')->{out},
    openssl('req', '-noout', '-pubkey', '-in', 'again.pem')->{out}, 'and uses it';
like openssl('req', '-noout', '-subject', '-nameopt', 'RFC2253,utf8,-esc_msb',
    '-in', 'again.pem')->{out}, qr/CN=ecdsa.example.test,O=Exämple,C=NL$/m,
    '--subject';

# never readable for an instant: how strace sees the file being made
SKIP: {
	$r = run({ dir => $dir }, 'strace', '-f', '-e',
	    'trace=openat,open,creat,chmod,fchmod,fchmodat,umask,rename,renameat2',
	    '-o', 'trace', 'certtool', 'request', '--name', 's.test', '--out',
	    's.pem');
	skip 'strace cannot trace here', 2 if $r->{code};
	my $trace = slurp("$dir/trace");
	my @made = $trace =~ /^.*s\.test\.key\S*", .*O_CREAT.*$/mg;
	is scalar @made, 1, 'the key\'s file is made once';
	like $made[0], qr/O_EXCL.*, 0600\)/, 'new, with mode 0600';
	unlike $trace =~ s/.*\Q$made[0]\E//sr =~ s/renameat2.*//sr,
	    qr/chmod\(.*0[0-7]*[1-7][0-7]?\)/, 'and never gets another';
}

# ---------------------------------------------------------------- a terminal
my $t = Postern::Terminal->new($dir, 'certtool', 'request');
ok $t->expect(qr/Name by which clients know the server: /), 'asks for a name';
$t->type("no host name\n");
ok $t->expect(qr/'no host name' is no host name/), 'not for just anything';
ok $t->expect(qr/know the server: /), 'asks again';
$t->type("t.example.test\n");
ok $t->expect(qr/Another name/), 'asks for more';
$t->type("u.example.test\n");
ok $t->expect(qr/Another name/), 'and more';
$t->type("\n");
ok $t->expect(qr/Organisation/), 'the organisation';
$t->type("Example\n");
ok $t->expect(qr/Country/), 'the country';
$t->type("\n");
ok $t->expect(qr/Type of key \(.*\) \[ecdsa\]: /), 'the type';
$t->type("ed25519\n");
is $t->finish, 0, 'done' or diag $t->all;
like $t->all, qr/BEGIN CERTIFICATE REQUEST/, 'shows the request';
unlike $t->all, qr/PRIVATE/, 'not the key';
my $text = openssl('req', '-verify', '-noout', '-text', '-in', 'request.pem')->{out};
like $text, qr/DNS:t\.example\.test, DNS:u\.example\.test$/m, 'what was answered';
like $text, qr/Subject: O = Example, CN = t\.example\.test/, 'is in the request';
like $text, qr/ED25519/, 'with that key';

$t = Postern::Terminal->new($dir, 'certtool', 'request');
$t->expect(qr/server: /);
$t->type("\x04");
is $t->finish, 100, 'end of file instead of an answer';

# a password is not echoed
openssl('pkcs8', '-topk8', '-in', 't.example.test.key', '-out', 'locked.key',
    '-passout', 'pass:open sesame');
$r = certtool('request', '--reuse', '--key', 'locked.key', '--name', 'x.test');
is $r->{code}, 100, 'an encrypted key without a terminal';
like $r->{err}, qr/is encrypted: run this on a terminal/, 'says so';
for my $try (['open sesame', 0], ['wrong', 100]) {
	$t = Postern::Terminal->new($dir, 'certtool', 'request', '--reuse',
	    '--key', 'locked.key', '--name', 'x.test', '--out', 'x.pem');
	ok $t->expect(qr/Password of the key in locked.key: /), 'asks for it';
	$t->type("$try->[0]\n");
	is $t->finish, $try->[1], $try->[0];
	unlike $t->all, qr/\Q$try->[0]\E/, 'and shows nothing of it'
	    unless $try->[1];
}
like $t->all, qr/cannot be read: wrong password\?/, 'a wrong password is told';
is openssl('req', '-verify', '-noout', '-in', 'x.pem')->{code}, 0, 'the request';

# ------------------------------------------------------------------- instance
is run('postern', 'init', "$dir/i", '--domain', 'example.test')->{code}, 0, 'init';
$r = certtool('request', '--dir', 'i');
is $r->{code}, 0, '--dir' or diag $r->{err};
is mode('i/tls/request'), 0700, 'a folder that is private';
is mode('i/tls/request/mail.example.test.key'), 0600, 'with the key';
like openssl('req', '-verify', '-noout', '-text', '-in',
    'i/tls/request/mail.example.test.request.pem')->{out},
    qr/DNS:mail\.example\.test$/m, 'for the name of the instance';
like $r->{out}, qr/certtool install --dir i answer.pem/, 'what to do next';

# -------------------------------------------------------------------- refusals
for ([], ['--name', 'a b'], ['--name', '-x.test'], ['--name', 'a.test', 'b'],
    ['--nothing'], ['--name', 'z.test', '--type', 'rsa1024'],
    ['--name', 'z.test', '--type', ''], ['--name', '*.test'],
    ['--dir', 'none', '--name', 'z.test'],
    ['--reuse', '--key', 'none', '--name', 'z.test'],
    ['--reuse', '--key', 'request.pem', '--name', 'z.test']) {
	is certtool('request', @$_)->{code}, 100, "request @$_: 100";
}
for ('nothing', '=x', 'XYZ=1', 'C=Netherlands', 'O=') {
	is certtool('request', '--name', 'q.test', '--reuse', '--key',
	    't.example.test.key', '--out', 'q.pem', '--subject', $_)->{code}, 100,
	    "no subject: $_";
}
ok !-e "$dir/z.test.key" && !-e "$dir/q.pem", 'nothing was left';
is certtool('request', '--name', 'z.test', '--key', 'none/z.key')->{code}, 111,
    'no such folder: 111';
done_testing;
