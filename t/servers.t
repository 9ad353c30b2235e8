#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# smtpsend to the mail servers of other people: what they take arrives byte for
# byte, in clear and over TLS, and what they refuse has the right outcome.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Beside;
use Postern::Postfix;
use Postern::Queue;

my $dir = scratch;
chmod 0755, $dir;
my $head = "From: a\@b.test\nTo: alice\@d.test\nSubject: test\nDate: Tue, 24 Nov 2026 00:00:00 +0000\nMIME-Version: 1.0\n"
    . "Message-ID: <1\@b.test>\nContent-Type: text/plain; charset=utf-8\n";
my %body = ('7bit' => "first\n.\n..\n.two\n\n  blank \n" . 'long ' x 150 . "\nend\n",
	'8bit' => "gr\xc3\xbc\xc3\x9fe\n.\xc3\xa4\n" . "\xc3\xa4" x 400 . "\n\n.\nend\n");
my %mail = map { $_ => "${head}Content-Transfer-Encoding: $_\n\n$body{$_}" } keys %body;
my ($alice, $utf8) = ("alice\@d.test", "d\xc3\xb6rte\@d.test");
my ($key, $cert) = ("$dir/key.pem", "$dir/cert.pem");
run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', 2, '-subj', '/CN=mx.d.test',
    '-addext', 'subjectAltName=DNS:mx.d.test', '-keyout', $key, '-out', $cert);

# each server takes mail up to 20000 octets for these two into the Maildir $dir/NAME/mail
sub postfix {
	my ($port) = @_;
	my $d = "$dir/Postfix";
	mkdir $_ for $d, "$d/mail";
	chmod 01777, "$d/mail";
	my $p = Postern::Postfix->new("$d/it", $port, <<"END_CF");
myhostname = mx.d.test
message_size_limit = 20000
smtpd_tls_security_level = may
smtpd_tls_cert_file = $cert
smtpd_tls_key_file = $key
virtual_mailbox_domains = d.test
virtual_mailbox_base = $d
virtual_mailbox_limit = 0
virtual_mailbox_maps = inline:{ {$alice = mail/}, {$utf8 = mail/} }
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
END_CF
	$p->up;
	return sub { $p->down };
}

sub exim {
	my ($port) = @_;
	my $d = "$dir/Exim";
	mkdir $_ for $d, "$d/mail", "$d/spool", "$d/log";
	chmod 01777, "$d/mail";
	spew("$d/key.pem", slurp($key));
	beside_owner('Debian-exim', "$d/mail", "$d/spool", "$d/log", "$d/key.pem");
	spew("$d/conf", <<"END_CONF");
exim_path = /usr/sbin/exim4
primary_hostname = mx.d.test
spool_directory = $d/spool
log_file_path = $d/log/%slog
local_interfaces = 127.0.0.1
daemon_smtp_ports = $port
keep_environment =
message_size_limit = 20000
tls_advertise_hosts = *
tls_certificate = $cert
tls_privatekey = $d/key.pem
smtputf8_advertise_hosts = *
dsn_advertise_hosts = *
acl_smtp_rcpt = rcpt
never_users =
deliver_drop_privilege = true
begin acl
rcpt:
  accept domains = d.test
         local_parts = alice : d\xc3\xb6rte
  deny message = 5.1.1 nobody here of that name
begin routers
all:
  driver = accept
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = $d/mail
  maildir_format
END_CONF
	my $pid = serve(beside('exim4-daemon-light', 'exim4', '-C', "$d/conf", '-bdf'));
	return sub { stop($pid) };
}

sub opensmtpd {
	my ($port) = @_;
	my $d = "$dir/OpenSMTPD";
	mkdir $_ for $d, "$d/mail";
	chmod 01777, "$d/mail";
	spew("$d/conf", <<"END_CONF");
smtp max-message-size 20000
table users { "$alice" = "nobody" }
listen on 127.0.0.1 port $port hostname mx.d.test
action in maildir "$d/mail" virtual <users>
match from any for domain "d.test" action in
END_CONF
	my $pid = serve(beside('opensmtpd', '/usr/sbin/smtpd', '-d', '-f', "$d/conf"));
	return sub { stop($pid) };
}

# the one message that has come to NAME
sub arrived {
	my ($name) = @_;
	my @m;
	wait_for(sub { @m = glob "$dir/$name/mail/new/*" }) or return '';
	my $text = slurp($m[0]);
	unlink @m;
	return $text;
}

sub to_server {
	my ($port, $tls, $text, @to) = @_;
	return run({ in => $text }, 'tlsclient', '-s', '-n', 'mx.d.test', '-A', $cert, '-C', '', '-l', $tls, '127.0.0.1', $port,
	    'smtpsend', '-H', 'me.test', '-f', 'a@b.test', @to);
}

# what NAME, on PORT, must do; HAS: what it knows
sub check {
	my ($name, $port, %has) = @_;
	for my $tls ('off', $has{tls} ? 'verify' : ()) {
		for my $kind (sort keys %body) {
			my $r = to_server($port, $tls, $mail{$kind}, $alice);
			is $r->{code}, 0, "$name, $kind, TLS $tls: sent" or diag $r->{out}, $r->{err};
			like $r->{out}, $has{dsn} ? qr/^relayed|^delivered/ : qr/^relayed/, 'and told';
			my ($body) = arrived($name) =~ /\n\n(.*)\z/s;
			is $body, $body{$kind}, 'byte for byte';
		}
	}
	my $r = to_server($port, 'off', $mail{'7bit'}, 'nobody@d.test', $alice);
	is $r->{code}, 100, "$name: one of two is not there";
	like $r->{out}, qr/\Afailed 5\.\d\.\d <nobody\@d\.test> .*\n(?:delivered|relayed) 2\S+ <\Q$alice\E> /, 'and only one';
	isnt arrived($name), '', 'who has it';
	$r = to_server($port, 'off', $mail{'7bit'} . 'x' x 70 . "\n" x 30000, $alice);
	is $r->{code}, 100, "$name: too large";
	like $r->{out}, qr/^failed 5\.(?:3\.4|2\.3) /, 'and said so';
	$r = to_server($port, 'off', $mail{'8bit'}, $utf8);
	if ($has{utf8}) {
		is $r->{code}, 0, "$name: SMTPUTF8" or diag $r->{out};
		isnt arrived($name), '', 'arrived';
	} else {
		like $r->{out}, qr/^failed 5\.6\.7 /, "$name: no SMTPUTF8";
	}
	if (!$has{tls}) {
		$r = to_server($port, 'require', $mail{'7bit'}, $alice);
		is $r->{code}, 111, "$name: TLS is required and there is none";
	}
}

# three messages of queued over one connection, from the second on by BDAT
sub chunks {
	my ($name, $port) = @_;
	my $q = Postern::Queue->new('pat');
	$q->compile('routes', "d.test 127.0.0.1:$port tls=off\n");
	my @text = map { $mail{'8bit'} =~ s/^end$/end $_/mr } 1 .. 3;
	$q->submit({ head => ['body 8bitmime'] }, $_, $alice) for @text;
	$q->start('-s', '12347:12347');
	ok wait_for(sub { 3 == (() = glob "$dir/$name/mail/new/*") }), "$name: three messages of queued";
	is_deeply [sort map { slurp($_) =~ s/.*?\n\n//sr } glob "$dir/$name/mail/new/*"], [sort map { s/.*?\n\n//sr } @text], 'byte for byte';
	ok $q->empty, 'the queue is empty';
	$q->end;
	unlink glob "$dir/$name/mail/new/*";
	like slurp("$dir/Exim/log/mainlog"), qr/ K /, 'Exim says that there were chunks' if $name eq 'Exim';
}

for (['Postfix', 'postfix', \&postfix, tls => 1, dsn => 1, utf8 => 1],
    ['Exim', 'exim4-daemon-light', \&exim, tls => 1, dsn => 1, utf8 => 1], ['OpenSMTPD', 'opensmtpd', \&opensmtpd, dsn => 1]) {
	my ($name, $package, $start, %has) = @$_;
	SKIP: {
		my $why = beside_has($package);
		skip $why, 1 if $why;
		my $port = free_port;
		my $stop = $start->($port);
		ok wait_port($port), "$name starts" or skip 'it did not', 1;
		check($name, $port, %has);
		chunks($name, $port);
		$stop->();
	}
}
done_testing;
