#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# cdbrules: every type, its refusals and warnings, and atomic replacement.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Test::More;

my $dir = scratch;
my $hash = '$6$rounds=1000$abcdefgh$' .
    (split /\$/, crypt('secret', '$6$rounds=1000$abcdefgh$'))[-1];

# cdbrules VERB TYPE with this source
sub check { run({ in => $_[1] }, 'cdbrules', 'check', $_[0]) }
sub compile {
	run({ in => $_[1] }, 'cdbrules', 'compile', '-f', "etc/$_[0]", $_[0],
	    "$dir/$_[0].cdb");
}
sub told {
	my ($type, @key) = @_;
	return run('cdbrules', 'explain', $type, "$dir/$type.cdb", @key)->{out};
}

# refused TYPE, SOURCE, PATTERN, NAME: exit 100 and a message
sub refused {
	my ($type, $source, $pattern, $name) = @_;
	my $r = check($type, $source);
	is $r->{code}, 100, "$type: $name: refused";
	like $r->{err}, $pattern, "$type: $name: the reason";
}

sub taken {
	my ($type, $source, $pattern, $name) = @_;
	my $r = check($type, $source);
	is $r->{code}, 0, "$type: $name: taken";
	like $r->{err}, $pattern, "$type: $name: what is said";
}

# --------------------------------------------------------------- the command
like run('cdbrules', '-h')->{out}, qr/^usage: cdbrules compile/, '-h';
is run('cdbrules')->{code}, 100, 'no arguments: usage';
is run('cdbrules', 'compile', 'ip')->{code}, 100, 'no file: usage';
is run('cdbrules', 'check', 'ip', 'x')->{code}, 100, 'one too many: usage';
is run('cdbrules', 'check', 'shoes')->{code}, 100, 'unknown type';
is run('cdbrules', 'dump', 'ip', "$dir/none")->{code}, 111, 'no such file';
is run({ in => ":deny\n" }, 'cdbrules', 'compile', 'ip',
    "$dir/none/ip.cdb")->{code}, 111, 'no such folder';

# ------------------------------------------------------------------------ ip
my $r = compile('ip', <<'END');
# a comment, and a blank line

10.0.0.0/8:allow,TLS="require"
10.9.:deny
10.9.8.7:allow,A="x",B=/y "z"/,C=""
1.2.3.37-53:deny,MESSAGE="554 5.7.1 no"
7.1-2.3-4.:deny
2001:db8::/32:deny
2001:DB8:0:1::/64:allow
::ffff:192.0.2.0/120:deny
=mail.Example.org:allow,H="1"
=.example.org:deny
=:allow,H="any"
:deny
END
is $r->{code}, 0, 'ip: all forms compile';
is $r->{err}, '', 'ip: nothing to say about them';
is told('ip', '10.1.2.3'), "allow\nTLS=require\n" .
    "# line 3: 10.0.0.0/8:allow,TLS=\"require\"\n", 'ip: CIDR';
like told('ip', '10.9.1.1'), qr/^deny\n# line 4: /, 'ip: octets';
is told('ip', '10.9.8.7'), "allow\nA=x\nB=y \"z\"\nC=\n" .
    "# line 5: 10.9.8.7:allow,A=\"x\",B=/y \"z\"/,C=\"\"\n", 'ip: variables';
like told('ip', $_), qr/^deny\nMESSAGE=554 5.7.1 no\n# line 6: /, "ip: $_"
    for '1.2.3.37', '1.2.3.53';
like told('ip', $_), qr/^deny\n# line 14: :deny\n/, "ip: $_"
    for '1.2.3.36', '1.2.3.54', '7.1.5.1', '7.3.3.1', '2001:db9::1';
like told('ip', $_), qr/^deny\n# line 7: /, "ip: $_"
    for '7.1.3.1', '7.2.4.255';
like told('ip', '2001:db8:5::1'), qr/^deny\n# line 8: /, 'ip: IPv6';
like told('ip', '2001:db8:0:1::5'), qr/^allow\n# line 9: /, 'ip: IPv6 /64';
like told('ip', $_), qr/^deny\n# line 10: /, "ip: v4-mapped $_"
    for '192.0.2.77', '::ffff:192.0.2.77', '::ffff:c000:24d';
like told('ip', '8.8.8.8=mail.example.ORG'), qr/^allow\nH=1\n/, 'ip: =host';
like told('ip', '8.8.8.8=a.b.example.org'), qr/^deny\n# line 12/, 'ip: suffix';
like told('ip', '8.8.8.8=example.org'), qr/^allow\nH=any\n/, 'ip: =';
like told('ip', '10.9.8.7=a.example.org'), qr/line 5/, 'ip: address first';
like told('ip', '10.1.1.1=mail.example.org'), qr/H=1/, 'ip: then the host';
like told('ip', '10.1.1.1=x.example.org'), qr/line 3/, 'ip: then prefixes';
is run('cdbrules', 'explain', 'ip', "$dir/ip.cdb", 'x')->{code}, 100,
    'ip: explain no address';
like run('cdbrules', 'dump', 'ip', "$dir/ip.cdb")->{out},
    qr{^\n\n10\.0\.0\.0/8:allow,TLS="require"\n10\.9\.:deny\n}, 'ip: dump';

my $old = slurp("$dir/ip.cdb");
$r = run({ in => "10.0.0.0/8:allow\n10.0.0.0/8:deny\n=a.test:allow\n"
    . "=a.test:deny\n" }, 'cdbrules', 'compile', 'ip', "$dir/twice.cdb");
is $r->{code}, 0, 'ip: contradictions, as tcprules takes them';
like $r->{err}, qr{^stdin:2: warning: line 1 has said something else}m, 'are told';
like $r->{err}, qr{^stdin:4: warning: line 3 has said something else}m, 'both';
like run('cdbrules', 'explain', 'ip', "$dir/twice.cdb", $_)->{out}, qr/^allow$/m,
    "the first line decides about $_" for '10.1.1.1', '1.1.1.1=a.test';
$r = compile('ip', "10.0.0.0/8:allow\n10.0.0:deny\n");
is $r->{code}, 100, 'ip: an error in line 2';
like $r->{err}, qr{^etc/ip:2: error: }, 'is told with its line';
is slurp("$dir/ip.cdb"), $old, 'ip: the old file is untouched';
is_deeply [glob "$dir/ip.cdb.*"], [], 'ip: nothing left behind';

refused 'ip', "$_\n", qr/^stdin:1: error: /, $_ for '1.2.3.4:permit', '1.2.3.4',
    '1.2.3.4:', '1.2.3.4:allowed', '1.2.3.4:allow,', '1.2.3.4:allow,X',
    '1.2.3.4:allow,X=', '1.2.3.4:allow,X="a', '1.2.3.4:allow X="a"',
    '1.2.3.4:allow,X="a"b', '10.0:allow', '10:allow', '1.2.3.256:deny',
    '1.2.3.04:deny', '1.2.3.4.5:deny', '1.2.3.4.:deny', '1.2.3.9-3:deny',
    '1.2.3.4-:deny', '10.0.0.0/33:deny', '10.0.0.1/8:deny', '10.0.0.0/08:deny',
    '10.0.0.0/:deny', '::1/129:deny', '2001:db8::1/32:deny', '::g:deny',
    '1-255.1-255.1-255.:deny', 'joe@1.2.3.4:allow', '=a b:deny', '*:allow',
    '1.2.3.4:allow,PATH="/tmp"', '1.2.3.4:allow,LD_PRELOAD="x"',
    '1.2.3.4:allow,TCPREMOTEIP="1.1.1.1"', '1.2.3.4:allow,CONNID="1"',
    '1.2.3.4:allow,SSL_PROTOCOL="x"', '1.2.3.4:allow,A B="1"',
    '1.2.3.4:allow,="1"', '1.2.3.4:allow,1A="1"', "1.2.3.4:allow\r",
    "1.2.3.4:allow,X=\"\001\"", "1.2.3.4:allow,X=\"\0\"", 'x' x 40000;
refused 'ip', "bad\n" x 30, qr/^(.*error: .*\n){20}stdin: note: 30 errors\n$/,
    'many errors';
taken 'ip', "1.2.3.4:allow\n", qr/^stdin: note: no default line/, 'no default';
taken 'ip', '', qr/no default line/, 'empty';
taken 'ip', ":deny", qr/^$/, 'no line feed at the end';
taken 'ip', "1.2.3.4:deny\n1.2.3.4/32:deny\n:deny\n",
    qr/^stdin:2: warning: line 1 says the same of 1\.2\.3\.4\/32$/m, 'twice';
taken 'ip', "1.2.3.1-9:deny\n1.2.3.4:allow\n:deny\n",
    qr/^stdin:2: warning: line 1 has said something else/, 'within a range';
taken 'ip', "10.0.0.0/31:deny\n10.0.0.0:deny\n10.0.0.1:allow\n:deny\n",
    qr/^stdin:1: warning: decides nothing/, 'shadowed';
taken 'ip', "0.0.0.0/0:deny\n0.0.0.0/1:deny\n128.0.0.0/2:deny\n" .
    "192.0.0.0/2:deny\n::/0:deny\n:deny\n", qr/^stdin:1: warning: decides/,
    'shadowed by three';
taken 'ip', "1.2.3.4:allow,TLS=\"of\"\n:deny\n",
    qr/^stdin:1: warning: TLS is none/, 'a TLS that is none';
taken 'ip', "1.2.3.4:allow,RELAYCLIENT=\"\",TCPLOCALHOST=\"a\"\n:deny\n",
    qr/^$/, 'the variables tcprules(1) shows';

# --------------------------------------------------------------------- relay
refused 'relay', "$_\n", qr/open relay/, $_ for 'ip *', 'ip 0.0.0.0/0',
    'ip ::/0', 'ip 0.0.0.0/1', 'ip 10.0.0.0/7', 'ip 2000::/3', 'ip ::/1',
    'ip ::ffff:0:0/96', 'ip 64:ff9b::/96', 'ip 2002::/16', 'ip 0-255.',
    'ip 1-20.', 'to *', 'to .', 'to .org', 'from a@example.org *',
    'from a@example.org *.*', 'from a@example.org 0-99',
    'from a@example.org 0.0.0.0/0', 'from a@example.org 10.0.0.0/8,0-255.';
refused 'relay', "ip 0.0.0.0/8\n" . join('', map { "ip $_.0.0.0/8\n" } 1 .. 255),
    qr/^stdin:\d+: error: all ip lines together: .*open relay/m, 'all in parts';
refused 'relay', "$_\n", qr/^stdin:1: error: /, $_ for 'ip', 'ip 10.0.0.0/8 x',
    'ip x', 'to', 'to a b', 'to -a-', 'to user@example.org', 'from',
    'from example.org', 'from a@example.org x', 'from! a@example.org 10.',
    'popauth', 'popauth 0', 'popauth 15', 'popauth 15x', 'popauth 1mm',
    'popauth 25h', 'allow 10.0.0.0/8', 'ip ' . '1' x 3000;
$r = compile('relay', <<'END');
ip 192.0.2.0/24
ip fc00::/7
ip 10.1-3.
to example.net
to .example.com
from boss@example.test
from! ceo@Example.test
from vp@example.test 203.0.113.0/24,!203.0.113.9
popauth 15m
END
is $r->{code}, 0, 'relay: all forms compile';
is check('relay', "from a\@b.test $_\n")->{err}, '', "relay: the list $_" for
    '10.*', '10.*.*', '10.*.7', '10.0.1-120.5', '192.168', '10.*,!10.9.*,10.9.1.1-20',
    '10.1-3.*', '192.0.2.7', '192.0.2.', '2001:db8::/32,!2001:db8::1';
like $r->{err}, qr{^etc/relay:6: warning: counts for nothing}, 'relay: from';
like told('relay', '192.0.2.9'), qr/^allow\n# line 1: /, 'relay: ip';
like told('relay', '10.2.9.9'), qr/^allow\n# line 3: /, 'relay: octets';
like told('relay', '10.4.9.9'), qr/^deny\n# no rule: deny/, 'relay: none';
like told('relay', 'to:a.b.EXAMPLE.com'), qr/^allow\n# line 5/, 'relay: to';
like told('relay', 'to:example.com'), qr/^deny\n/, 'relay: only below';
like told('relay', 'to:a.example.net'), qr/^deny\n/, 'relay: only itself';
like told('relay', 'from:boss@example.test'), qr/^deny\nlist=\n/, 'forged';
like told('relay', 'from:ceo@example.test'), qr/^allow\nlist=\*\n/, 'from!';
like told('relay', 'popauth'), qr/^allow\nseconds=900\n/, 'relay: popauth';

# --------------------------------------------------------- users and mailboxes
my $users = <<"END";
Alice\@Example.test:{SHA512-CRYPT}$hash:1000:1001::/srv/alice::groups=staff,a quota=2K from=a\@example.test,"b"\@example.test userdb_x=y
bob\@example.test:$hash:1002:1002::/srv/bob
END
umask 022;
is compile('users', $users)->{err}, '', 'users: compiles';
is compile('mailboxes', $users)->{code}, 0, 'mailboxes: compiles';
my $shown = "uid=1000\ngid=1001\nhome=/srv/alice\ngroups=staff,a\nquota=2048\n" .
    "from=a\@example.test\nfrom=b\@example.test\n# line 1: " .
    'Alice@Example.test:*:1000:1001::/srv/alice::groups=staff,a quota=2K ' .
    "from=a\@example.test,\"b\"\@example.test userdb_x=y\n";
is told('users', 'ALICE@example.test'), $shown, 'users: explain';
is told('mailboxes', 'alice@example.test'), $shown, 'mailboxes: explain';
is told('users', 'eve@example.test'), "# no such key\n", 'users: nobody';
unlike run('cdbrules', 'dump', 'users', "$dir/users.cdb")->{out}, qr/rounds/,
    'users: dump shows no hash';
is((stat "$dir/users.cdb")[2] & 0777, 0600, 'users: private');
is((stat "$dir/mailboxes.cdb")[2] & 0777, 0644, 'mailboxes: not private');
like slurp("$dir/users.cdb"), qr/hash=\$6\$rounds=1000/, 'users: has the hash';
unlike slurp("$dir/mailboxes.cdb"), qr/rounds/, 'mailboxes: has it not';
chmod 0644, "$dir/users.cdb";
like compile('users', $users)->{err}, qr/was open to others/, 'users: said';
is((stat "$dir/users.cdb")[2] & 0777, 0600, 'users: private again');
my $ids = '1000:1000::/srv/a';
refused 'users', "$_\n", qr/^stdin:1: error: /, (s/\$6\S*/HASH/r) for
    'a@example.test', "a:$hash:$ids", "a\@example.test:{PLAIN}geheim:$ids",
    "a\@example.test:{SSHA}geheim:$ids", "a\@example.test::$ids",
    "a\@example.test:geheim:$ids", "a\@example.test:*:$ids",
    "a\@example.test:{BLF-CRYPT}$hash:$ids", "a\@example.test:{CRYPT$hash:$ids",
    "a\@example.test:{CRYPT}\$6\$geheim:$ids",
    "a\@example.test:$hash:0:1000::/srv/a", "a\@example.test:$hash:a:1::/srv/a",
    "a\@example.test:$hash:1:::/srv/a", "a\@example.test:$hash:1:1::srv/a",
    "a\@example.test:$hash:${ids}::quota=1X", "a\@example.test:$hash:${ids}::x=y",
    "a\@example.test:$hash:${ids}::groups=", "a\@example.test:$hash:${ids}::from=x",
    "a\@example.test:$hash:${ids}::nopassword";
for my $secret ("a\@example.test:{PLAIN}geheim:geheim:1::/x",
    "a\@example.test:geheim:geheim:1::/x", "geheim:{PLAIN}geheim") {
	unlike check('users', "$secret\n")->{err}, qr/geheim/, 'no secret is shown';
}
refused 'users', "$users$users", qr/^stdin:3: .*is defined in line 1 already/,
    'twice';
my $des = crypt('secret', 'ab');
taken 'users', "a\@example.test:{DES-CRYPT}$des:$ids\n", qr/weak method/, 'DES';

# ------------------------------------------------- groups, domains, aliases
is compile('groups', "staff pop=* imap=* smtp=* incoming=*\n" .
    "free pop=10.0.0.0/8,!10.9.0.0/16 smtp=\nnone\n")->{err}, '', 'groups';
is told('groups', 'free'), "pop=10.0.0.0/8,!10.9.0.0/16\nsmtp=\n" .
    "# line 2: free pop=10.0.0.0/8,!10.9.0.0/16 smtp=\n", 'groups: explain';
refused 'groups', "$_\n", qr/^stdin:1: error: /, $_ for 'a pop', 'a ftp=*',
    'a pop=* pop=*', 'a pop=10.0.0.0/8, smtp=', 'a pop=x', 'a pop=,', 'a/b pop=*',
    'a pop=1.2.3.4.5', 'a pop=300.*', 'a ' . 'pop= ' x 100;
refused 'groups', "a pop=*\na pop=\n", qr/defined in line 1/, 'twice';

is compile('domains', "Example.test\nexample.org\n")->{err}, '', 'domains';
is told('domains', 'EXAMPLE.ORG'), "# line 2: example.org\n", 'explain';
# one name in two forms
my ($utf8, $dns) = ("B\xc3\xbccher.test", 'xn--bcher-kva.test');
for (['domains', $utf8, ''], ['relay', "to .$utf8", 'to:a.'], ['routes', "$utf8 mx", '']) {
	my ($type, $line, $before) = @$_;
	is compile($type, "$line\n")->{err}, '', "$type: a domain beyond ASCII";
	like told($type, "$before$_"), qr/# line 1: \Q$line\E/, "$type: $_" for $utf8, $dns, "b\xc3\xbccher.test";
}
taken 'domains', "$utf8\n$dns\n", qr/warning: line 1 says the same/, 'twice, in two forms';
refused 'domains', "a\xe2\x98\x83..test\n", qr/not a domain name/, 'a name that the DNS cannot have';
is compile('domains', "Example.test\nexample.org\n")->{code}, 0, 'domains again';
refused 'domains', "$_\n", qr/^stdin:1: error: /, $_ for '*', '.example.org',
    'example.org.', 'a..b', 'a b', 'a@b', '-a', '[127.0.0.1]', 'a' x 64;
taken 'domains', "a.test\nA.test\n", qr/warning: line 1 says the same/, 'twice';
taken 'domains', '', qr/no domain/, 'none';

is compile('aliases', <<'END')->{err}, '', 'aliases: compiles';
Info@example.test: alice@example.test,  Bob@example.net
@example.test: alice@example.test
"a:b,c"@example.test: "x,y"@example.test
Postmaster: alice@example.test
bob@example.test: bob@example.test, alice@example.test
END
is told('aliases', 'INFO@example.test'), "to=alice\@example.test\n" .
    "to=Bob\@example.net\n" .
    "# line 1: Info\@example.test: alice\@example.test,  Bob\@example.net\n",
    'aliases: explain';
like told('aliases', $_), qr/^to=.*\n# line /, "aliases: $_"
    for '@example.test', '"a:b,c"@example.test', 'postmaster';
refused 'aliases', "$_\n", qr/^stdin:1: error: /, $_ for 'a@b.test',
    'a@b.test:', 'a: b@b.test', 'a@b.test: b', 'a@b.test: b@b.test,',
    '@: a@b.test', 'a@b.test: @b.test', 'a@b.test: |/bin/sh';
refused 'aliases', "a\@b.test: b\@b.test\nb\@b.test: c\@b.test, A\@b.test\n",
    qr/leads back to itself/, 'a loop';
refused 'aliases', join('', map { "a$_\@b: a" . ($_ + 1) . "\@b\n" } 1 .. 17),
    qr/more than 16/, 'too deep';
taken 'aliases', join('', map { "a$_\@b: a" . ($_ + 1) . "\@b\n" } 1 .. 16),
    qr/^$/, 'just not too deep';
taken 'aliases', join('', map { 'a' . (17 - $_) . '@b: a' . (18 - $_) . "\@b\n" }
    1 .. 16), qr/^$/, 'the same from the end on';
refused 'aliases', join('', map { 'a' . (18 - $_) . '@b: a' . (19 - $_) .
    "\@b\n" } 1 .. 17), qr/more than 16/, 'too deep from the end on';
refused 'aliases', "a\@b: c\@b\nA\@b: d\@b\n", qr/defined in line 1/, 'twice';

# ------------------------------------------------------- what lines refer to
{
	my $cdb = scratch . '/refer';
	mkdir $cdb;
	run({ in => $_->[1] }, 'cdbrules', 'compile', $_->[0], "$cdb/$_->[0].cdb")
	    for ['groups', "staff pop=*\n"], ['domains', "example.test\n"],
	    ['mailboxes', "bob\@example.test:*:1:1::/srv/bob\n"];
	my $at = "bob\@example.test:$hash:1:1::/srv/bob:";
	my $refer = sub {
		my ($type, $source, @want) = @_;
		my $r = run({ in => $source }, 'cdbrules', 'check', '-w', '-c', $cdb,
		    $type);
		is $r->{code}, @want ? 1 : 0, "$type -w -c: " . $source =~ s/\n.*//sr;
		my @said = $r->{err} =~ /(.*)\n/g;
		like $said[$_], $want[$_], 'is said' for 0 .. $#want;
		is scalar @said, scalar @want, 'and nothing else' or diag $r->{err};
	};
	$refer->('users', "$at:groups=staff\n");
	$refer->('users', "$at:groups=staff,stuff\n",
	    qr/^stdin:1: warning: there is no group stuff/);
	$refer->('users', "$at:\n", qr/^stdin:1: .* no group default/);
	$refer->('mailboxes', "$at:groups=x\n", qr/no group x/);
	$refer->('aliases', "info\@example.test: bob\@example.test\n" .
	    "bob\@example.test: bob\@example.test, a\@b.test\n" .
	    "root\@example.test: info\@example.test\n" .
	    "postmaster: bob\@example.test\n");
	$refer->('aliases', "info\@example.test: bub\@example.test\n\n" .
	    "root\@example.test: root\@example.test, \"a b\"\@example.test\n" .
	    "x\@other.test: bob\@example.test\n\@other.test: x\@b.test\n",
	    qr/^stdin:1: .*bub\@example\.test: there is no such mailbox or alias/,
	    qr/^stdin:3: .*root\@/, qr/^stdin:3: .*"a b"\@/,
	    qr/^stdin:4: .*: x\@other\.test: not a domain of ours/,
	    qr/^stdin:5: .*: \@other\.test: not a domain/);
	$refer->('aliases', "a\@example.test: b\@example.test\n" .
	    "\@example.test: bob\@example.test\n");
	is run({ in => "$at:\n" }, 'cdbrules', 'check', 'users')->{code}, 0,
	    'without -c nobody asks';
	is run({ in => "a.test\na.test\n" }, 'cdbrules', 'check', 'domains')->{code},
	    0, 'without -w a warning is no failure';
	is run({ in => '' }, 'cdbrules', 'check', '-c', "$cdb/none", 'users')->{code},
	    111, 'no such folder';
	spew("$cdb/groups.cdb", slurp("$cdb/domains.cdb"));
	is run({ in => '' }, 'cdbrules', 'check', '-c', $cdb, 'users')->{code},
	    111, 'not of type groups';
}

# -------------------------------------------------------------------- routes
is compile('routes', <<'END')->{err}, '', 'routes: all forms compile';
Example.org smtp.example.org:2525 tls=verify
.example.org mx tls=require
a.example.org [2001:db8::1] source=192.0.2.9 tls=off
b.example.org [2001:db8::1]:26
c.example.org 192.0.2.7:65535 tls=verify
d.example.org mx
e.example.org mail.example.org tls=dane
* relay.example.net:587 tls=require auth=/etc/relay.auth source=2001:db8::9
END
is told('routes', 'EXAMPLE.org'), "host=smtp.example.org\nport=2525\n" .
    "tls=verify\n# line 1: Example.org smtp.example.org:2525 tls=verify\n",
    'routes: a domain';
like told('routes', 'x.y.example.org'), qr/^tls=require\n# line 2/, 'below it';
like told('routes', 'a.example.org'), qr/^host=2001:db8::1\nport=25\ntls=off\n
    source=192\.0\.2\.9\n/x, 'routes: IPv6, source';
like told('routes', 'd.example.org'), qr/^tls=offer\n# line 6/, 'routes: plain MX';
like told('routes', 'example.net'), qr/^host=relay\.example\.net\nport=587\n
    tls=require\nauth=\/etc\/relay\.auth\n/x, 'routes: all others';
refused 'routes', "$_\n", qr/^stdin:1: error: /, $_ for 'a.test', 'a.test -',
    'a.test tls=verify', 'a.test h tls=', 'a.test h tls=on', 'a.test h:0',
    'a.test h:', 'a.test h:65536', 'a.test h:025', 'a.test h:99999999999',
    'a.test [::1', 'a.test ::1', 'a.test [1.2.3.4]', 'a.test [::1]25',
    'a.test 300.1.1.1', 'a.test mx:26', 'a.test mx tls=off tls=off',
    'a.test mx x=y', 'a.test mx tls=verify auth=/x', 'a.test h auth=/x',
    'a.test h tls=offer auth=/x', 'a.test h tls=require auth=',
    'a.test 1.2.3.4 tls=dane', 'a.test mx source=x', '*.test mx', '-a mx',
    'a@b.test mx', '. mx', 'a.test mx mx', 'a.test h tls=off auth=/x source=1.1.1.1 x';
refused 'routes', "a.test mx\nA.test mx tls=verify\n",
    qr/^stdin:2: .*a\.test is defined in line 1 already/, 'twice';
is check('routes', "# nothing\n")->{err}, '', 'routes: none';

done_testing;
