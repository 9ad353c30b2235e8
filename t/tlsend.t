#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# How a TLS connection ends: what was cut off is an error for the application
# and not the end of what the client said; a half close is no cut; and neither
# an idle client nor one that reads slowly costs more than its due.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Postern::Tls;
use Smtp;
use Test::More;
use IO::Socket::SSL ();
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(sleep time);

$SIG{PIPE} = 'IGNORE';
my $dir = scratch;
my $sock = "$dir/tlsd.sock";
certificate('a.test');
my $engine = engine($sock, '-n', 'a.test', '-w', 1, '-c', 40);

# ends a connection: as TLS wants it, or cut by a FIN or by a reset
sub cut {
	my ($s, $how) = @_;
	if ($how eq 'reset') {
		setsockopt $s, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
	} elsif ($how eq 'notify') {
		return Net::SSLeay::shutdown($s->_get_ssl_object);
	}
	$s->close(SSL_no_shutdown => 1);
}

# ---- an application that tells what its input was and how it ended
spew("$dir/reader.pl", <<'TEXT');
my ($n, $all) = (1, '');
$| = 1;
unlink "$ARGV[0].so-far";
print "begun\n";
while ($n = sysread STDIN, my $b, 4096) {
	$all .= $b;
	next if length $all > 100;
	open my $f, '>', "$ARGV[0].so-far";
	print $f $all;
}
my $end = defined $n ? 'eof' : $!{ECONNRESET} ? 'reset' : "error $!";
open my $f, '>>', $ARGV[0];
syswrite $f, "$end $all\n";
print "answer\n";
TEXT
my $ends = spew("$dir/ends", '');

# what the reader has written since the last time
my $seen = 0;
sub told {
	my $text;
	wait_for(sub { ($text = substr slurp($ends), $seen) =~ /\n\z/ });
	$seen += length $text;
	return $text;
}
# waits until the reader has read TEXT, and no more
sub heard { my ($text) = @_; return wait_for(sub { slurp("$ends.so-far") eq $text }) }

my ($pid, $port) = listener('tlswrap', '-s', $sock, $^X, "$dir/reader.pl", $ends);
for my $v ('TLSv1_2', 'TLSv1_3') {
	for (['fin', 'reset'], ['reset', 'reset'], ['notify', 'eof']) {
		my ($how, $end) = @$_;
		my $s = tls_client($port, SSL_version => $v);
		is(scalar <$s>, "begun\n", "$v: a session");
		print $s 'MAIL';
		print $s ' all of it';
		heard('MAIL all of it') if $how eq 'reset'; # which may overtake what it follows
		cut($s, $how);
		is(told, "$end MAIL all of it\n", "$v, $how: $end");
		next if $how ne 'notify';
		is(join('', <$s>), "answer\n", "$v: who has said all gets the answer");
		is(Net::SSLeay::get_shutdown($s->_get_ssl_object), 3, 'and its end');
	}
}
ok(logged(qr/event=truncated ip=127.0.0.1/), 'a cut is logged');
{
	# much is on its way when it is cut: all of it arrives, and then the error
	my $s = tls_client($port);
	<$s>;
	my $data = 'x' x 1_000_000;
	print $s $data;
	cut($s, 'fin');
	is(told, "reset $data\n", 'what came before the cut is not lost');

	$s = tls_client($port);
	<$s>;
	print $s $data;
	cut($s, 'notify');
	is(told, "eof $data\n", 'nor what comes before an end');
	is(join('', <$s>), "answer\n", 'which has its answer');

	# openssl s_client, killed
	pipe my $r, my $w or die;
	spew("$dir/s_client", '');
	my $client = fork // die;
	if (!$client) {
		open STDIN, '<&', $r;
		open STDOUT, '>', "$dir/s_client";
		open STDERR, '>', '/dev/null';
		exec 'openssl', 's_client', '-quiet', '-connect', "127.0.0.1:$port";
	}
	wait_for(sub { slurp("$dir/s_client") =~ /begun/ });
	syswrite $w, "some\n";
	heard("some\n");
	kill 'KILL', $client;
	waitpid $client, 0;
	is(told, "reset some\n\n", "a client that was killed");

	# a forged end: an alert that is not encrypted
	$s = tls_client($port);
	<$s>;
	print $s 'half';
	my $raw = IO::Socket->new_from_fd(fileno $s, 'r+');
	syswrite $raw, "\x15\x03\x03\x00\x02\x01\x00";
	is(told, "reset half\n", 'an end that anyone could have sent');
	$raw->close;
}
stop($pid);

# ---- delayed TLS, by an application that takes the descriptors in any order
spew("$dir/late.pl", <<'TEXT');
syswrite STDOUT, "go\n";
open my $ctl, '+<&=', $ENV{SSLCTLFD} or die;
syswrite $ctl, 'y';
close $ctl;
open STDOUT, '>&', $ENV{SSLWRITEFD} or die;
POSIX::close($ENV{SSLWRITEFD});
open STDIN, '<&', $ENV{SSLREADFD} or die;
POSIX::close($ENV{SSLREADFD});
exec $^X, @ARGV;
TEXT
($pid, $port) = listener('tlswrap', '-n', '-s', $sock, $^X, '-MPOSIX', "$dir/late.pl",
    "$dir/reader.pl", $ends);
for (['fin', 'reset'], ['notify', 'eof']) {
	my ($how, $end) = @$_;
	my $c = client($port);
	is($c->line, "go\n", 'begins in clear');
	sleep 0.2; # so that it speaks before there is any TLS
	my $s = $c->tls;
	ok($s, 'and has said something before the handshake');
	is(scalar <$s>, "begun\n", 'which comes inside');
	syswrite $s, 'some';
	cut($s, $how);
	is(told, "$end some\n", "delayed, $how: $end");
	is(join('', <$s>), "answer\n", 'and an answer') if $how eq 'notify';
}
stop($pid);

# ---- a message that was cut, a QUIT that did not come
# how many sessions have ended, by EVENT of the log
sub ended { my ($event) = @_; return scalar(() = slurp("$dir/log") =~ /event=$event /g) }
my $q = queue;
($pid, $port) = listener('tlswrap', '-p', 'smtp', '-s', $sock, 'smtpd', '-H', 'mx.example.test',
    '-q', $q, '-p', top . "/t/lib/policy $dir/asked");
for (['fin', '', 0], ['reset', '', 0], ['fin', '.', 0], ['fin', ".\r\n", 1]) {
	my ($how, $dot, $n) = @$_;
	my $c = bless { s => tls_client($port), buf => '' }, 'Postern::Client';
	reply($c);
	for ('EHLO x.test', 'MAIL FROM:<a@x.test>', 'RCPT TO:<alice@example.test>', 'DATA') {
		$c->send("$_\r\n");
		my $r = reply($c);
		fail("$_: $r") if $r !~ /^[23]/;
	}
	my $before = ended('session-end');
	$c->send("Subject: x\r\n\r\na line\r\n$dot");
	sleep 0.1 if $how eq 'reset'; # or it may be all that comes
	cut($c->{s}, $how);
	ok(wait_for(sub { ended('session-end') > $before }), 'the session ends');
	is(scalar(() = queued($q)), $n, ($dot =~ s/\r\n/ CR LF/r || 'no dot') . ", $how: $n messages");
}
stop($pid);

mkdir "$dir/M$_" or die for '', '/tmp', '/new', '/cur';
spew("$dir/M/new/1.a", "text\n");
($pid, $port) = listener('tlswrap', '-p', 'pop3', '-s', $sock, 'pop3d', "$dir/M");
for (['fin', '', 1], ['reset', '', 1], ['fin', 'QUIT', 1], ['notify', 'QUIT', 1],
    ['fin', "QUIT\r\n", 0])
{
	my ($how, $text, $left) = @$_;
	my $c = bless { s => tls_client($port), buf => '' }, 'Postern::Client';
	$c->line;
	$c->send("DELE 1\r\n");
	is($c->line, "+OK\r\n", "marked for deletion");
	my $before = ended('logout');
	$c->send($text);
	cut($c->{s}, $how);
	ok(wait_for(sub { ended('logout') > $before }), 'the session ends');
	is(-e "$dir/M/new/1.a" ? 1 : 0, $left, ($text =~ s/\r\n/ CR LF/r || 'no QUIT') . ", $how: " .
	    ($left ? 'nothing deleted' : 'deleted'));
	$c->{s}->close;
}
stop($pid);

# ---- silence
stop($engine);
$engine = engine($sock, '-n', 'a.test', '-w', 1, '-i', 4);
($pid, $port) = listener('tlswrap', '-s', $sock, $^X, "$dir/reader.pl", $ends);
{
	my $before = ended('ended');
	my $s = tls_client($port);
	<$s>;
	print $s 'x' and sleep 0.5 for 1 .. 10; # longer than -i
	is(ended('ended'), $before, 'who says something now and then is not idle');
	my $c = bless { s => $s, buf => '' }, 'Postern::Client';
	ok($c->ended, 'who says nothing is ended');
	ok(logged(qr/event=ended ip=127.0.0.1 reason="nothing was said for too long/), 'logged');
	is(told, 'reset ' . 'x' x 10 . "\n", 'and no end for the application');
}
stop($pid);

# ---- who does not read is not read from: no memory grows
my $record = ($ENV{POSTERN_VARIANT} // '') eq 'san' ? 600 : 60; # KB, and some more
sub rss { slurp("/proc/$_[0]/status") =~ /^VmRSS:\s+(\d+)/m; return $1 }
stop($engine);
$engine = engine($sock, '-n', 'a.test', '-w', 1);
my ($worker) = workers($engine);
for (['in', $^X, '-e', '$| = 1; print "\n"; sleep 600'],
    ['out', $^X, '-e', '$0 = "w"; 1 while syswrite STDOUT, "x" x 65536'])
{
	my ($what, @app) = @$_;
	my ($l, $lport) = listener('tlswrap', '-s', $sock, @app);
	my @s = map { tls_client($lport) } 1 .. 20;
	sysread $_, my $x, 1 for @s;
	my ($before, $sent) = (rss($worker), 0);
	$_->blocking(0) for @s;
	my $data = 'y' x 65536;
	my ($last, $end) = (time, time + 6);
	# until nothing has been taken from us for a second
	while (time - $last < 1 && time < $end) {
		for my $s ($what eq 'in' ? @s : ()) {
			while (my $n = syswrite $s, $data) {
				($sent, $last) = ($sent + $n, time);
			}
		}
		sleep 0.01;
	}
	my $grown = rss($worker) - $before;
	diag "$what: 20 connections stuffed, KB more: $grown"
	    . ($sent ? sprintf ', %.0f KB sent each', $sent / 20480 : '');
	cmp_ok($grown, '<', 20 * $record, "$what: a stuffed connection holds a record or two");
	cmp_ok($sent / 20, '<', 16 << 20, 'and takes no more') if $sent;
	my $cpu = sub { (split ' ', slurp("/proc/$worker/stat"))[13] };
	ok(wait_for(sub { # once all that is on its way has come to rest
		my $used = $cpu->();
		sleep 0.5;
		return $cpu->() - $used < 10;
	}), "$what: nor does it keep the processor busy");
	$_->close(SSL_no_shutdown => 1) for @s;
	kill 'TERM', -$l; # it would wait for the application
	stop($l);
}

# ---- a worker that dies is no end either
($pid, $port) = listener('tlswrap', '-s', $sock, $^X, "$dir/reader.pl", $ends);
{
	my $s = tls_client($port);
	<$s>;
	print $s 'some';
	heard('some');
	kill 'KILL', workers($engine);
	is(told, "reset some\n", 'the application of a killed engine');
	ok(!defined scalar <$s>, 'and its client');
}
done_testing;
