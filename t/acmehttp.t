#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# acmehttp: shows the files of one folder to curl, also behind tcpserver, and
# nothing else to anybody.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Test::More;
use Time::HiRes qw(time);

my $dir = scratch;
chmod 0755, $dir;
my $folder = "$dir/challenge";
mkdir $folder or die;
spew("$folder/tok-EN_1", 'tok-EN_1.thumb');
spew("$folder/big", 'x' x 1024);
spew("$folder/toobig", 'x' x 1025);
spew("$folder/dot.txt", 'no');
spew("$dir/secret", 'secret');
symlink '../secret', "$folder/link";
mkdir "$folder/sub";
POSIX::mkfifo("$folder/fifo", 0644);
my $path = '/.well-known/acme-challenge/';

# ask(REQUEST): what it answers, and its exit code
sub ask {
	my ($request) = @_;
	return run({ in => $request }, 'acmehttp', $folder);
}

sub status { return (ask(@_)->{out} =~ m{^HTTP/1\.1 (\d+) }) ? $1 : 0 }

my $r = ask("GET ${path}tok-EN_1 HTTP/1.1\r\nHost: x\r\n\r\n");
is $r->{code}, 0, 'GET';
like $r->{out}, qr/\AHTTP\/1\.1 200 OK\r\n.*\r\n\r\ntok-EN_1\.thumb\z/s, 'the file';
like $r->{out}, qr/^Content-Length: 14\r$/m, 'its length';
like $r->{err}, qr/event=challenge status=200 token=tok-EN_1$/m, 'logged';
$r = ask("HEAD ${path}tok-EN_1 HTTP/1.0\r\n\r\n");
like $r->{out}, qr/\AHTTP\/1\.1 200 .*^Content-Length: 14\r\n.*\r\n\r\n\z/ms, 'HEAD';
is status("GET ${path}big HTTP/1.1\r\n\r\n"), 200, '1024 bytes';
is status("GET ${path}toobig HTTP/1.1\r\n\r\n"), 500, 'and no more';

for ('none', 'dot.txt', 'link', 'sub', 'fifo', '', '..', '../secret', '%2e%2e%2fsecret',
    'sub/../tok-EN_1', 'tok-EN_1/', 'tok-EN_1?x', 'a' x 129, "tok\x00EN", "\xff") {
	my $r = ask("GET $path$_ HTTP/1.1\r\n\r\n");
	is $r->{code}, 1, "refused: $_" =~ s/[^ -~]/?/gr;
	unlike $r->{out}, qr/secret|thumb/, 'and nothing shown';
}
is status("GET $_ HTTP/1.1\r\n\r\n"), 404, "404: $_" for '/', '/secret',
    '/.well-known/', '//.well-known/acme-challenge/tok-EN_1';
is status("$_ ${path}tok-EN_1 HTTP/1.1\r\n\r\n"), 405, "405: $_" for 'POST', 'get',
    'OPTIONS';
is status("$_\r\n\r\n"), 400, "400: '$_'" for 'GET', "GET ${path}tok-EN_1",
    "GET ${path}tok-EN_1 HTTP/2", "GET  ${path}tok-EN_1 HTTP/1.1", '',
    "GET ${path}tok-EN_1 HTTP/1.1 ", "GET http://x${path}tok-EN_1 HTTP/1.1",
    'GET /' . 'a' x 2000 . ' HTTP/1.1';
is status("GET ${path}tok-EN_1 HTTP/1.1\n\n"), 400, 'LF alone ends no line';
is status("GET ${path}tok-EN_1 HTTP/1.1\r\n" . "a: b\r\n" x 200), 400, 'endless headers';
is status("GET ${path}tok-EN_1 HTTP/1.1\r\na: " . 'b' x 5000 . "\r\n\r\n"), 200,
    'a long header is passed over';
is ask('')->{out}, '', 'nobody there';
is ask("GET ${path}tok-EN_1 HTTP/1.1\r\nHost")->{out}, '', 'half a request';

# behind tcplisten and, as other people's listener, tcpserver
for my $listener (['tcplisten', '127.0.0.1'], ['tcpserver', '-HRl0', '127.0.0.1']) {
	my $port = free_port;
	my $pid = serve(@$listener, $port, 'acmehttp', $folder);
	wait_port($port);
	is run('curl', '-sS', "http://127.0.0.1:$port${path}tok-EN_1")->{out},
	    'tok-EN_1.thumb', "curl, behind $listener->[0]";
	is run('curl', '-sS', '-o', '/dev/null', '-w', '%{http_code}',
	    "http://127.0.0.1:$port/")->{out}, 404, 'nothing else';
	if ($listener->[0] eq 'tcplisten') {
		my $slow = client($port);
		my $start = time;
		$slow->send("GET ");
		is $slow->rest(60), '', 'a slow client gets nothing';
		is $slow->{end}, 'closed', 'and is gone';
		cmp_ok time - $start, '>=', 9, 'after ten seconds';
	}
	stop($pid);
}

SKIP: {
	skip 'needs root', 3 unless as_root;
	my $r = run({ in => "GET ${path}tok-EN_1 HTTP/1.1\r\n\r\n" }, 'strace', '-f', '-o',
	    "$dir/trace", 'acmehttp', '-u', '64001:64001', $folder);
	is $r->{code}, 0, '-u';
	my $trace = slurp("$dir/trace");
	like $trace, qr/chroot\("\."\).*setresuid\(64001.*openat\(AT_FDCWD, "tok-EN_1"/s,
	    'chroot, another user, and only then the file';
	chmod 0700, $folder;
	is run({ in => "GET ${path}tok-EN_1 HTTP/1.1\r\n\r\n" }, 'acmehttp', '-u',
	    '64001:64001', $folder)->{code}, 1, 'what that user cannot read is not shown';
	chmod 0755, $folder;
}
is run('acmehttp', @$_)->{code}, 100, "acmehttp @$_: 100"
    for [], [$folder, 'x'], ["$dir/none"], ['-u', 'nobody!', $folder];
done_testing;
