#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Programs of others before and behind ours at a login: cvm's checkpassword
# program behind pop3login and imaplogin, mailfront's POP3 login in front of pop3d,
# tcpserver in front of them all. What stands behind checkpw as a passdb of
# Dovecot is in checkpw.t.
use strict;
use warnings;
use lib 't/lib';
use Net::POP3;
use Postern;
use Test::More;

plan skip_all => 'cvm and mailfront are not here'
    if grep { !-x } '/usr/bin/cvm-checkpassword', '/usr/sbin/pop3front-auth';
my $dir = scratch;
chmod 0755, $dir;
my ($uid, $gid) = as_root ? (64001, 64001) : ($>, $) + 0);
my @role = as_root ? ('-u', '64003:64003') : ();
mkdir $_ or die for map { "$dir/home$_" } '', '/Maildir', '/Maildir/new', '/Maildir/cur', '/Maildir/tmp';
my @mail = ("Subject: a\n\n.dot\n", "Subject: b\n\nb\n");
sub fill {
	spew("$dir/home/Maildir/new/$_.m", $mail[$_ - 1]) for 1, 2;
	run('chown', '-R', "$uid:$gid", "$dir/home") if as_root;
}
spew("$dir/pwfile", join(':', 'carol', 'secret', $uid, $gid, 'Carol', "$dir/home", '/bin/sh') . "\n");
my %cvm = (CVM_PWFILE_PATH => "$dir/pwfile", CVM_PWFILE_PWCMP => 'plain');
my @cvm = ('cvm-checkpassword', '/usr/bin/cvm-pwfile');
my @pop3d = ('pop3d', 'Maildir');

sub serving {
	my ($env, @command) = @_;
	my $port = free_port;
	serve({ %cvm, %$env }, 'tcpserver', '-H', '-R', '-l0', '127.0.0.1', $port, @command);
	wait_port($port) or die 'no server';
	return $port;
}
# fetches and deletes all mail of carol; what it was
sub fetched {
	my ($port, $password) = @_;
	my $p = Net::POP3->new('127.0.0.1', Port => $port, Timeout => 60) or return "no greeting";
	defined $p->login('carol', $password) or return 'refused: ' . $p->message =~ s/\s+\z//r;
	my @text = map { join('', @{ $p->get($_) }) =~ s/\r\n/\n/gr } sort keys %{ $p->list };
	$p->delete($_) for 1 .. @text;
	$p->quit or return 'QUIT failed';
	return join '|', @text, glob "$dir/home/Maildir/{new,cur}/*";
}
my $all = join '|', @mail;

my $port = serving({}, 'pop3login', @role, @cvm, @pop3d);
fill();
is(fetched($port, 'secret'), $all, 'pop3login, cvm-checkpassword, pop3d');
like(fetched($port, 'wrong'), qr/^refused: \[AUTH\]/, 'a wrong password');
fill();
is(fetched(serving({ POSTERN_EXEC => 1 }, 'pop3login', @role, @cvm, @pop3d), 'secret'), $all, 'the same, executed');
fill();
is(fetched(serving({}, 'pop3login', @role, @cvm, '/usr/sbin/pop3front-maildir', 'Maildir'), 'secret'),
    join('|', map { "$_\n" } @mail), # it adds a line
    'pop3login between others: cvm-checkpassword, pop3front-maildir');
fill();
$port = serving({}, '/usr/sbin/pop3front-auth', '/usr/bin/cvm-pwfile', @pop3d);
is(fetched($port, 'secret'), $all, 'pop3front-auth, pop3d');
like(fetched($port, 'wrong'), qr/^refused/, 'which refuses by itself');

SKIP: {
	skip 'no Dovecot', 4 unless -x '/usr/lib/dovecot/imap';
	fill();
	spew("$dir/dovecot.conf", "mail_location = maildir:~/Maildir\nlog_path = /dev/stderr\nssl = no\nimport_environment = IMAPLOGINTAG\n" .
	    "stats_writer_socket_path =\nnamespace inbox {\n  inbox = yes\n}\n");
	my $c = client(serving({}, 'imaplogin', @role, @cvm, '/usr/lib/dovecot/imap', '-c', "$dir/dovecot.conf"));
	like($c->line, qr/^\* OK/, 'imaplogin greets');
	$c->send("a LOGIN carol wrong\r\nb LOGIN carol secret\r\nc SELECT INBOX\r\nd FETCH 1 BODY.PEEK[TEXT]\r\ne LOGOUT\r\n");
	my $text = $c->rest;
	like($text, qr/^a NO \[AUTHENTICATIONFAILED\]/, 'a wrong password, by cvm-checkpassword');
	like($text, qr/^b OK .*^\* 2 EXISTS\r\n.*^c OK/ms, 'a right one, and Dovecot behind it');
	like($text, qr/^\.dot\r\n\)\r\nd OK.*^e OK/ms, 'which reads mail');
}
done_testing;
