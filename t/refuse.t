#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# refuse: each protocol to clients that are not ours, in clear and behind TLS,
# its end by QUIT, by chatter and by the deadline; whom it runs as.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Postern::Tls ();
use Test::More;

my $dir = scratch;
chmod 0755, $dir;
mkdir "$dir/empty";
my @role = as_root ? ('-u', '64003:64003', '-R', "$dir/empty") : ();
sub refuse { return run({ env => shift, in => shift // '' }, 'refuse', @role, @_) }

# ---------------------------------------------------------------- command line
like run('refuse', '-h')->{out}, qr/^usage: refuse /, '-h';
is run('refuse', @role, @$_)->{code}, 100, "usage: @$_"
    for [], ['ftp'], ['smtp', 'cat'], ['-t', 0, 'smtp'], ['-u', 'x:y', 'smtp'];
SKIP: {
	skip 'only root has rights to give up', 1 unless as_root;
	is run('refuse', 'smtp')->{code}, 100, 'root must say as whom';
}
my $r = refuse({ MESSAGE => "go\r\naway" }, '', 'pop3');
is $r->{out}, "-ERR [SYS/PERM] go??away\r\n", 'one line';
is $r->{code}, 1, 'exit 1';
is $r->{err}, '', 'nothing in the log';
is refuse({}, '', '-l', 'imap')->{out},
    "* BYE [UNAVAILABLE] no service for you\r\n", 'without MESSAGE, for now';

# ------------------------------------------------------------------------- smtp
my $no = "503 5.5.1 no service for you\r\n";
$r = refuse({ MESSAGE => 'no' }, "EHLO x\r\nMAIL FROM:<>\r\nquit\r\nNOOP\r\n",
    'smtp');
is $r->{out}, "554 5.7.1 no\r\n$no${no}221 2.0.0 bye\r\n", 'smtp: until QUIT';
is refuse({ MESSAGE => 'no' }, "x\r\n" x 100, 'smtp')->{out},
    "554 5.7.1 no\r\n" . $no x 10, 'smtp: ten commands at the most';
is refuse({ MESSAGE => 'no' }, 'y' x 100_000 . "\r\n\0\r\n", 'smtp')->{out},
    "554 5.7.1 no\r\n$no$no", 'smtp: long lines and NUL';
is refuse({ MESSAGE => 'no' }, "EHLO x\r\n", '-l', 'smtp')->{out},
    "421 4.7.0 no\r\n", 'smtp, for now: ends at once';

sub rules {
	is run({ in => ':deny,MESSAGE="we do not talk"' . "\n" }, 'cdbrules',
	    'compile', 'ip', "$dir/ip.cdb")->{code}, 0, 'rules';
	return "$dir/ip.cdb";
}
my $rules = rules;
sub listener {
	my ($command) = @_;
	my $port = free_port;
	my $pid = serve('tcplisten', '127.0.0.1', $port, 'ipcheck', '-d',
	    $command, $rules, 'echo', 'never');
	wait_port($port) or die 'no listener';
	return ($port, $pid);
}
my ($port, $pid) = listener("refuse @role -t 2 smtp");
my $c = client($port);
is $c->rest, "554 5.7.1 we do not talk\r\n", 'smtp: a client that is silent';
is $c->{end}, 'closed', 'is left';
$r = run('curl', '-sS', '-v', "smtp://127.0.0.1:$port");
isnt $r->{code}, 0, 'curl is refused';
like $r->{err}, qr/554 5\.7\.1 we do not talk/, 'and reads why';
$r = run('swaks', '--server', "127.0.0.1:$port", '--to', 'a@example.test');
like $r->{out}, qr/^<\*\* 554 5\.7\.1 we do not talk$/m, 'swaks too';
like $r->{out}, qr/^<-  221 /m, 'and its QUIT is answered' if $r->{out} =~ /QUIT/;
stop($pid);

($port, $pid) = listener("refuse @role pop3");
require Net::POP3;
ok !Net::POP3->new('127.0.0.1', Port => $port, Timeout => 60), 'Net::POP3';
like $@, qr/we do not talk/, 'reads why' if $@;
$r = run('curl', '-sS', '-v', "pop3://127.0.0.1:$port", '--user', 'a:b');
like $r->{err}, qr/-ERR \[SYS\/PERM\] we do not talk/, 'curl, pop3';
stop($pid);

($port, $pid) = listener("refuse @role imap");
$r = run('curl', '-sS', '-v', "imap://127.0.0.1:$port", '--user', 'a:b');
like $r->{err}, qr/\* BYE we do not talk/, 'curl, imap';
stop($pid);

# ----------------------------------- behind TLS: not before the handshake is done
is run('certtool', 'selfsigned', '-o', "$dir/host.test.pem", '-c',
    "$dir/ca.pem", 'host.test')->{code}, 0, 'a certificate';
mkdir "$dir/limits", 0700;
mkdir "$dir/tls";
rename "$dir/host.test.pem", "$dir/tls/host.test.pem";
if (as_root) {
	chown 64005, 64005, "$dir/tls", "$dir/tls/host.test.pem";
}
my $engine = Postern::Tls::engine("$dir/tlsd.sock", as_root ? ('-u', '64005:64005') : (),
    '-n', 'host.test', '-t', 600);
($port, $pid) = listener("connlimit -c 2 $dir/limits tlswrap -p pop3 -s " .
    "$dir/tlsd.sock refuse @role pop3");
my @held;
ok wait_for(sub { # these are not always counted in the order in which they come
	@held = map { client($port) } 1 .. 2;
	my $third = client($port);
	return $third->rest(2) eq '' && $third->{end} && !grep { $_->rest(0.2) || $_->{end} } @held;
}), 'in clear nothing is said before the handshake; and a third such client is not waited for';
close $_->{s} for @held;
wait_for(sub { # until the two are gone
	$r = run({ in => "QUIT\r\n" }, 'openssl', 's_client', '-quiet',
	    '-verify_quiet', '-connect', "127.0.0.1:$port");
	return $r->{out} ne '';
});
is $r->{out}, "-ERR [SYS/PERM] we do not talk\r\n", 'openssl reads it inside TLS';
stop($_) for $pid, $engine;
done_testing;
