#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# imaplogin: IMAP before the login, literals, STARTTLS and what may not follow
# it, who answers the login, rights; and curl, mutt and Python on Dovecot's imap
# behind it, in an instance made by postern init --imap.
use strict;
use warnings;
use lib 't/lib';
use MIME::Base64;
use Postern;
use Postern::Instance;
use Postern::Tls;
use Test::More;

my $dir = scratch;
chmod 0755, $dir;
my ($uid, $gid) = as_root ? (64001, 64001) : ($>, $) + 0);
my @role = as_root ? ('-u', '64003:64003', '-R', "$dir/empty") : ();
mkdir "$dir/$_" or die for qw(empty home);
run('chown', '-R', "$uid:$gid", "$dir/home") if as_root;
my $sha = crypt 'se cret', '$6$rounds=1000$saltsalt$';
sub compile {
	my ($type, $text) = @_;
	my $r = run({ in => $text }, 'cdbrules', 'compile', $type, "$dir/$type.cdb");
	is($r->{code}, 0, "compile $type") or diag $r->{err};
}
compile('users', join '', map { "$_\@example.test:$sha:$uid:${gid}::$dir/home::groups=$_\n" } qw(alice popper away));
compile('groups', "alice imap=*\npopper pop=* imap=\naway imap=10.0.0.0/8\n");
my @alice = ('alice@example.test', 'se cret');
# a session that answers as an IMAP server would, then shows what is left for it
spew("$dir/session", "#!/bin/sh\nprintf '%s OK logged in\\r\\n' \"\$IMAPLOGINTAG\"\nexec cat\n");
chmod 0755, "$dir/session";
my @check = ('checkpw', '-s', 'imap', "$dir/users.cdb", "$dir/groups.cdb", "$dir/session");

sub serving {
	my ($env, @arg) = @_;
	my $port = free_port;
	my @before = @{ delete $env->{before} // [] };
	serve($env, 'tcplisten', '127.0.0.1', $port, @before, 'imaplogin', @role, '-H', 'mail.example.test', @arg);
	wait_port($port) or die 'no server';
	return $port;
}
my $port = serving({}, @check);
# what comes for all of this sent at once, without the greeting
sub talk {
	my ($text, $p) = @_;
	my $c = client($p // $port);
	$c->line;
	$c->send($text);
	shutdown $c->{s}, 1;
	return $c->rest =~ s/\r\n/|/gr;
}
sub plain { return encode_base64(join("\0", @_), '') }
my $plain = plain('', @alice);
my $capability = 'CAPABILITY IMAP4rev1 LITERAL+ SASL-IR ID';

# ------------------------------------------------------------ before a login
my $c = client($port);
is($c->line, "* OK [$capability AUTH=PLAIN] mail.example.test IMAP\r\n", 'greeting');
$c->send("a CAPABILITY\r\n");
is($c->line . $c->line, "* $capability AUTH=PLAIN\r\na OK done\r\n", 'CAPABILITY');
$c->send("b id nil\r\n");
is($c->line . $c->line, "* ID (\"name\" \"Postern\")\r\nb OK done\r\n", 'ID');
$c->send("c ID (\"name\" {3}\r\n");
like($c->line, qr/^\+ /, 'a literal is asked for');
$c->send("x y \"version\" NIL)\r\nd NOOP\r\n");
is($c->line . $c->line . $c->line, "* ID (\"name\" \"Postern\")\r\nc OK done\r\nd OK done\r\n", 'ID with a literal');
$c->send("e LOGOUT\r\n");
is($c->rest, "* BYE bye\r\ne OK done\r\n", 'LOGOUT');
my @bad = (
	["a\r\n", 'a BAD'], ["\r\n", '* BAD'], ["a NOSUCH\r\n", 'a BAD'], ["a SELECT INBOX\r\n", 'a BAD'], ["+ NOOP\r\n", '* BAD'],
	["* NOOP\r\n", '* BAD'], ["a(b NOOP\r\n", '* BAD'], [('t' x 65) . " NOOP\r\n", '* BAD'], ["a NOOP x\r\n", 'a BAD'],
	["a CAPABILITY x\r\n", 'a BAD'], ["a LOGOUT x\r\n", 'a BAD'], ["a STARTTLS\r\n", 'a BAD'], ["a ID\r\n", 'a BAD'],
	["a LOGIN\r\n", 'a BAD'], ["a LOGIN x\r\n", 'a BAD'], ["a LOGIN x y z\r\n", 'a BAD'], ["a LOGIN  x y\r\n", 'a BAD'],
	["a LOGIN \"x y\r\n", 'a BAD'], ["a LOGIN \"x\\y\" z\r\n", 'a BAD'], ["a LOGIN x {3\r\n", 'a BAD'], ["a LOGIN x (y)\r\n", 'a BAD'],
	["a LOGIN x {}\r\n", 'a BAD'], ["a LOGIN x {-1}\r\n", 'a BAD'], ["a LOGIN {9000}\r\n", 'a BAD'],
	["a LOGIN {99999999999999999999999}\r\n", 'a BAD'], ["a AUTHENTICATE\r\n", 'a BAD'], ["a AUTHENTICATE LOGIN\r\n", 'a NO'],
	["a AUTHENTICATE PLAIN !\r\n", 'a BAD'], ["a AUTHENTICATE PLAIN =\r\n", 'a BAD'], ["a AUTHENTICATE PLAIN $plain x\r\n", 'a BAD'],
	["a AUTHENTICATE PLAIN " . plain('bob', @alice) . "\r\n", 'a NO'], ["a AUTHENTICATE PLAIN\r\n*\r\n", '+'],
	["a NOOP\n", '* BAD'], ["a NO\rOP\r\n", '* BAD'], ["a NO\0OP\r\n", '* BAD'], ['a NOOP ' . 'x' x 9000 . "\r\n", '* BAD'],
);
for (@bad) {
	my ($text, $want) = @$_;
	like(talk("${text}z NOOP\r\n"), qr/^\Q$want\E [^|]*\|(?:a BAD[^|]*\|)?z OK done\|\z/,
	    'refused, and on it goes: ' . substr($text, 0, 40) =~ s/[^ -~]/?/gr);
}
is(talk("a LOGIN {9000+}\r\nb LOGOUT\r\n"), '* BYE the literal is too long|', 'a literal sent at once that is too long ends it');
is(talk("a ID {8000+}\r\n" . 'x' x 8000 . " {200+}\r\n"), '* BYE the literal is too long|', 'two that are too long together');
like(talk("a X\r\n" x 20), qr/^(a BAD [^|]*\|){20}\* BYE [^|]*\|\z/, 'twenty bad commands are enough');
is(talk("GET / HTTP/1.1\r\nHost: x\r\na NOOP\r\n"), '* BYE this is no web server|', 'HTTP');
like(talk(join '', map { "a$_ LOGIN alice\@example.test wrong\r\n" } 1 .. 4),
    qr/^(a\d NO \[AUTHENTICATIONFAILED\] [^|]*\|){3}\* BYE [^|]*\|\z/, 'three wrong passwords are enough');
like(talk("a LOGIN $_\@example.test \"se cret\"\r\n"), qr/^a NO \[AUTHENTICATIONFAILED\]/, "no right to IMAP from here: $_")
    for qw(popper away);
my $no = serving({}, 'checkpw', '-s', 'imap', "$dir/none.cdb", "$dir/groups.cdb", "$dir/session");
like(talk("a LOGIN x y\r\nb NOOP\r\n", $no), qr/^a NO \[UNAVAILABLE\] [^|]*\|\* BYE closing\|\z/, 'trouble is temporary');

# ------------------------------------------------------------------- logins
my $in = 'T.1 OK logged in|';
my $behind = "b SELECT INBOX\r\n";
my @login = (
	"T.1 LOGIN alice\@example.test \"se cret\"\r\n", "T.1 login \"alice\@example.test\" {7+}\r\nse cret\r\n",
	"T.1 LOGIN {18+}\r\nalice\@example.test {7+}\r\nse cret\r\n", "T.1 LOGIN \"ALICE\@example.test\" \"se cret\"\r\n",
	"T.1 AUTHENTICATE PLAIN $plain\r\n", "T.1 authenticate \"plain\" $plain\r\n",
	'T.1 AUTHENTICATE PLAIN ' . plain($alice[0], @alice) . "\r\n",
);
is(talk($_ . $behind), "$in$behind" =~ s/\r\n/|/r, 'the session answers, once, and gets what is behind: ' . s/\r\n/|/gr) for @login;
is(talk("T.1 AUTHENTICATE PLAIN\r\n$plain\r\n$behind"), "+ |$in$behind" =~ s/\r\n/|/r, 'AUTHENTICATE PLAIN, asked for');
is(talk("T.1 LOGIN {18}\r\nalice\@example.test \"se cret\"\r\n$behind"), "+ go on|$in$behind" =~ s/\r\n/|/r, 'a literal that is asked for');
like(talk("a LOGIN alice\@example.test x\r\n$login[0]"), qr/^a NO [^|]*\|\Q$in\E\z/, 'a wrong password, then the right one: the tag of that');
my $exec = serving({ POSTERN_EXEC => 1 }, @check);
is(talk("$login[0]$behind", $exec), "$in$behind" =~ s/\r\n/|/r, 'executed: the same');
unlike(slurp("$dir/log"), qr/se cret/, 'no password in the log');
$c = client($port);
$c->line;
for (split //, "T.1 LOGIN {18+}\r\nalice\@example.test {7+}\r\nse cret\r\n$behind") {
	$c->send($_);
}
shutdown $c->{s}, 1;
is($c->rest, "T.1 OK logged in\r\n$behind", 'byte by byte');
is(run({ env => { TLS => 'requird' } }, 'imaplogin', @role, 'true')->{code}, 100, 'a TLS policy with a typing error');
is(run('imaplogin')->{code}, 100, 'no checkpassword program');
is(run('imaplogin', 'true')->{code}, 100, 'root without -u') if as_root;

# ------------------------------------------------------------------------ TLS
mkdir "$dir/tls";
run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', 2, '-subj',
    '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', "$dir/key", '-out', "$dir/cert");
spew("$dir/tls/default.pem", slurp("$dir/key"), slurp("$dir/cert"));
chmod 0600, "$dir/tls/default.pem";
engine("$dir/tlsd.sock", as_root ? ('-u', '64004:64004') : ());
my $must = serving({ before => ['env', 'TLS=require', 'tlswrap', '-n', '-p', 'imap', '-s', "$dir/tlsd.sock"] }, @check);
$c = client($must);
is($c->line, "* OK [$capability STARTTLS LOGINDISABLED] mail.example.test IMAP\r\n", 'TLS=require: the greeting is honest');
for ($login[0], $login[4]) {
	$c->send($_);
	like($c->line, qr/^T\.1 NO \[PRIVACYREQUIRED\]/, 'no password in the clear');
}
$c->send("b STARTTLS\r\n");
is($c->line, "b OK begin TLS\r\n", 'STARTTLS');
ok($c->tls, 'handshake') or diag $IO::Socket::SSL::SSL_ERROR;
$c->send("c CAPABILITY\r\nd STARTTLS\r\n$login[1]$behind");
is(join('', map { $c->line // '' } 1 .. 5) =~ s/\r\n/|/gr,
    "* $capability AUTH=PLAIN|c OK done|d BAD this is TLS already|$in$behind" =~ s/\r\n/|/gr, 'a login inside TLS');
for my $ahead ("c LOGIN evil evil\r\n", "c NOOP\r\n", "c LOGIN {10+}\r\n", ' ') {
	$c = client($must);
	$c->line;
	$c->send("b STARTTLS\r\n$ahead");
	like($c->rest, qr/^b BAD [^\r]*\r\n\* BYE closing\r\n\z/, 'bytes behind STARTTLS end it: ' . $ahead =~ s/\s+\z//r);
}
$c = client($must);
$c->line;
$c->send("b STARTTLS\r\n");
$c->line;
$c->send("c NOOP\r\nd CAPABILITY\r\n");
unlike($c->rest, qr/OK|BAD|CAPABILITY/, 'no cleartext after a handshake that fails');

# ------------------------------------------------------- without Dovecot, with it
my $dovecot = -x '/usr/lib/dovecot/imap';
my $r = run('postern', 'init', "$dir/instance", '--domain', 'x.test', '--imap');
if (!$dovecot) {
	is($r->{code}, 100, 'init --imap without Dovecot');
	like($r->{err}, qr/^postern: --imap needs Dovecot's imap.*install it[^\n]*\n\z/, 'one clear line');
	ok(!-e "$dir/instance", 'nothing was made');
	done_testing;
	exit;
}
SKIP: {
	skip 'not root', 5 unless as_root;
	mkdir "$dir/shut", 0700;
	$r = run('postern', 'init', "$dir/shut/instance", '--domain', 'x.test', '--imap');
	is($r->{code}, 100, 'a place the mailboxes\' owner cannot reach');
	like($r->{err}, qr/cannot pass \Q$dir\E\/shut \(mode 700\)/, 'with a reason');
	ok(!-e "$dir/shut/instance", 'nothing was made');
	chmod 0755, "$dir/shut";
	run('postern', 'init', "$dir/shut/instance", '--domain', 'x.test', '--imap');
	chmod 0700, "$dir/shut";
	$r = run('postern', 'check', "$dir/shut/instance");
	is($r->{code}, 1, 'a place that was shut later');
	like($r->{out}, qr/^error imap: .*cannot pass \Q$dir\E\/shut \(mode 700\).*chmod o\+x$/m, 'postern check says what to do');
}
my $i = Postern::Instance->new(['--imap'], 'alice@example.test', 'bob@example.test');
my $pw = $Postern::Instance::PASSWORD;
is($i->up, "ready\n", 'an instance with IMAP');
is(run('postern', 'check', $i->{dir})->{code}, 0, 'check');
my @body = map { "From: a\@b.test\r\nSubject: mail $_\r\n\r\n.body $_\r\n" . "line\r\n" x $_ } 1 .. 3;
for my $n (1 .. 3) {
	spew("$dir/mail", $body[$n - 1]);
	$r = run('curl', '-sS', '--cacert', $i->ca, '--ssl-reqd', 'smtp://localhost:' . $i->port('smtp'), '--mail-from', 'a@b.test',
	    '--mail-rcpt', 'alice@example.test', '-T', "$dir/mail");
	is($r->{code}, 0, "mail $n is sent") or diag $r->{err};
	wait_for(sub { (() = $i->mails("alice\@example.test")) >= $n });
}
my @curl = ('curl', '-sS', '-m', 60, '--cacert', $i->ca, '--user', "alice\@example.test:$pw");
for (['imaps', 'imaps'], ['imap', 'imap', '--ssl-reqd'], ['imaps', 'imaps', '--login-options', 'AUTH=PLAIN'],
	['imaps', 'imaps', '--sasl-ir']) {
	my ($service, $scheme, @more) = @$_;
	for my $n (1, 3) {
		$r = run(@curl, @more, "$scheme://localhost:" . $i->port($service) . "/INBOX;MAILINDEX=$n");
		is($r->{out} =~ s/^.*?(?=From: a)//sr, $body[$n - 1], "curl reads $n by $service @more") or diag $r->{err};
	}
}
isnt(run(@curl, '--user', 'alice@example.test:wrong', 'imaps://localhost:' . $i->port('imaps') . '/')->{code}, 0, 'curl: a wrong password');
isnt(run(@curl, 'imap://localhost:' . $i->port('imap') . '/')->{code}, 0, 'curl: in the clear, where TLS is required');
$r = run({ in => <<"END" }, 'python3', '-');
import imaplib, ssl
c = imaplib.IMAP4_SSL('localhost', ${\ $i->port('imaps')}, ssl_context=ssl.create_default_context(cafile='${\ $i->ca}'))
c.login('alice\@example.test', '$pw')
print(c.select()[1][0].decode())
print(len(c.fetch('1', '(RFC822)')[1][0][1]) > 50)
c.store('1', '+FLAGS', '(\\\\Seen)')
c.logout()
END
is($r->{out}, "3\nTrue\n", 'imaplib reads') or diag $r->{err};
SKIP: {
	skip 'no mutt', 2 if run('mutt', '-v')->{code};
	my $ca = $i->ca;
	spew("$dir/muttrc", <<"END");
set ssl_ca_certificates_file="$ca"
set certificate_file="$ca"
set imap_user='alice\@example.test'
set imap_pass='$pw'
set copy=no
set folder='$dir'
set move=no
set delete=yes
set sleep_time=0
set confirmcreate=no
set confirmappend=no
push "<tag-pattern>~A<enter><tag-prefix><copy-message>$dir/mutt-box<enter><exit>"
END
	my $mutt = "mutt -n -F $dir/muttrc -f imaps://localhost:" . $i->port('imaps') . '/INBOX';
	$r = run({ env => { HOME => $dir, TERM => 'xterm' } }, 'script', '-qec', $mutt, '/dev/null');
	ok(-s "$dir/mutt-box", 'mutt reads over IMAPS') or diag substr $r->{out}, 0, 2000;
	is(scalar(() = (-e "$dir/mutt-box" ? slurp("$dir/mutt-box") : '') =~ /^Subject: mail/mg), 3, 'all of it');
}
# POP3 sees the same mailbox
$r = run('curl', '-sS', '--cacert', $i->ca, '--user', "alice\@example.test:$pw", 'pop3s://localhost:' . $i->port('pop3s') . '/2');
is($r->{out} =~ s/^.*?(?=From: a)//sr, $body[1], 'and POP3 reads the same mail');
ok(wait_for(sub { $i->log('imaps') =~ qr/prog=imap connid=(\S+) user=alice\@example\.test/ }), 'Dovecot logs under our connection id');
unlike($i->log('imaps') . $i->log('imap'), qr/Error|Fatal|Panic/, 'and has nothing to complain of');
SKIP: {
	skip 'one user id a role needs root', 2 unless as_root;
	my $x = client($i->port('imaps'));
	$x->tls;
	$x->line;
	my %old = map { $_ => 1 } $i->family;
	$x->send("a LOGIN bob\@example.test \"$pw\"\r\n");
	like($x->line, qr/^a OK/, 'a login');
	my ($pid) = grep { Postern::Instance::command($_) =~ m{^/usr/lib/dovecot/imap\0} } $i->family;
	my ($mail) = slurp("$i->{dir}/etc/instance") =~ /^role_mail=(\d+)/m;
	like(slurp("/proc/$pid/status"), qr/^Uid:\s+$mail\s+$mail\s+$mail\s+$mail$/m, 'imap is the owner of the mailboxes');
}
done_testing;
