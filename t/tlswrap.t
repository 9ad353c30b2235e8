#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# tlswrap and tlsd: implicit and delayed TLS, certificates and their renewal,
# what a bad client gets, and what the application gets to see.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Postern::Tls;
use Test::More;
use IO::Socket::SSL ();
use IO::Socket::UNIX ();
use Time::HiRes qw(sleep time);
use POSIX ();

$SIG{PIPE} = 'IGNORE';
my $dir = scratch;
my $log = "$dir/log";
my $tls = "$dir/tls";
my $sock = "$dir/tlsd.sock";

# ---- an application that speaks UCSPI-TLS, one byte at a time
spew("$dir/app.pl", <<'EOF');
$| = 1;
my $command = shift // 'Y';
sub get { my $l = ''; while (sysread(STDIN, my $b, 1)) { $l .= $b;
	return $l if $b eq "\n" } return undef }
print "220 hello\r\n";
while (defined(my $l = get())) {
	if ($l =~ /^STARTTLS/) {
		print "220 go\r\n";
		open my $ctl, '+<&=', $ENV{SSLCTLFD} or die "ctl: $!";
		syswrite $ctl, $command;
		my $answer = '';
		if ($command eq 'Y') {
			until ($answer =~ /\0\0$/) {
				sysread($ctl, $answer, 1, length $answer) or exit 3;
			}
		}
		open STDIN, '<&=', $ENV{SSLREADFD} or die;
		open STDOUT, '>&=', $ENV{SSLWRITEFD} or die;
		select STDOUT; $| = 1;
		$tls = join ' ', sort split /\0/, $answer;
	} elsif ($l =~ /^TLS/) {
		print "250 $tls\r\n";
	} elsif ($l =~ /^ENV (\S+)/) {
		print '250 ', defined $ENV{$1} ? "set" : "unset", "\r\n";
	} elsif ($l =~ /^QUIT/) {
		print "221 bye\r\n";
		exit 0;
	} else {
		$l =~ s/\s+$//;
		print "250 got $l\r\n";
	}
}
EOF
my @app = ($^X, "$dir/app.pl");

certificate('a.test', 'mail.a.test');
certificate('b.test');
my $engine = engine($sock, '-n', 'a.test', '-w', 2);
is((stat $sock)[2] & 07777, 0660, 'the socket is for owner and group');

# ---- implicit TLS
{
	local %ENV = (%ENV, SSL_CLIENT_S_DN => 'CN=boss', SSL_CIPHER => 'x');
	my ($pid, $port) = listener('env', 'SSL_CLIENT_S_DN=CN=boss',
	    'tlswrap', '-p', 'pop3', '-s', $sock, 'sh', '-c',
	    'env; echo --; for f in /proc/self/fd/*; do echo $f `readlink $f`; '
	    . 'done; echo --; read x; echo "got $x"');
	for my $v ('1.2', '1.3') {
		(my $flag = "-tls$v") =~ tr/./_/;
		my $r = s_client($port, "hello\n", $flag, '-servername',
		    'a.test', '-CAfile', "$dir/ca.a.test.pem",
		    '-verify_return_error', '-verify_hostname', 'mail.a.test');
		like($r->{out}, qr/^got hello$/m, "TLS $v: a session");
		like($r->{out}, qr/^SSL_PROTOCOL=TLSv\Q$v\E$/m, 'SSL_PROTOCOL');
		like($r->{out}, qr/^SSL_CIPHER=\S*GCM\S*$/m, 'SSL_CIPHER');
		like($r->{out}, qr/^SSL_CIPHER_USEKEYSIZE=(128|256)$/m, 'bits');
		like($r->{out}, qr/^SSL_TLS_SNI=a.test$/m, 'SSL_TLS_SNI');
		like($r->{out}, qr/^SSL_TLS_SNI_SERVERNAME=a.test$/m, 'SNI');
		like($r->{out}, qr/^SSL_SERVER_NAME=a.test$/m, 'our name');
		unlike($r->{out}, qr/SSL_CLIENT|SSLCTLFD|SSLREADFD/,
		    'no other variables');
		my ($fds) = $r->{out} =~ /^--\n(.*)^--$/ms;
		my @s = $fds =~ m{^\S*/fd/(\d+) socket:}mg;
		# fd 1 is the pipe of the substitution
		is("@s", '0', 'no socket but the one on fd 0 and 1');
		my ($inode) = $fds =~ m{/fd/0 socket:\[(\d+)\]};
		unlike(slurp('/proc/net/tcp'), qr/ \Q$inode\E /,
		    'which is not the network');
		unlike($fds, qr/\.pem/, 'and no key');
		like($r->{out} . $r->{err}, qr/Verification: OK/, 'verified');
		like($r->{out}, qr/closed|^got/m, 'closed in the end');
	}
	ok(logged(qr/event=tls ip=127.0.0.1 sni=a.test name=a.test (?#
	    )version=TLSv1.3 cipher=\S+ group=\S+$/m), 'in the log');
	my ($id) = slurp($log) =~ /prog=tlsd connid=(\S+) event=tls/;
	ok($id && logged(qr/prog=tcplisten connid=\Q$id\E event=close/),
	    'under the connid of the listener');
	my $r = s_client($port, '', '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0');
	unlike($r->{out}, qr/^got/m, 'TLS 1.1: none');
	ok(logged(qr/event=failed .*the client speaks only TLS 1.1/),
	    'and the log says why');
	$r = s_client($port, '', '-tls1_2', '-cipher', 'AES128-GCM-SHA256');
	unlike($r->{out}, qr/^got/m, 'no forward secrecy: none');
	ok(logged(qr/event=failed .*no cipher that is allowed/), 'logged');
	my $env = client($port);
	$env->send("GET / HTTP/1.0\r\n\r\n");
	unlike($env->rest, qr/[ -~]{6}/, 'HTTP: not a readable byte');
	ok(logged(qr/reason="the client speaks HTTP, not TLS"/), 'logged');
	stop($pid);
}

# ---- ALPN and names
my ($pop, $port) = listener('tlswrap', '-p', 'pop3', '-s', $sock, @app);
for (['pop3', 1], ['h2,pop3', 1], ['h2', 0], ['imap,smtp', 0]) {
	my $r = s_client($port, "QUIT\r\n", '-alpn', $_->[0]);
	if ($_->[1]) {
		like($r->{out}, qr/ALPN protocol: pop3.*221 bye/s,
		    "ALPN $_->[0]: pop3");
	} else {
		like($r->{err}, qr/no.application.protocol/i,
		    "ALPN $_->[0]: alert");
	}
}
like(s_client($port, "QUIT\r\n")->{out}, qr/No ALPN.*221 bye/s, 'no ALPN: fine');
ok(logged(qr/event=failed .*another protocol \(no common ALPN\)/), 'logged');
is(served($port, 'b.test'), 'b.test', 'SNI chooses');
is(served($port, 'B.Test'), 'b.test', 'in any case');
is(served($port, 'c.test'), 'a.test', 'an unknown name: the first one');
is(served($port), 'a.test', 'no name: the first one');
is(served($port, '../b.test'), 'a.test', 'no path for a name');

# ---- renewal
{
	my ($child, $bad) = (undef, "$dir/failures");
	spew($bad, '');
	if (!($child = fork)) {
		until (-e "$bad.enough") {
			my $cn = served($port, 'b.test') // '';
			next if $cn eq 'b.test';
			open my $f, '>>', $bad;
			print $f "'$cn' $IO::Socket::SSL::SSL_ERROR\n";
		}
		POSIX::_exit(0);
	}
	my (undef, $old) = served($port, 'b.test');
	certificate('b.test') for 1 .. 5;
	ok(wait_for(sub { (served($port, 'b.test'))[1] ne $old }), 'a renewed certificate is served');
	spew("$tls/b.test.pem", slurp("$tls/a.test.pem") =~
	    /(.*END PRIVATE KEY-----\n)/s, slurp("$dir/ca.b.test.pem"));
	ok(logged(qr/event=badbundle name=b.test reason="its key does not fit its (?#
	    )first certificate" kept="the old one"$/m),
	    'a broken one is reported');
	is((served($port, 'b.test'))[0], 'b.test', 'and the old one kept');
	spew("$bad.enough");
	waitpid $child, 0;
	is(slurp($bad), '', 'no handshake failed meanwhile');
	certificate('c.test');
	spew("$tls/d.test.pem", "nothing\n");
	unlink "$tls/b.test.pem";
	ok(logged(qr/event=badbundle name=d.test reason="it holds no cert/),
	    'no certificate at all');
	# by one worker a little later than by the other
	my $serves = sub { my ($name, $want) = @_; return 8 == grep { (served($port, $name) // '') eq $want } 1 .. 8 };
	ok(wait_for(sub { $serves->('b.test', 'a.test') }), 'a name that is gone');
	ok(wait_for(sub { $serves->('c.test', 'c.test') }), 'a name that is new');
	unlink "$tls/d.test.pem";
}

# ---- tickets
{
	my $resumed = 0;
	my $context = IO::Socket::SSL::SSL_Context->new(SSL_verify_mode => 0,
	    SSL_session_cache_size => 10, SSL_version => 'TLSv1_2');
	for (1 .. 6) { # both workers get some of them
		my $s = IO::Socket::SSL->new(PeerAddr => "127.0.0.1:$port",
		    SSL_reuse_ctx => $context) or die;
		$resumed += $s->get_session_reused ? 1 : 0;
		print $s "QUIT\r\n";
		my @all = <$s>;
		$s->close;
	}
	is($resumed, 5, 'sessions resume, whichever worker it is');
	ok(logged(qr/event=tls .*resumed=yes$/m), 'in the log too');
	my ($smtp, $sport) = listener('tlswrap', '-p', 'smtp', '-s', $sock, @app);
	unlike(s_client($sport, "QUIT\r\n", $_)->{out},
	    qr/session ticket/i, "smtp: no ticket ($_)")
	    for '-tls1_2', '-tls1_3';
	stop($smtp);
}

# ---- much data, and how it ends
{
	my ($cat, $cport) = listener('tlswrap', '-s', $sock, 'cat');
	my $data = join '', map { chr(rand 256) } 1 .. 65536;
	$data x= 48;
	my $s = IO::Socket::SSL->new(PeerAddr => "127.0.0.1:$cport",
	    SSL_verify_mode => 0) or die;
	my $back = '';
	if (!(my $child = fork)) {
		my $at = 0;
		while ($at < length $data) {
			$at += syswrite($s, $data, 60000, $at) // last;
		}
		POSIX::_exit(0);
	}
	# slow at first, so that all buffers on the way fill
	sleep 0.3;
	while (length $back < length $data) {
		last unless sysread $s, $back, 65536, length $back;
	}
	ok($back eq $data, '3 MB there and back');
	$s->close(SSL_fast_shutdown => 1);

	my ($end, $eport) = listener('tlswrap', '-s', $sock, 'sh', '-c',
	    'cat >/dev/null; echo after the end');
	$s = IO::Socket::SSL->new(PeerAddr => "127.0.0.1:$eport",
	    SSL_verify_mode => 0) or die;
	print $s "some\n";
	Net::SSLeay::shutdown($s->_get_ssl_object); # close_notify, half closed
	my $text = '';
	1 while sysread $s, $text, 4096, length $text;
	is($text, "after the end\n", 'close_notify is EOF for the application');
	is(Net::SSLeay::get_shutdown($s->_get_ssl_object), 3,
	    'whose end is a close_notify');
	$s->close;

	my $before = () = slurp($log) =~ /event=truncated/g;
	$s = IO::Socket::SSL->new(PeerAddr => "127.0.0.1:$eport",
	    SSL_verify_mode => 0) or die;
	print $s "some\n";
	shutdown $s, 1;
	ok(logged(qr/(event=truncated ip=127.0.0.1 truncated=1\n.*){${\($before + 1)}}/s),
	    'an end without close_notify is logged');
	stop($_) for $cat, $end;
}
stop($pop);

# ---- delayed TLS
my ($late, $lport) = listener('tlswrap', '-n', '-p', 'smtp', '-s', $sock, @app);
{
	my $c = client($lport);
	is($c->line, "220 hello\r\n", 'delayed: in clear at first');
	$c->send("ENV SSLCTLFD\r\nENV SSL_PROTOCOL\r\n");
	is($c->line, "250 set\r\n", 'TLS is on offer');
	is($c->line, "250 unset\r\n", 'but not on');
	$c->send("STARTTLS\r\n");
	is($c->line, "220 go\r\n", 'STARTTLS');
	ok($c->tls(SSL_hostname => 'c.test'), 'handshake');
	$c->send("TLS\r\n");
	my $vars = $c->line;
	like($vars, qr/ SSL_PROTOCOL=TLSv1.3 /, 'the answer has variables');
	like($vars, qr/ SSL_SERVER_NAME=c.test /, 'and our name');
	$c->send("QUIT\r\n");
	is($c->rest, "221 bye\r\n", 'and an end');

	$c = client($lport);
	$c->send("NOOP\r\nQUIT\r\n");
	is($c->rest, "220 hello\r\n250 got NOOP\r\n221 bye\r\n", 'declined');
}
{
	my ($pid, $yport) = listener('tlswrap', '-n', '-s', $sock, @app, 'y');
	my $c = client($yport);
	$c->line;
	$c->send("STARTTLS\r\n");
	$c->line;
	ok($c->tls, 'y: handshake');
	$c->send("TLS\r\nQUIT\r\n");
	is($c->rest, "250 \r\n221 bye\r\n", 'y: no answer');
	stop($pid);
}

# what a bad client gets: no byte in clear, and nothing it injected
for (["STARTTLS\r\nRSET\r\n", '', 'a command behind STARTTLS'],
    ["STARTTLS\r\n", "garbage garbage\r\n", 'garbage instead of TLS'],
    ["STARTTLS\nNOOP\n", '', 'a command behind, bare LF'],
    ["STARTTLS\r\n", "\x16\x03\x01\x00\xff" . 'x' x 255, 'a bad ClientHello'])
{
	my ($first, $then, $what) = @$_;
	my $c = client($lport);
	$c->line;
	$c->send($first);
	is($c->line, "220 go\r\n", "$what: begun");
	my $ok = $then ne '' ? $c->send($then) && 0 : $c->tls(Timeout => 60);
	ok(!$ok, "$what: the handshake fails");
	unlike($c->{s}->opened && !$ok && $then ne '' ? $c->rest : '',
	    qr/250|got|22[01]/, "$what: nothing in clear");
}
ok(logged(qr/reason="the client speaks plain text, not TLS"/), 'logged');
{
	my $hasty = engine("$dir/hasty.sock", '-n', 'a.test', '-w', 1, '-t', 1);
	my ($pid, $hport) = listener('tlswrap', '-n', '-s', "$dir/hasty.sock", @app);
	my $c = client($hport);
	$c->line;
	$c->send("STARTTLS\r\n");
	$c->line;
	my $began = time;
	my $hello = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" . 'x' x 400;
	my $n = 0; # of a byte each 0.05 s
	for my $b (split //, $hello) {
		last if !$c->send($b) || $c->more(time + 0.05) || defined $c->{end};
		$n++;
	}
	cmp_ok(time - $began, '>', 0.8, 'a slow handshake may take its time');
	cmp_ok($n, '<', 400, 'but no more');
	ok(logged(qr/event=failed .*hello did not come whole within 1 seconds/), 'logged');
	stop($_) for $pid, $hasty;
}

# ---- mailfront, which we did not write
SKIP: {
	my ($front) = grep { -x } '/usr/sbin/smtpfront-echo';
	skip 'mailfront is not installed', 4 unless $front;
	local %ENV = (%ENV, PLUGINS => 'starttls-ucspi', UCSPITLS => '');
	my ($pid, $mport) = listener('tlswrap', '-n', '-p', 'smtp', '-s', $sock,
	    $front);
	my $c = client($mport);
	like($c->line, qr/^220/, 'mailfront greets');
	$c->send("EHLO me\r\n");
	my $l;
	my $features = '';
	$features .= $l while defined($l = $c->line) && $l =~ /^250-/;
	$features .= $l // '';
	like($features, qr/STARTTLS/, 'mailfront offers STARTTLS');
	$c->send("STARTTLS\r\n");
	like($c->line, qr/^220/, 'and starts it');
	ok($c->tls, 'a handshake');
	$c->send("EHLO me\r\n");
	like($c->line, qr/^250/, 'a session inside');
	stop($pid);
}

# ---- one engine for one connection
for my $host (['tcpserver', '-q', '-H', '-R', '-l0', '127.0.0.1'], 'inetd') {
	local %ENV = (%ENV, TLSDIR => $tls, TLSNAME => 'a.test');
	my $hport = free_port;
	my $name = ref $host ? 'tcpserver' : 'inetd';
	my $pid;
	SKIP: {
		my ($inetd) = grep { -x } '/usr/sbin/inetd';
		skip "no inetd", 6 if !ref $host && !$inetd;
		if (ref $host) {
			$pid = serve(@$host, $hport, 'tlswrap', '-p', 'pop3',
			    @app);
		} else {
			my $me = getpwuid $>;
			my ($w) = grep { -x } map { "$_/tlswrap" }
			    split /:/, $ENV{PATH};
			spew("$dir/inetd.sh", "#!/bin/sh\nexport "
			    . join(' ', map { "$_='$ENV{$_}'" }
			    qw(PATH TLSDIR TLSNAME)) . "\nexec tlswrap \"\$@\"\n");
			spew("$dir/inetd.conf", "127.0.0.1:$hport stream tcp "
			    . "nowait $me /bin/sh sh $dir/inetd.sh -p pop3 @app\n");
			$pid = serve($inetd, '-i', "$dir/inetd.conf");
		}
		ok(wait_port($hport), "$name listens");
		is(served($hport, 'c.test'), 'c.test', "$name: SNI");
		my $r = s_client($hport, "ENV TCPREMOTEIP\nTLS\nQUIT\n");
		like($r->{out}, qr/^220 hello\r$/m, "$name: a session");
		like($r->{out}, qr/^250 set\r$/m, "$name: knows the client");
		like($r->{out}, qr/^221 bye\r$/m, "$name: to its end");
		my $c = client($hport);
		$c->send("garbage, and much of it\r\n");
		unlike($c->rest, qr/[ -~]{4}/, "$name: nothing in clear");
		stop($pid);
	}
}
{
	my $r = run({ env => { PATH => $dir } },
	    (grep { -x } map { "$_/tlswrap" } split /:/, $ENV{PATH})[0],
	    '/bin/true');
	is($r->{code}, 111, 'no tlsd in PATH: 111');
	$r = run('tlswrap', '-s', "$dir/none", 'true');
	is($r->{code}, 111, 'no engine: 111');
	like($r->{err}, qr/no TLS engine at \Q$dir\E\/none/, 'and it says so');
}

# ---- TLS=off
{
	my $r = run({ env => { TLS => 'off' } }, 'tlswrap', '-s', $sock, 'true');
	is($r->{code}, 1, 'off, implicit: refused');
	like($r->{err}, qr/event=refuse .*TLS is off/, 'and logged');
	$r = run({ env => { TLS => 'off', SSLCTLFD => 5, SSL_CIPHER => 'x' } },
	    'tlswrap', '-n', '-s', $sock, 'env');
	is($r->{code}, 0, 'off, delayed: the program runs');
	unlike($r->{out}, qr/SSLCTLFD|SSLREADFD|SSL_CIPHER/, 'without TLS');
	$r = run({ env => { TLS => 'offf' } }, 'tlswrap', '-s', $sock, 'true');
	is($r->{code}, 100, 'a typing error is not "no TLS"');
}

# ---- who is no tlswrap
for ('hello', "tls2\0\0", "tls2\0ip=\n\0\0", 'x' x 4000) {
	my $s = IO::Socket::UNIX->new(Peer => $sock) or die;
	syswrite $s, $_;
	my $got = sysread $s, my $x, 1;
	ok(!$got, 'a bad request gets nothing');
}
ok(logged(qr/event=failed reason="this is no request"/), 'and is logged');

# ---- a worker that dies, and the end
{
	my ($worker) = workers($engine);
	kill 'KILL', $worker;
	ok(logged(qr/event=workerended pid=$worker signal=9/), 'a dead worker');
	ok(wait_for(sub { 2 == (() = workers($engine)) }), 'has a successor');
	for (1 .. 8) {
		my $c = client($lport);
		$c->line;
		$c->send("STARTTLS\r\n");
		$c->line;
		ok($c->tls(SSL_hostname => 'c.test'), 'all serve') if $_ > 4;
		$c->{s}->close;
	}
	my $c = client($lport);
	$c->line;
	$c->send("STARTTLS\r\n");
	$c->line;
	$c->tls;
	kill 'TERM', $engine;
	ok(wait_for(sub { !IO::Socket::UNIX->new(Peer => $sock) }), 'TERM');
	my $r = run('tlswrap', '-s', $sock, 'true');
	is($r->{code}, 111, 'TERM: no new connections');
	$c->send("NOOP\r\n");
	is($c->line, "250 got NOOP\r\n", 'old ones go on');
	is(waitpid($engine, POSIX::WNOHANG()), 0, 'the engine waits for them');
	$c->send("QUIT\r\n");
	$c->rest;
	$c->{s}->close;
	is(stop($engine), 0, 'and ends with 0');
}

# ---- rights: the master keeps root's, those who speak TLS have none
sub status { # of a process: its ids, groups, capabilities, no_new_privs
	my $s = slurp("/proc/$_[0]/status");
	return join ' ', map { $s =~ /^$_:[ \t]*(.*?)[ \t]*$/m ? $1 =~ s/\s+/,/gr : '-' }
	    'Uid', 'Gid', 'Groups', 'CapEff', 'CapPrm', 'NoNewPrivs';
}
SKIP: {
	skip 'only root can give up ids', 14 if !as_root;
	my $nobody = join(',', (12345) x 4) . ' ' . join(',', (12346) x 4)
	    . '  ' . join(' ', ('0' x 16) x 2) . ' 1';
	chmod 0700, $tls;
	chmod 0600, glob "$tls/*";
	my $usock = "$dir/u.sock";
	my $pid = engine($usock, '-n', 'a.test', '-w', 2, '-u', '12345:12346');
	my @workers = workers($pid);
	is(scalar @workers, 2, '-u: two workers');
	is(status($_), $nobody, 'a worker has no rights') for @workers;
	like(status($pid), qr/^0,/, 'the master has');
	my ($wrap, $uport) = listener('tlswrap', '-p', 'pop3', '-s', $usock, @app);
	my ($cn, $old) = served($uport, 'c.test');
	is($cn, 'c.test', 'a key that only root can read is served');
	certificate('c.test');
	chmod 0600, "$tls/c.test.pem";
	ok(wait_for(sub { (served($uport, 'c.test'))[1] ne $old }), 'and so is its successor');
	kill 'KILL', $workers[0];
	my ($heir, $state);
	wait_for(sub {
		($heir) = grep { $_ != $workers[0] && $_ != $workers[1] } workers($pid);
		return $heir && ($state = status($heir)) eq $nobody; # it has root's at first
	});
	is($state, $nobody, 'a successor has no rights either');
	stop($wrap);
	is(stop($pid), 0, 'it ends');

	local %ENV = (%ENV, TLSDIR => $tls, TLSNAME => 'a.test',
	    TLS_UID => 12345, TLS_GID => 12346);
	($wrap, $uport) = listener('tlswrap', '-p', 'pop3', @app);
	my $c = client($uport);
	ok($c->tls, 'an engine of its own');
	is($c->line, "220 hello\r\n", 'serves');
	my @own;
	ok(wait_for(sub { # the signer ends after the handshake
		@own = grep {
			(eval { slurp("/proc/$_/cmdline") } // '') =~ /^tlsd\0-1\0/
			    && (eval { slurp("/proc/$_/environ") } // '') =~ /(^|\0)TLSDIR=\Q$tls\E\0/
		} map { m{(\d+)$} } glob '/proc/[0-9]*';
		return @own == 1;
	}), 'as a process');
	is(status($own[0]), $nobody, 'with no rights, as TLS_UID says');
	$c->send("QUIT\r\n");
	$c->rest;
	$c->{s}->close;
	stop($wrap);
	is(run('tlsd', '-d', $tls, '-n', 'a.test', '-u', 'nobody-of-that-name',
	    "$dir/v.sock")->{code}, 100, 'no such user: 100');
}

# ---- starting with nothing good
{
	my $r = run('tlsd', '-d', $tls, '-n', 'none.test', "$dir/x.sock");
	is($r->{code}, 100, 'no first certificate: 100');
	like($r->{err}, qr/no usable certificate for none.test/, 'it says so');
	$r = run('tlsd', '-d', "$dir/none", "$dir/x.sock");
	is($r->{code}, 111, 'no folder: 111');
}
for ([], ['-w', 0, 'x'], ['-t', 'x', 'y'], ['-n', '../x', 'y'],
    ['-u', 'no such', 'y'], ['-q', 'y'], ['x', 'y'], ['-1', 'y']) {
	is(run('tlsd', @$_)->{code}, 100, "tlsd @$_: 100");
}
for ([], ['-p', 'a b', 'true'], ['-p', 'x' x 32, 'true'],
    ['-t', 0, 'true'], ['-x', 'true']) {
	is(run('tlswrap', @$_)->{code}, 100, "tlswrap @$_: 100");
}
for ('tlswrap', 'tlsd') {
	like(run($_, '-h')->{out}, qr/^usage: $_ /, "$_ -h");
}
done_testing;
