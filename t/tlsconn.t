#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# tlsd and its clients: those it refuses, each with a reason an admin
# understands; which certificate a name gets; which protocols it may name;
# how many there may be, for how long, and until when.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Postern::Tls;
use Test::More;
use IO::Socket::SSL ();
use IO::Socket::UNIX ();
use POSIX ();
use Time::HiRes qw(time);

$SIG{PIPE} = 'IGNORE';
my $dir = scratch;
my $sock = "$dir/tlsd.sock";
certificate('a.test');
certificate('mail.a.test');
certificate('*.w.test');
rename "$dir/tls/*.w.test.pem", "$dir/tls/_.w.test.pem" or die;
certificate('x.w.test');
my $engine = engine($sock, '-n', 'a.test', '-w', 1);
my ($pop, $port) = listener('tlswrap', '-p', 'pop3', '-s', $sock, 'sh', '-c',
    'echo +OK; env; read x');

# the reason of each failure since the last time, "..." where there is none
my $at = 0;
sub reasons {
	my $text;
	wait_for(sub {
		$text = substr slurp("$dir/log"), $at;
		return $text =~ /event=(?:failed|tls|ended) .*\n/;
	});
	$at += length $text;
	return join '|', map { /reason="(.*?)"/ ? $1 : '...' }
	    $text =~ /^(.*event=(?:failed|tls|ended) .*)$/mg;
}

# ---- a ClientHello by hand
sub field { my ($n, $s) = @_; return substr(pack('N', length $s), 4 - $n) . $s }
sub ext { my ($type, $s) = @_; return pack('n', $type) . field(2, $s) }

sub hello {
	my (%o) = (version => 0x303, ciphers => [0xc02b, 0xc02f, 0xcca8, 0x1301],
	    compress => "\0", groups => [29, 23], sigs => [0x403, 0x804], @_);
	my $e = ext(10, field(2, pack 'n*', @{ $o{groups} }))
	    . ext(11, "\1\0") . ext(13, field(2, pack 'n*', @{ $o{sigs} }));
	$e .= ext(0, field(2, "\0" . field(2, $o{sni}))) if defined $o{sni};
	$e .= ext(16, field(2, join '', map { field(1, $_) } @{ $o{alpn} })) if $o{alpn};
	$e .= ext(43, field(1, pack 'n*', @{ $o{versions} })) if $o{versions};
	my $body = pack('n', $o{version}) . 'r' x 32 . field(1, '')
	    . field(2, pack 'n*', @{ $o{ciphers} }) . field(1, $o{compress})
	    . ($o{version} > 0x300 ? field(2, $e) : '');
	my $h = "\1" . field(3, $body);
	return pack('Cn', 22, $o{record} // 0x301) . field(2, $h);
}

# SSL 2.0's form of it, for VERSION
sub hello2 {
	my ($version) = @_;
	my $h = pack('Cnnnn', 1, $version, 9, 0, 16) . "\0\xc0\x2f\0\0\x05\1\0\x80" . 'c' x 16;
	return pack('n', 0x8000 | length $h) . $h;
}

# what comes back after these bytes: the alert, or something in clear
sub after {
	my ($bytes) = @_;
	my $c = client($port);
	$c->send($bytes);
	my $got = '';
	my $end = time + 30;
	1 while $c->more($end) && ($got = $c->{buf}) !~ /^.{7}/s;
	$c->close;
	my ($level, $alert) = $got =~ /^\x15..\x00\x02(.)(.)$/s;
	return defined $alert ? ord $alert : $got eq '' ? '' :
	    $got =~ /^\x16\x03\x03/ ? 'hello' : "bytes $got";
}

my $ok = hello();
my @old = (
	['TLS 1.2 of ours', $ok, 'hello', undef],
	['SSL 3.0 only', hello(version => 0x300, record => 0x300), 40,
	    'the client speaks only SSL 3.0'],
	['TLS 1.0 only', hello(version => 0x301), 70, 'the client speaks only TLS 1.0'],
	['TLS 1.1 only', hello(version => 0x302), 70, 'the client speaks only TLS 1.1'],
	['TLS 1.0 and 1.1 in the list', hello(versions => [0x302, 0x301]), 70,
	    'the client speaks only TLS 1.1'],
	['grease and TLS 1.0', hello(versions => [0x7a7a, 0x301]), 70,
	    'the client speaks only TLS 1.0'],
	['unknown versions', hello(versions => [0x7a7a]), 70, 'the client does not speak TLS'],
	['SSL 2.0', hello2(2), 70, 'the client begins like one of SSL 2.0'],
	['SSL 2.0\'s form for TLS 1.2', hello2(0x303), 70,
	    'the client begins like one of SSL 2.0'],
	['RC4 only', hello(ciphers => [4, 5, 0xc011, 0xc007]), 40,
	    'the client offers no cipher that is allowed'],
	['3DES only', hello(ciphers => [10, 0xc012, 0xc008]), 40,
	    'the client offers no cipher that is allowed'],
	['CBC only', hello(ciphers => [0x2f, 0x35, 0xc013, 0xc009, 0xc027]), 40,
	    'the client offers no cipher that is allowed'],
	['no forward secrecy', hello(ciphers => [0x9c, 0x9d, 0x3c]), 40,
	    'the client offers no cipher that is allowed'],
	['no encryption', hello(ciphers => [1, 2, 0x3b, 0xc006, 0xc010]), 40,
	    'the client offers no cipher that is allowed'],
	['anonymous', hello(ciphers => [0x34, 0xa6, 0xc018]), 40,
	    'the client offers no cipher that is allowed'],
	['compression only', hello(compress => "\1"), 50,
	    'the client insists on compression'],
	['compression too', hello(compress => "\1\0"), 'hello', undef],
	['old groups', hello(groups => [1, 19, 21]), 40,
	    'the client offers no cipher that is allowed'],
	['fallback', hello(version => 0x303, ciphers => [0xc02b, 0x5600]), 86,
	    'the client was made to fall back to an older version'],
	['ALPN imap', hello(alpn => ['imap']), 120,
	    'the client wants another protocol (no common ALPN)'],
	['ALPN h2, http/1.1', hello(alpn => ['h2', 'http/1.1']), 120,
	    'the client wants another protocol (no common ALPN)'],
	['ALPN pop', hello(alpn => ['pop', 'pop33', 'POP3']), 120,
	    'the client wants another protocol (no common ALPN)'],
	['ALPN too long', hello(alpn => ['pop3']) =~ s/\x04pop3/\xffpop3/r, 50,
	    'the client\'s hello is damaged'],
	['ALPN pop3', hello(alpn => ['h2', 'pop3']), 'hello', undef],
	['HTTP', "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", '', 'the client speaks HTTP, not TLS'],
	['HTTP POST', "POST / HTTP/1.1\r\nHost: a\r\n\r\n", '', 'the client speaks HTTP, not TLS'],
	['HTTP CONNECT', "CONNECT a:25 HTTP/1.1\r\n\r\n", '', 'the client speaks HTTP, not TLS'],
	['SMTP', "EHLO a.test\r\nMAIL FROM:<>\r\n", '', 'the client speaks plain text, not TLS'],
	['POP3', "USER a\r\nPASS b\r\n", '', 'the client speaks plain text, not TLS'],
	['SSH', "SSH-2.0-x\r\n", '', 'the client speaks plain text, not TLS'],
	['a record of data', "\x17\3\3\0\4abcd", 10, 'the client does not speak TLS'],
);
for (@old) {
	my ($what, $bytes, $alert, $reason) = @$_;
	my $got = after($bytes);
	is($got, $alert, "$what: alert");
	is(reasons(), $reason // 'the client hung up during the handshake', "$what: logged");
}

# ---- clients that we did not write
for (['-tls1', 'TLS 1.0'], ['-tls1_1', 'TLS 1.1']) {
	my $r = s_client($port, '', $_->[0], '-cipher', 'DEFAULT@SECLEVEL=0');
	unlike($r->{out}, qr/^\+OK/m, "s_client $_->[0]: no session");
	is(reasons(), "the client speaks only $_->[1]", 'and the log says why');
}
s_client($port, '', '-verify_return_error', '-verify', 1, '-CAfile', "$dir/ca.x.w.test.pem");
is(reasons(), 'the client does not trust our certificate (unknown CA)', 'a client that verifies');
s_client($port, '', '-sigalgs', 'RSA+SHA256', '-tls1_2');
like(reasons(), qr/no cipher that is allowed|no signature that our/, 'RSA signatures only');
{
	my $s = tls_client($port, SSL_version => 'TLSv1_2');
	is(scalar <$s>, "+OK\n", 'a session of TLS 1.2');
	reasons();
	my $ssl = $s->_get_ssl_object;
	Net::SSLeay::renegotiate($ssl);
	Net::SSLeay::do_handshake($ssl);
	is(reasons(), 'the client wants to renegotiate', 'renegotiation: the end');
	ok(!defined scalar <$s>, "of it all");
}

# ---- which certificate a name gets
for (['mail.a.test', 'mail.a.test'], ['MAIL.a.TEST', 'mail.a.test', 'in any case'],
    ['mail.a.test.', 'mail.a.test', 'with a dot at the end'],
    ['x.w.test', 'x.w.test', 'its own before one for any'],
    ['y.w.test', '*.w.test', 'one label may be any'],
    ['Y.W.test.', '*.w.test', 'in any case, with a dot'],
    ['w.test', 'a.test', 'but not none'], ['a.y.w.test', 'a.test', 'nor two'],
    ['y.x.w.test', 'a.test', 'nor below one'], ['test', 'a.test', 'no dot'],
    ['other.test', 'a.test', 'an unknown name'], [undef, 'a.test', 'no name'],
    ['../mail.a.test', 'a.test', 'no name at all'], ['*.w.test', 'a.test', 'a star'],
    ['.w.test', 'a.test', 'an empty label'], ['a..w.test', 'a.test', 'two dots'],
    ['192.0.2.1', 'a.test', 'an address'], ["a\nb.test", 'a.test', 'a line end'],
    [('x' x 200) . '.w.test', '*.w.test', 'a long label'],
    [('x' x 248) . '.test', 'a.test', '253 bytes'], [('x' x 250) . '.test', 'a.test', '255'])
{
	my ($name, $want, $what) = @$_;
	is(served($port, $name), $want, ($what // 'exact') . ': ' . substr $name // '-', 0, 30);
}
for (["a\0b.test", 'a NUL'], ['x' x 256, '256 bytes']) {
	my $got = after(hello(sni => $_->[0]));
	isnt($got, 'hello', "SNI: $_->[1]: no");
}
unlike(slurp("$dir/log"), qr/sni=\S*[^a-z0-9._ -]/i, 'nothing strange in the log');
{
	my $r = s_client($port, "x\n", '-servername', 'y.w.test', '-verify_hostname', 'y.w.test',
	    '-CAfile', "$dir/ca.*.w.test.pem", '-verify_return_error');
	like($r->{out}, qr/^SSL_SERVER_NAME=_\.w\.test$/m, 'the application is told');
	like($r->{out}, qr/^SSL_TLS_SNI=y\.w\.test$/m, 'both names');
}
stop($pop);

# ---- protocols
for (['pop3', ['pop3'], 'pop3'], ['imap', ['x', 'imap'], 'imap'], ['smtp', ['smtp'], 'smtp'],
    ['http/1.1', ['h2', 'http/1.1'], 'http/1.1'], ['h2,http/1.1', ['http/1.1', 'h2'], 'h2'],
    ['h2,http/1.1', ['http/1.1'], 'http/1.1'], ['http/1.1', ['http/1.0'], undef],
    ['h2,http/1.1', ['h2,http/1.1'], undef], ['imap', ['pop3', 'smtp'], undef])
{
	my ($ours, $theirs, $got) = @$_;
	my ($l, $lport) = listener('tlswrap', '-p', $ours, '-s', $sock, 'echo', 'hello');
	my $s = tls_client($lport, SSL_alpn_protocols => $theirs);
	is($s && $s->alpn_selected, $got, "-p $ours, client @$theirs: " . ($got // 'refused'));
	stop($l);
}

# ---- slow ones
{
	my $slow = "$dir/slow.sock";
	my $tlsd = engine($slow, '-n', 'a.test', '-w', 1, '-t', 2);
	my ($l, $lport) = listener('tlswrap', '-s', $slow, 'echo', 'hello');
	# until the server ends it: how many of these bytes can be sent, one each 0.1 s
	my $drip = sub {
		my ($c, $bytes) = @_;
		my $n = 0;
		for my $b (split //, $bytes) {
			last if !$c->send($b) || $c->more(time + 0.1) || defined $c->{end};
			$n++;
		}
		return $n;
	};
	my $began = time;
	my $c = client($lport);
	ok($c->ended, 'who says nothing gets nothing');
	cmp_ok(time - $began, '>', 1.5, 'but the end, after the deadline');
	ok(logged(qr/reason="nothing was said within 2 seconds"/), 'and it is logged');

	# a byte now and then moves no deadline
	($began, $c) = (time, client($lport));
	cmp_ok($drip->($c, hello(alpn => ['x' x 200])), '<', 250, 'a byte each 0.1 s');
	cmp_ok(time - $began, '>', 1.5, 'ends when the time is over');
	ok(logged(qr/reason="the client's hello did not come whole within 2 seconds"/), 'logged');

	$c = client($lport);
	$c->send(hello());
	ok($c->more(time + 30), 'an answer to a hello');
	cmp_ok($drip->($c, "\x16\x03\x03\x00\xff" . 'x' x 250), '<', 250, 'a byte each 0.1 s after the hello');
	ok(logged(qr/reason="the handshake was not done within 2 seconds"/), 'logged');
	stop($_) for $l, $tlsd;
}

# ---- no more than there is room for, and those who wait
stop($engine);
$engine = engine($sock, '-n', 'a.test', '-w', 1, '-c', 3, '-g', 6);
my ($l, $lport) = listener('tlswrap', '-t', 60, '-s', $sock, 'sh', '-c', 'echo hello; cat');
{
	my @s = map { tls_client($lport) } 1 .. 3;
	is(scalar(grep { <$_> eq "hello\n" } @s), 3, 'three connections');
	my $c = client($lport);
	$c->send(hello());
	ok(!$c->more(time + 0.5), 'a fourth one waits');
	ok(logged(qr/event=full connections=3 /), 'which is logged');
	$s[0]->close;
	ok($c->more(time + 30), 'until there is room');
	$c->close;
	is(scalar(() = slurp("$dir/log") =~ /event=full/g), 1, 'logged once');
	$_->close for @s;
}

# ---- the end
sub deaf { return wait_for(sub { !IO::Socket::UNIX->new(Peer => $sock) }) }
sub gone { return wait_for(sub { waitpid($engine, POSIX::WNOHANG()) == $engine }) ? $? : 'it goes on' }
sub ends { return (bless { s => $_[0], buf => '' }, 'Postern::Client')->ended }
{
	my $s = tls_client($lport);
	<$s>;
	my $began = time;
	kill 'TERM', $engine;
	ok(deaf(), 'TERM: nothing new');
	is(run('tlswrap', '-s', $sock, 'true')->{code}, 111, 'as tlswrap is told');
	print $s "more\n";
	is(scalar <$s>, "more\n", 'what is there goes on');
	ok(ends($s), 'until its time is over');
	cmp_ok(time - $began, '>', 5, 'which it had');
	is(gone(), 0, 'the engine ends');
	ok(logged(qr/event=stop connections=1 reason="ended, they had their time/), 'logged');

	$engine = engine($sock, '-n', 'a.test', '-w', 2, '-g', 60);
	$s = tls_client($lport);
	<$s>;
	kill 'TERM', $engine;
	ok(deaf(), 'TERM');
	kill 'TERM', $engine;
	is(gone(), 0, 'TERM twice: it ends');
	ok(ends($s), 'with all connections');
}
done_testing;
