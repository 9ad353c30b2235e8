#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Many POP3 clients (Python's poplib) at random on few mailboxes, in the clear and
# with STLS, while mail arrives and moves; every reply, and what is left in the
# end, must be what a model allows. With POSTERN_LONG for a minute. It is for POP3
# what Dovecot's imaptest is for IMAP.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Postern::Tls ();
use Test::More;

plan skip_all => 'python3 is not here' if run('python3', '-c', 'import poplib')->{code};
my $dir = scratch;
chmod 0755, $dir;
my ($uid, $gid) = as_root ? (64001, 64001) : ($>, $) + 0);
my @role = as_root ? ('-u', '64003:64003') : ();
my $hash = crypt 'secret', '$6$rounds=1000$saltsalt$';
my @user = qw(alice bob carol);
my $users = '';
for my $user (@user) {
	mkdir "$dir/$user$_" or die for '', '/Maildir', '/Maildir/new', '/Maildir/cur', '/Maildir/tmp';
	$users .= "$user\@example.test:$hash:$uid:${gid}::$dir/$user\n";
}
run('chown', '-R', "$uid:$gid", map { "$dir/$_" } @user) if as_root;
for (['users', $users], ['groups', "default pop=*\n"]) {
	is(run({ in => $_->[1] }, 'cdbrules', 'compile', $_->[0], "$dir/$_->[0].cdb")->{code}, 0, "compile $_->[0]");
}
mkdir "$dir/tls" or die;
run('certtool', 'selfsigned', '-o', "$dir/tls/default.pem", '-c', "$dir/ca.pem", 'localhost')->{code} == 0 or die;
Postern::Tls::engine("$dir/tlsd.sock", as_root ? ('-u', '64004:64004') : ());
my $port = free_port;
serve('tcplisten', '-c', 100, '127.0.0.1', $port, 'tlswrap', '-n', '-p', 'pop3', '-s', "$dir/tlsd.sock", 'pop3login', @role,
    'checkpw', '-s', 'pop', '-d', 'example.test', "$dir/users.cdb", "$dir/groups.cdb", 'pop3d', '-w', 1, 'Maildir');
wait_port($port);
my $seconds = $ENV{POSTERN_LONG} ? 60 : 6;
my $r = run({ seconds => $seconds + 300 }, 'python3', top . '/t/lib/popstress.py', $port, $seconds, 8, map { "$_=$dir/$_/Maildir" } @user);
is($r->{code}, 0, 'the clients') or diag $r->{err};
my ($done, @mistake) = split /\n/, $r->{out};
note $done;
is(join("\n", @mistake), '', "every reply is right: $done");
my %done = $done =~ /(\w+)=(\d+)/g;
cmp_ok($done{$_->[0]}, '>=', $_->[1], "enough of it: $_->[0]") for ['sessions', 10], ['commands', 100], ['aborted', 1], ['deleted', 5];
my $log = slurp("$dir/log");
unlike($log, qr/event=(error|fatal|size-wrong)(?! reason="another session has the maildrop")/, 'and the log has no complaint');
ok(wait_for(sub { !(() = grep { -e } glob "$dir/*/Maildir/{dovecot-pop3-session.lock,tmp/*}") }), 'no lock is left');
done_testing;
