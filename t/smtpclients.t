#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# smtpd with the mail programs and servers of other people as its clients: what
# they are given arrives byte for byte, 7bit, 8bit, with SMTPUTF8 and by BDAT.
# Each is left out where it is not there: nodemailer is looked for in NODE_PATH.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Postern::Beside;
use Postern::Postfix;
use Smtp;
use Test::More;

my $dir = scratch;
chmod 0755, $dir;
my $q = queue;
my $policy = top . "/t/lib/policy $dir/asked";
my $port = smtp({}, '-q', $q, '-p', $policy);
my $to = 'alice@example.test';
my $utf8 = "d\xc3\xb6rte\@example.test";
my %body = ('7bit' => "first\n.\n..\n.two\n\n  blank \n" . 'long ' x 150 . "\nend\n",
	'8bit' => "gr\xc3\xbc\xc3\x9fe \xe2\x82\xac\n.\n.\xc3\xa4\n" . "\xc3\xa4" x 400 . "\nend\n");
my $head = "From: a\@b.test\nTo: x\@example.test\nSubject: test\nDate: Tue, 24 Nov 2026 00:00:00 +0000\n"
    . "Message-ID: <1\@b.test>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n";
my %mail = map { $_ => "${head}Content-Transfer-Encoding: $_\n\n$body{$_}" } keys %body;
spew("$dir/$_.eml", $mail{$_}) for keys %mail;

sub installed {
	my ($program) = @_;
	return $program if $program =~ m{/} && -x $program;
	return (grep { -x } map { "$_/$program" } split(/:/, $ENV{PATH}), '/usr/sbin')[0];
}

# waits for the one message that has come: its envelope and text
sub arrived {
	my @m;
	wait_for(sub { @m = grep { $_->{whole} } queued($q) })
	    or return { text => '', envelope => '', to => [] };
	my ($e) = slurp("$q/incoming/$m[0]{name}") =~ /\A(.*?\n)\n/s;
	unlink glob "$q/incoming/*";
	return { %{ $m[0] }, envelope => $e };
}

# the one message has the body of KIND, for TO
sub same {
	my ($name, $kind, $to) = @_;
	my $m = arrived();
	my ($text) = $m->{text} =~ /\n\n(.*)\z/s;
	$text =~ s/\n\n\z/\n/ if $name eq 'swaks'; # adds a line of its own
	is($text, $body{$kind}, "$name, $kind: byte for byte");
	is($m->{to}[0], $to, "$name, $kind: to whom");
	return $m;
}

sub sends {
	my ($name, $kind, $rcpt, @command) = @_;
	my $o = ref $command[0] ? shift @command : {};
	my $r = run($o, @command);
	is($r->{code}, 0, "$name, $kind: sent") or diag $r->{out}, $r->{err};
	return same($name, $kind, $rcpt);
}

# ------------------------------------------------------------- mail programs
for my $kind ('7bit', '8bit') {
	sends('swaks', $kind, $to, 'swaks', '--server', "127.0.0.1:$port", '--from', 'a@b.test', '--to', $to,
	    '--data', "\@$dir/$kind.eml") if installed('swaks');
	sends('curl', $kind, $to, 'curl', '-sS', '--crlf', '--url', "smtp://127.0.0.1:$port/c.test", '--mail-from', 'a@b.test',
	    '--mail-rcpt', $to, '-T', "$dir/$kind.eml") if installed('curl');
	sends('msmtp', $kind, $to, { in => $mail{$kind} }, 'msmtp', '-C', '/dev/null', '--host=127.0.0.1', "--port=$port",
	    '--from=a@b.test', $to) if installed('msmtp');
	sends('s-nail', $kind, $to, { in => $body{$kind}, env => { HOME => $dir, MAILRC => '/dev/null', LC_ALL => 'C.UTF-8' } }, 's-nail',
	    '-:/', '-Sv15-compat', "-Smta=smtp://127.0.0.1:$port", '-Ssmtp-auth=none', '-Sttycharset=utf-8', '-Ssendcharsets=utf-8',
	    '-Smime-encoding=8bit', '-Sfrom=a@b.test', '-Shostname=c.test', '-s', 'test', $to) if installed('s-nail') && $kind eq '7bit';
}
if (installed('curl')) {
	my $m = sends('curl, SMTPUTF8', '8bit', $utf8, { env => { LC_ALL => 'C.UTF-8' } }, 'curl', '-sS', '--crlf', '--url',
	    "smtp://127.0.0.1:$port/c.test", '--mail-from', "\xc3\xa4\@b.test", '--mail-rcpt', $utf8, '-T', "$dir/8bit.eml");
	like($m->{envelope}, qr/^from \xc3\xa4\@b\.test\nsmtputf8 yes$/m, 'and the envelope says so');
}

# ------------------------------------------------------------------- Python
spew("$dir/send.py", <<'END');
import smtplib, sys
from email.message import EmailMessage
from email.policy import SMTPUTF8
port, kind, to, file = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
s = smtplib.SMTP('127.0.0.1', port, local_hostname='c.test')
s.ehlo()
data = open(file, 'rb').read().replace(b'\n', b'\r\n')
if kind == 'utf8':
    m = EmailMessage(policy=SMTPUTF8)
    m['From'], m['To'], m['Subject'] = 'ä@b.test', to, 'grüße'
    m.set_content(data.split(b'\r\n\r\n', 1)[1].decode(), cte='8bit')
    s.send_message(m)
elif kind == 'bdat':
    s.docmd('MAIL', 'FROM:<a@b.test> BODY=8BITMIME RET=HDRS ENVID=q1')
    s.docmd('RCPT', 'TO:<%s> NOTIFY=FAILURE' % to)
    for i in range(0, len(data), 100):
        s.send(b'BDAT %d\r\n' % len(data[i:i+100]) + data[i:i+100])
        assert s.getreply()[0] == 250
    assert s.docmd('BDAT', '0 LAST')[0] == 250
else:
    s.sendmail('a@b.test', [to], data, mail_options=['BODY=8BITMIME'])
s.quit()
END
SKIP: {
	skip 'no Python', 12 unless installed('python3');
	my @python = ('python3', "$dir/send.py", $port);
	sends('smtplib', $_, $to, @python, 'plain', $to, "$dir/$_.eml") for '7bit', '8bit';
	like(sends('smtplib, BDAT', '8bit', $to, @python, 'bdat', $to, "$dir/8bit.eml")->{envelope},
	    qr/^body 8bitmime\nret hdrs\nenvid q1\nto alice\@example\.test\nnotify failure$/m, 'with DSN');
	like(sends('smtplib, SMTPUTF8', '8bit', $utf8, { env => { PYTHONUTF8 => 1 } }, @python, 'utf8', $utf8, "$dir/8bit.eml")->{text},
	    qr/with UTF8SMTP id .*^Subject: gr\xc3\xbc\xc3\x9fe$/ms, 'with a header beyond ASCII');
}

# --------------------------------------------------------------- nodemailer
SKIP: {
	skip 'no nodemailer', 4 unless installed('node') && run('node', '-e', 'require("nodemailer")')->{code} == 0;
	spew("$dir/send.js", <<'END');
const [port, to, file] = process.argv.slice(2);
require('nodemailer').createTransport({ host: '127.0.0.1', port, name: 'c.test', ignoreTLS: true }).sendMail({
	envelope: { from: 'a@b.test', to }, raw: require('fs').readFileSync(file),
}).catch((e) => { console.error(e); process.exit(1); });
END
	sends('nodemailer', $_, $to, 'node', "$dir/send.js", $port, $to, "$dir/$_.eml") for '7bit', '8bit';
	sends('nodemailer, SMTPUTF8', '8bit', $utf8, 'node', "$dir/send.js", $port, $utf8, "$dir/8bit.eml");
}

# ------------------------------------------------------------------ Postfix
SKIP: {
	my $why = beside_has('postfix');
	skip $why, 6 if $why;
	my $in = free_port;
	my $postfix = Postern::Postfix->new("$dir/postfix", $in, <<"END");
myhostname = postfix.test
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:$port
smtp_tls_security_level = none
END
	$postfix->up;
	wait_port($in) or skip 'Postfix does not start here', 6;
	my @python = ('python3', "$dir/send.py", $in);
	sends('Postfix', $_, $to, @python, 'plain', $to, "$dir/$_.eml") for '7bit', '8bit';
	like(sends('Postfix, SMTPUTF8', '8bit', $utf8, { env => { PYTHONUTF8 => 1 } }, @python, 'utf8', $utf8, "$dir/8bit.eml")->{envelope},
	    qr/^smtputf8 yes$/m, 'SMTPUTF8 goes on');
	$postfix->down;
}

# --------------------------------------------------------------------- Exim
SKIP: {
	my $why = beside_has('exim4-daemon-light');
	skip $why, 5 if $why;
	my $d = "$dir/exim";
	mkdir $_ for $d, "$d/spool", "$d/log";
	beside_owner('Debian-exim', $d, "$d/spool", "$d/log");
	spew("$d/conf", <<"END");
exim_path = /usr/sbin/exim4
primary_hostname = exim.test
spool_directory = $d/spool
log_file_path = $d/log/%slog
keep_environment =
deliver_drop_privilege = true
smtputf8_advertise_hosts = *
begin routers
all:
  driver = manualroute
  route_list = * 127.0.0.1::$port
  self = send
  transport = smtp
begin transports
smtp:
  driver = smtp
  allow_localhost
  hosts_try_chunking = *
  helo_data = exim.test
END
	for my $kind ('7bit', '8bit') {
		my $r = run({ in => $mail{$kind} }, beside('exim4-daemon-light', 'exim4', '-C', "$d/conf", '-odf', '-oi', '-f', 'a@b.test',
		    $to));
		is($r->{code}, 0, 'Exim runs') or diag $r->{err};
		same('Exim, BDAT', $kind, $to);
	}
	like(join('', map { slurp($_) } glob "$d/log/mainlog"), qr/ K C="250 /, 'Exim says that it was BDAT');
}

# ---------------------------------------------------------------- OpenSMTPD
SKIP: {
	my $why = beside_has('opensmtpd');
	skip $why, 4 if $why;
	my $in = free_port;
	spew("$dir/opensmtpd", "listen on 127.0.0.1 port $in hostname opensmtpd.test\n"
	    . "action out relay host smtp://127.0.0.1:$port helo opensmtpd.test\nmatch from any for any action out\n");
	serve(beside('opensmtpd', '/usr/sbin/smtpd', '-d', '-f', "$dir/opensmtpd"));
	ok(wait_port($in), 'OpenSMTPD starts') or skip 'it did not', 4;
	sends('OpenSMTPD', $_, $to, 'python3', "$dir/send.py", $in, 'plain', $to, "$dir/$_.eml") for '7bit', '8bit';
}
done_testing;
