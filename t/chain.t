#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# The chain: the same sessions with stages called and executed, under our own
# listener and under others, with the shared TLS engine and with one of their
# own, are the same to the byte; and our stages around programs of others.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Postern::Instance;
use Socket ();
use Test::More;
use IO::Socket::SSL ();
use POSIX ();

$SIG{PIPE} = 'IGNORE';
my $i = Postern::Instance->new('alice@example.test');
my $dir = $i->{dir};
my $log = scratch . '/log';

# ------------------------------------------------------------------ sessions
# what a client says, and how the reply to it ends
my $one = qr/^\S.*\r\n\z/;
my $smtp = qr/^\d\d\d .*\r\n\z/;
my $dots = qr/^(?:-ERR.*|\.)\r\n\z/;
my $mail = join "\r\n", 'From: me@example.org', 'To: alice@example.test',
    'Subject: chain', '', '..dot', "\xe4", '', 'end', '.', '';
my @smtp_clear = (['', $smtp], ["EHLO client.test\r\n", $smtp]);
my @smtp = (["EHLO client.test\r\n", $smtp], ["NONSENSE\r\n", $smtp],
    ["MAIL FROM:<me\@example.org> BODY=8BITMIME\r\n"
    . "RCPT TO:<alice\@example.test>\r\n", $smtp], ['', $smtp],
    ["RCPT TO:<nobody\@example.test>\r\n", $smtp],
    ["RCPT TO:<x\@elsewhere.test>\r\n", $smtp], ["DATA\r\n", $smtp],
    [$mail, $smtp], ["QUIT\r\n", $smtp]);
my @pop3 = (['', $one], ["CAPA\r\n", $dots], ["STAT\r\n", $one],
    ["USER alice\@example.test\r\n", $one], ["PASS wrong\r\n", $one],
    ["USER alice\@example.test\r\n", $one],
    ["PASS $Postern::Instance::PASSWORD\r\n", $one], ["CAPA\r\n", $dots],
    ["STAT\r\n", $one], ["LIST\r\n", $dots], ["UIDL\r\n", $dots],
    ["TOP 1 1\r\n", $dots], ["RETR 1\r\n", $dots], ["DELE 1\r\n", $one],
    ["RETR 1\r\n", qr/^-ERR/], ["QUIT\r\n", $one]);

# speaks these lines; everything that came, with what was said between
sub talk {
	my ($c, @script) = @_;
	my $all = '';
	for (@script) {
		my ($say, $end) = @$_;
		$c->send($say);
		$all .= $say =~ s/^(?=.)/> /gmsr;
		my $l;
		do {
			$l = $c->line(60) // return $all . "(nothing more)\n";
			$all .= $l;
		} until $l =~ $end;
	}
	return $all;
}

# TLS from here on; a line that says how that went
sub secured {
	my ($c) = @_;
	return $c->tls ? "(TLS)\n" : "(no TLS: $IO::Socket::SSL::SSL_ERROR)\n";
}

# a port behind which every byte of the server's is written to FILE, too
sub recorder {
	my ($port, $file) = @_;
	my $listener = IO::Socket::INET->new(Listen => 1,
	    LocalAddr => '127.0.0.1', LocalPort => 0) or die;
	my $pid = fork // die;
	if (!$pid) {
		alarm 600;
		my $client = $listener->accept or POSIX::_exit(1);
		my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		    PeerPort => $port) or POSIX::_exit(1);
		open my $f, '>:raw', $file or POSIX::_exit(1);
		my $s = IO::Select->new($client, $server);
		ROUND: while (my @ready = $s->can_read) {
			for my $from (@ready) {
				my $to = $from == $client ? $server : $client;
				my $n = sysread $from, my $buf, 65536;
				if ($n) {
					syswrite $f, $buf if $from == $server;
					syswrite $to, $buf;
				} elsif ($from == $server) {
					last ROUND;
				} else {
					$s->remove($client);
					shutdown $server, Socket::SHUT_WR();
				}
			}
		}
		POSIX::_exit(0);
	}
	return ($pid, $listener->sockport);
}

# 1 if the text is a number of whole TLS records and nothing else
sub records {
	my ($text) = @_;
	my $n = 0;
	while ($text =~ /\G[\x14-\x17]\x03[\x01-\x04](..)/gcs) {
		pos($text) += unpack 'n', $1;
		$n++;
	}
	return $n > 3 && (pos($text) // 0) == length $text;
}

# what must differ from session to session gets a name
sub same {
	my ($t) = @_;
	my ($octets) = $t =~ /^> RETR 1\r\n\+OK[^\n]*\n(.*?\r\n)\.\r\n/ms;
	if (defined $octets) {
		my $n = length $octets =~ s/^\.//gmr;
		$t =~ s/^(\+OK 1 |1 )$n\r$/${1}SIZE\r/gm;
		$t =~ s/^(\+OK .*?)\b$n octets/${1}SIZE octets/gm;
	}
	$t =~ s/(queued as )\S+/${1}ID/g;
	$t =~ s/( id )\S+/${1}ID/g;
	$t =~ s/(connid )[^\s()]+/${1}CONNID/g;
	$t =~ s/\w{3}, +\d+ \w{3} \d{4} [\d:]{8} \+0000/DATE/g;
	$t =~ s/(> UIDL\r\n\+OK[^\n]*\n1 )\S+/${1}UID/;
	return $t;
}

# a whole SMTP session, with STARTTLS or without TLS
sub smtp_session {
	my ($port, $tls) = @_;
	my ($pid, $rport) = recorder($port, my $file = scratch . '/raw');
	my $c = client($rport);
	my $t = talk($c, @smtp_clear);
	if ($tls) {
		my $clear = talk($c, ["STARTTLS\r\n", $smtp]);
		my $n = length(($t . $clear) =~ s/^> .*\n//gmr);
		$t .= $clear;
		$t .= secured($c);
		$t .= talk($c, @smtp) . $c->rest;
		waitpid $pid, 0;
		$t .= "(not TLS)\n" if !records(substr slurp($file), $n);
	} else {
		$t .= talk($c, @smtp) . $c->rest;
		waitpid $pid, 0;
	}
	return same($t);
}

# a whole POP3 session, with TLS from the start or without
sub pop3_session {
	my ($port, $tls) = @_;
	my ($pid, $rport) = recorder($port, my $file = scratch . '/raw');
	my $c = client($rport);
	my $t = '';
	$t .= secured($c) if $tls;
	$t .= talk($c, @pop3) . $c->rest;
	waitpid $pid, 0;
	$t .= "(not TLS)\n" if $tls && !records(slurp($file));
	return same($t);
}

# is() of two sessions that shows just where they part
sub alike {
	my ($got, $want, $name) = @_;
	my @got = split /^/, $got;
	my @want = split /^/, $want;
	shift @got, shift @want while @got && @want && $got[0] eq $want[0];
	my $same = ok($got eq $want, $name);
	diag "got:  ", $got[0] // 'the end', "want: ", $want[0] // 'the end'
	    if !$same;
	return $same;
}

# both sessions: mail goes in by the one and comes out by the other
sub sessions {
	my ($smtp_port, $pop3_port, $tls) = @_;
	my $t = smtp_session($smtp_port, $tls);
	wait_for(sub { $i->mails('alice@example.test') });
	return $t . pop3_session($pop3_port, $tls);
}

# ------------------------------------- called and executed, and who is executed
my $strace = run('strace', '-D', '-ff', '-qq', '-e', 'trace=execve', '-o',
    scratch . '/execs.probe', 'true')->{code} == 0;

# 1 if just these programs, in alphabetical order, were executed for a service.
# strace may take a moment to write what it saw; without root it cannot read
# the names where memory is protected: they are "?"
sub executed {
	my ($service, $want) = @_;
	my ($names, @file);
	$want =~ s/\w+/?/g if !as_root;
	wait_for(sub {
		@file = glob scratch . "/execs.$service.*";
		$names = join ' ', sort map {
		    map { as_root ? $_ : '?' } slurp($_)
			=~ m{^execve\((?:"(?:[^"]*/)?)?([^"/,]+)"?, .* = 0$}mg
		} @file;
		return $names eq $want;
	});
	unlink @file;
	diag "executed: $names" if $names ne $want;
	return $names eq $want;
}
$strace &&= executed('probe', 'true');

my %want = (
	smtp => ['tcplisten', 'connlimit ipcheck relaycheck smtpd tcplisten tlswrap'],
	pop3s => ['tcplisten',
	    'checkpw checkpw connlimit ipcheck pop3d pop3login relayopen tcplisten tlswrap'],
);
my %chain;
for my $service (sort keys %want) {
	my $file = "$dir/service/$service/run";
	my $run = slurp($file);
	($chain{$service}) = $run =~ /(ipcheck .*)/s or die;
	my $trace = scratch . "/execs.$service";
	my $traced = "exec strace -D -ff -qq -e trace=execve -o $trace tcplisten";
	spew($file, $run =~ s/^exec tcplisten/$traced/mr) if $strace;
}

my $reference;
for my $exec (0, 1) {
	my $how = $exec ? 'executed' : 'called';
	is($i->up($exec ? (POSTERN_EXEC => 1) : ()), "ready\n", "$how: up");
	my $t = sessions($i->port('smtp'), $i->port('pop3s'), 1);
	if ($exec) {
		alike($t, $reference, 'executed: the same bytes as called');
	} else {
		$reference = $t;
		like($t, qr/^354 .*^250 .*queued as ID.*^221 /ms,
		    'called: mail goes in');
		like($t, qr/^-ERR.*^\+OK 1 SIZE\r\n.*^\.\.dot\r\n\xe4\r\n\r\nend\r\n\.\r\n/ms,
		    'called: and comes out');
		unlike($t, qr/\((nothing|no TLS|not TLS)/, 'all of it in TLS')
		    or diag $t;
	}
	$i->down;
	for my $service (sort keys %want) {
		SKIP: {
			skip 'strace cannot trace here', 1 if !$strace;
			my $want = $want{$service}[$exec];
			ok(executed($service, $want),
			    "$how: $service executes $want and no more");
		}
	}
}

# ------------------------------------------------ under the listeners of others
$i->up;
# where a user's own engine finds the certificate
my $env = "cd $dir || exit 111\nPATH=\$PWD/bin:\$PATH TLSDIR=tls "
    . "TLSNAME=localhost\nexport PATH TLSDIR TLSNAME\n";
my $scripts = 0;

# the chain of a service, with an engine of its own or without TLS, as a script
sub script {
	my ($service, $tls, $exec, $before) = @_;
	my $c = $chain{$service};
	$c =~ s{ -s run/tlsd.sock}{};
	$c =~ s/^.*?(?=smtpd|pop3login)//s if !$tls;
	$c = "${before}export POSTERN_EXEC=$exec\nexec $c";
	my $path = $ENV{PATH} =~ s/'/'\\''/gr;
	my $file = scratch . '/script' . $scripts++;
	spew($file, "#!/bin/sh\nPATH='$path'\n$env$c");
	chmod 0755, $file;
	return $file;
}

sub under_tcpserver {
	my ($port, @how) = @_;
	return serve('tcpserver', '-HRl0', '127.0.0.1', $port, script(@how, ''));
}

# fd 2 is the client, and nothing in the environment tells who that is
sub under_inetd {
	my ($port, @how) = @_;
	my $me = getpwuid $> // $>;
	my $conf = scratch . "/inetd.$port";
	spew($conf, "127.0.0.1:$port stream tcp nowait $me "
	    . script(@how, '') . " chain\n");
	return serve('/usr/sbin/inetd', '-i', $conf);
}

# as systemd does for a socket unit with Accept=yes, fd 2 is the client
sub under_systemd {
	my ($port, @how) = @_;
	return serve('systemd-socket-activate', '--accept', '--inetd', '-l',
	    "127.0.0.1:$port", script(@how, "exec 2>&0\n"));
}

my $without;
for (['tcpserver', \&under_tcpserver], ['inetd', \&under_inetd],
    ['systemd-socket-activate', \&under_systemd]) {
	my ($name, $under) = @$_;
	SKIP: {
		skip "$name is not here", 3 if !grep { -x "$_/$name" }
		    split(/:/, $ENV{PATH}), '/usr/sbin';
		for my $how ([1, 0], [1, 1], [0, 0]) {
			my ($tls, $exec) = @$how;
			my @port = (free_port, free_port);
			my @pid = map { $under->($port[$_],
			    ('smtp', 'pop3s')[$_], $tls, $exec) } 0, 1;
			wait_port($_) or BAIL_OUT("$name does not listen")
			    for @port;
			my $t = sessions(@port, $tls);
			$without //= $t if !$tls;
			alike($t, $tls ? $reference : $without, "$name: "
			    . ($tls ? 'an engine of its own' : 'no TLS') . ', '
			    . ($exec ? 'executed' : 'called'))
			    or diag slurp($log) =~ /((?:.*\n){0,8})\z/;
			stop($_) for @pid;
		}
	}
}
unlike($without, qr/STARTTLS|\(nothing|^prog=/m, 'without TLS: no STARTTLS');
like($without, qr/^\+OK 1 SIZE\r\n/m, 'but mail');

# ------------------------------------------------ around the programs of others
spew(scratch . '/ip', "127.0.0.1:allow,TLS=\"offer\","
    . "SMTPGREETING=\"as the rules say\"\n"
    . "127.0.0.2:deny\n");
is(run({ in => slurp(scratch . '/ip') }, 'cdbrules', 'compile', 'ip',
    scratch . '/ip.cdb')->{code}, 0, 'rules');

# the port of a listener that runs these behind ipcheck and tlswrap
sub around {
	my ($exec, $mode, @program) = @_;
	my $port = free_port;
	serve({ POSTERN_EXEC => $exec }, 'tcplisten', '127.0.0.1', $port,
	    'ipcheck', scratch . '/ip.cdb', 'tlswrap',
	    ($mode ? $mode : ()), '-s', "$dir/run/tlsd.sock", @program);
	wait_port($port) or BAIL_OUT('tcplisten does not listen');
	return $port;
}

# what a client that no rule allows gets
sub refused {
	my ($port) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    LocalAddr => '127.0.0.2', PeerPort => $port) or return "$!";
	return sysread($s, my $byte, 1) ? 'served' : 'nothing';
}

my @front = (['', $smtp], ["EHLO client.test\r\n", $smtp],
    ["STARTTLS\r\n", $smtp]);
my @front_tls = (["EHLO client.test\r\n", $smtp],
    ["MAIL FROM:<me\@example.org>\r\n", $smtp],
    ["RCPT TO:<you\@example.org>\r\n", $smtp], ["DATA\r\n", $smtp],
    ["Subject: x\r\n\r\nx\r\n.\r\n", $smtp],
    ["QUIT\r\n", $smtp]);

sub through_smtpfront {
	local %ENV = (%ENV, PLUGINS => 'accept:starttls-ucspi', UCSPITLS => '');
	my $port = around($_[0], '-n', '/usr/sbin/smtpfront-echo');
	my $c = client($port);
	my $t = talk($c, @front);
	return $t . secured($c) . talk($c, @front_tls) . refused($port);
}

my $box = scratch . '/box';
mkdir $_ for $box, map { "$box/Maildir$_" } '', '/new', '/cur', '/tmp';
spew("$box/Maildir/new/1", "Subject: x\n\n.x\n");
spew(scratch . '/pwfile', join(':', 'carol', 'secret', $>, $) + 0, 'Carol',
    $box, '/bin/sh') . "\n");
my @fetch = (['', $one], ["USER carol\r\n", $one], ["PASS secret\r\n", $one],
    ["LIST\r\n", $dots], ["RETR 1\r\n", $dots], ["QUIT\r\n", $one]);

sub through_pop3front {
	local %ENV = (%ENV, CVM_PWFILE_PATH => scratch . '/pwfile',
	    CVM_PWFILE_PWCMP => 'plain');
	my $port = around($_[0], '', '/usr/sbin/pop3front-auth',
	    '/usr/bin/cvm-pwfile', '/usr/sbin/pop3front-maildir', 'Maildir');
	my $c = client($port);
	return secured($c) . talk($c, @fetch) . refused($port);
}

sub through_cat {
	my $port = around($_[0], '-n', 'cat');
	my $c = client($port);
	$c->send("hello\n");
	my $t = $c->line;
	shutdown $c->{s}, Socket::SHUT_WR();
	return $t . $c->rest . refused($port);
}

for (['smtpfront-echo', \&through_smtpfront,
    qr/^220 as the rules say.*STARTTLS.*^\(TLS\)\n.*^354 .*^250 .*^221 .*^nothing\z/ms],
    ['pop3front-auth', \&through_pop3front,
    qr/^\(TLS\)\n.*^1 \d+\r\n\.\r\n.*^\.\.x\r\n.*^\+OK[^\n]*\nnothing\z/ms],
    ['cat', \&through_cat, qr/^hello\nnothing\z/]) {
	my ($name, $through, $want) = @$_;
	SKIP: {
		skip "$name is not here", 2 if !grep { -x "$_/$name" }
		    '/usr/sbin', '/bin';
		my $called = $through->(0);
		like($called, $want, "$name behind ipcheck and tlswrap, called");
		alike($through->(1), $called, "$name behind them, executed");
	}
}
done_testing;
