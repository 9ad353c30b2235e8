#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# ipcheck alone, under tcpserver, inetd-style, and in a chain by call and by
# exec; refusals, messages, and rules that are missing or damaged.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::INET;
use Postern;
use Test::More;
use POSIX ();

my $dir = scratch;
sub rules {
	my ($name, $text) = @_;
	is run({ in => $text }, 'cdbrules', 'compile', 'ip', "$dir/$name.cdb")
	    ->{code}, 0, "$name compiles";
	return "$dir/$name.cdb";
}
my $rules = rules('ip', <<'END');
127.0.0.1:allow,TLS="require",EMPTY="",TWO="a b"
10.0.0.0/8:deny
10.1.:deny,MESSAGE="554 5.7.1 not from here"
2001:db8::/32:allow,V6="1"
=good.example.org:allow,HOST="1"
:deny
END
my $second = rules('second', "127.0.0.0/8:allow,SECOND=\"1\",TWO=\"c\"\n:deny\n");

# as a stage: with these variables of UCSPI, and ipcheck's arguments
sub stage {
	my ($ip, @args) = @_;
	my %env = (PROTO => 'TCP', TCPREMOTEIP => $ip, TCPREMOTEPORT => 4000,
	    TCPLOCALIP => '127.0.0.1', TCPLOCALPORT => 25);
	%env = (%env, %{ shift @args }) if ref $args[0];
	return run({ env => \%env }, 'ipcheck', @args);
}

# ---------------------------------------------------------------------- -h, -t
like run('ipcheck', '-h')->{out}, qr/^usage: ipcheck /, '-h';
is run('ipcheck', $rules)->{code}, 100, 'nothing to run: usage';
is run('ipcheck')->{code}, 100, 'no rules: usage';
my $r = run('ipcheck', '-t', '127.0.0.1', $rules);
is $r->{code}, 0, '-t: allow is 0';
is $r->{out}, "allow\nTLS=require\nEMPTY=\nTWO=a b\n# line 1: " .
    '127.0.0.1:allow,TLS="require",EMPTY="",TWO="a b"' . "\n", '-t: what it says';
$r = run('ipcheck', '-t', '10.2.3.4', $rules);
is $r->{code}, 1, '-t: deny is 1';
is $r->{out}, "deny\n# line 2: 10.0.0.0/8:deny\n", '-t: what it says';
is run('ipcheck', '-t', '8.8.8.8=good.example.org', $rules)->{code}, 0,
    '-t: with a host';
is run('ipcheck', '-t', '8.8.8', $rules)->{code}, 100, '-t: no address';
is run('ipcheck', '-t', '8.8.8.8', "$dir/none")->{code}, 111, '-t: no rules';

# --------------------------------------------------------------------- a stage
my $env = '/usr/bin/env';
$r = stage('127.0.0.1', $rules, $env);
is $r->{code}, 0, 'allowed';
like $r->{out}, qr/^$_$/m, $_ for 'TLS=require', 'EMPTY=', 'TWO=a b',
    'CONNID=\S+';
is $r->{err}, '', 'nothing in the log';
$r = stage('10.2.3.4', $rules, $env);
is $r->{code}, 1, 'denied';
is $r->{out}, '', 'nothing runs, nothing is said';
like $r->{err}, qr/^prog=ipcheck connid=\S+ event=deny ip=10\.2\.3\.4 line=2 /,
    'the log names the line';
is stage('10.1.1.1', $rules, $env)->{out}, '', 'a message is not said by itself';
my @role = as_root ? ('-u', '64003:64003') : ();
my $refuse = "refuse @role";
$r = stage('10.1.1.1', '-d', "$refuse smtp", $rules, $env);
is $r->{out}, "554 5.7.1 not from here\r\n", '-d: denied with a message';
is $r->{code}, 1, 'and nothing else runs';
is stage('10.1.1.1', { POSTERN_EXEC => 1 }, '-d', "$refuse pop3", $rules, $env)
    ->{out}, "-ERR [SYS/PERM] 554 5.7.1 not from here\r\n", '-d: by exec';
is stage('10.2.3.4', '-d', "$refuse smtp", $rules, $env)->{out}, '',
    '-d: without a message nothing is said';
like stage('127.0.0.1', '-d', "$refuse smtp", $rules, $env)->{out},
    qr/^TLS=require$/m, '-d: who is allowed goes on';
unlike stage('10.1.1.1', '-d', $env, $rules, $env)->{out}, qr/^TLS/m,
    '-d: no variables of the rule but MESSAGE';
like stage('10.1.1.1', '-d', "$env POSTERN=1\t$env", $rules, 'cat')->{out},
    qr/^MESSAGE=554 5\.7\.1 not from here$/m, '-d: words';
is stage('10.1.1.1', '-d', 'no-such-program', $rules, $env)->{code}, 100,
    '-d: no such program';
is stage('2001:DB8:0::1', $rules, $env)->{code}, 0, 'IPv6';
is stage('::ffff:10.9.9.9', $rules, $env)->{code}, 1, 'v4-mapped';
is stage('8.8.8.8', $rules, $env)->{code}, 1, 'the default';
is stage('8.8.8.8', { TCPREMOTEHOST => 'Good.example.org' }, $rules, $env)
    ->{code}, 0, 'by host';
is stage('8.8.8.8', { TCPREMOTEHOST => 'bad.example.org' }, $rules, $env)
    ->{code}, 1, 'another host';
is stage('nonsense', $rules, $env)->{code}, 111, 'no address';
is run('ipcheck', $rules, $env)->{code}, 111, 'no connection, no address';
$r = stage('127.0.0.1', $rules, 'ipcheck', $second, $env);
like $r->{out}, qr/^TWO=c$/m, 'two stages, by call: the second sets';
like $r->{out}, qr/^TLS=require$/m, 'the first has set';
$r = stage('127.0.0.1', { POSTERN_EXEC => 1 }, $rules, 'ipcheck', $second, $env);
like $r->{out}, qr/^TWO=c$/m, 'the same by exec';
is stage('127.0.0.1', $rules, 'no-such-program')->{code}, 100, 'nothing such';

# ------------------------------------------------------ rules that cannot serve
is stage('127.0.0.1', "$dir/none.cdb", $env)->{code}, 111, 'missing';
mkdir "$dir/folder.cdb";
is stage('127.0.0.1', "$dir/folder.cdb", $env)->{code}, 111, 'a folder';
is stage('127.0.0.1', spew("$dir/empty.cdb", ''), $env)->{code}, 111, 'empty';
is stage('127.0.0.1', spew("$dir/text.cdb", "127.:allow\n" x 500), $env)
    ->{code}, 111, 'text';
is run({ in => "example.org\n" }, 'cdbrules', 'compile', 'domains',
    "$dir/domains.cdb")->{code}, 0, 'rules of another type';
is stage('127.0.0.1', "$dir/domains.cdb", $env)->{code}, 111, 'are refused';
my $whole = slurp($rules);
my @cuts = map { 1 + int $_ * (length($whole) - 2) / 20 } 0 .. 20;
my @codes = map {
	my $r = stage('10.2.3.4', spew("$dir/cut.cdb", substr $whole, 0, $_), $env);
	"$r->{code}$r->{out}";
} @cuts;
is_deeply \@codes, [(111) x @cuts], 'cut off anywhere: 111';
my $turned = $whole;
substr($turned, $_, 1) ^= chr 16 for 0 .. 2047;
is stage('10.2.3.4', spew("$dir/turned.cdb", $turned), $env)->{code}, 111,
    'damaged: 111';
SKIP: {
	skip 'root reads everything', 1 if as_root;
	chmod 0, spew("$dir/unreadable.cdb", $whole);
	is stage('127.0.0.1', "$dir/unreadable.cdb", $env)->{code}, 111, 'unreadable';
}

# --------------------------------------------------- -r: the name is looked up
is run('ipcheck', '-r', $_, $rules, $env)->{code}, 100, "-r $_" for 0, 61, 'x';
spew("$dir/zone", <<'END');
192.0.2.1 PTR good.example.org
good.example.org A 192.0.2.1
good.example.org AAAA 2001:db9::1
2001:db9::1 PTR Good.Example.org
192.0.2.2 PTR good.example.org
192.0.2.3 PTR slow.test
slow.test TIMEOUT
192.0.2.4 PTR slow.test
192.0.2.4 PTR other.test
192.0.2.4 PTR good.example.org
other.test A 192.0.2.9
192.0.2.5 PTR fail.test
fail.test SERVFAIL
192.0.2.7 PTR second.test
192.0.2.7 PTR bad.test
second.test A 192.0.2.6
bad.test A 192.0.2.7
8.2.0.192.in-addr.arpa SERVFAIL
10.2.0.192.in-addr.arpa GARBAGE
END
pipe my $dns_in, my $dns_stop or die;
pipe my $dns_says, my $dns_out or die;
if (!fork) {
	close $dns_stop;
	open STDIN, '<&', $dns_in;
	open STDOUT, '>&', $dns_out;
	exec $^X, 't/lib/dnsd', "$dir/zone" or POSIX::_exit(127);
}
close $dns_out;
chomp(my $dns = '127.0.0.1:' . readline $dns_says);
# what -r SECONDS makes of IP by FILE: the exit code, and the name that comes out
sub named {
	my ($ip, $file, $seconds, $server) = @_;
	my $r = stage($ip, { DNSCACHEIP => $server // $dns,
	    TCPREMOTEHOST => 'good.example.org' }, '-r', $seconds // 30, $file, $env);
	my ($host) = $r->{out} =~ /^TCPREMOTEHOST=(.*)$/m;
	return "$r->{code} " . ($host // '-');
}
my $any = rules('any', ":allow\n");
my $friend = rules('friend', "=good.example.org:allow,HOST=\"1\"\n192.0.2.3:allow\n:deny\n");
my $foe = rules('foe', "=bad.test:deny\n192.0.2.3:allow\n:allow\n");
is named(@$_[0, 1]), $_->[2], $_->[3] for
    ['192.0.2.1', $any, '0 good.example.org', 'a name that leads back'],
    ['192.0.2.1', $friend, '0 good.example.org', 'and a rule for it'],
    ['2001:db9::1', $friend, '0 good.example.org', 'IPv6, in lower case'],
    ['192.0.2.2', $any, '0 -', 'a name of somebody else is none'],
    ['192.0.2.2', $friend, '1 -', 'nor of use; and no other is inherited'],
    ['192.0.2.7', $any, '0 bad.test', 'the second name leads back'],
    ['192.0.2.7', $foe, '1 -', 'and is denied'],
    ['192.0.2.99', $any, '0 -', 'no name'],
    ['192.0.2.99', $foe, '0 -', 'nobody who could be denied by name'];
for my $ip ('192.0.2.4', '192.0.2.5', '192.0.2.8', '192.0.2.10') {
	is named($ip, $any, 1), '0 -', "$ip, not to be found out: has no name";
	is named($ip, $friend, 1), '111 -', 'not now, where a name could allow';
	is named($ip, $foe, 1), '111 -', 'nor where a name could deny';
}
is named('192.0.2.3', $_, 1), '0 -', 'but a rule for the address decides'
    for $friend, $foe;
my $began = time;
is named('192.0.2.1', $foe, 1, '127.0.0.1:1'), '111 -', 'no DNS server';
is named('192.0.2.3', $any, 1), '0 -', 'one that is silent';
cmp_ok time - $began, '<', 20, 'the deadline is kept';

# ------------------------------------------------- under tcpserver and inetd
for my $exec (0, 1) {
	my $port = free_port;
	my $pid = serve({ POSTERN_EXEC => $exec }, 'tcpserver', '-RHl0',
	    '127.0.0.1', $port, 'ipcheck', $rules, 'ipcheck', $second, 'cat');
	ok wait_port($port), "tcpserver, POSTERN_EXEC=$exec";
	my $c = client($port);
	$c->send("hello\n");
	is $c->line, "hello\n", 'cat answers through two stages';
	$c->close;
	stop($pid);
}
my $closed = rules('closed', ":deny,MESSAGE=\"421 closed\"\n");
{
	my $port = free_port;
	my $pid = serve('tcpserver', '-RHl0', '127.0.0.1', $port, 'ipcheck',
	    '-d', "$refuse line", $closed, 'cat');
	ok wait_port($port), 'tcpserver, all denied';
	my $c = client($port);
	is $c->rest, "421 closed\r\n", 'the message, then the end';
	stop($pid);
}
for ([$rules, "hi\n"], [$closed, "421 closed\r\n"]) {
	my ($file, $want) = @$_;
	my $l = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1');
	my $pid = fork // die;
	if (!$pid) {
		my $s = $l->accept;
		delete @ENV{grep { /^TCP|^PROTO$/ } keys %ENV};
		open STDIN, '<&', $s;
		open STDOUT, '>&', $s;
		open STDERR, '>&', $s; # as inetd does
		exec 'ipcheck', '-d', "$refuse line", $file, 'cat' or POSIX::_exit(111);
	}
	my $c = client($l->sockport);
	$c->send("hi\n");
	is $c->line, $want, 'inetd: the address is the socket\'s, no log to it';
	$c->close;
	waitpid $pid, 0;
}

done_testing;
