#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Two instances that send to each other, over TLS as their routes say: from a
# submission with a login to a Maildir elsewhere; who sends has rights of its own.
use strict;
use warnings;
use Test::More;
use IO::Socket::INET;
use lib 't/lib';
use Postern;
use Postern::Instance;

my ($alice, $bob) = ('alice@example.test', 'bob@other.test');
my $a = Postern::Instance->new($alice);
my $b = Postern::Instance->new('postmaster@example.test');
# the second one is for another domain and of another name
for my $file (glob("$b->{dir}/etc/*"), glob("$b->{dir}/service/*/run")) {
	my $text = slurp($file);
	my @owner = (stat $file)[4, 5];
	$text =~ s/-H localhost/-H b.test/g;
	$text =~ s/example\.test/other.test/g;
	open my $f, '>', $file or die;
	print $f $text;
	close $f;
	chown @owner, $file;
}
$b->must({ in => "$Postern::Instance::PASSWORD\n" }, 'user', 'add', $b->{dir}, $bob);

# the authority of B is known to A's queued, and B knows none
my $run = "$a->{dir}/service/queued/run";
my $ca = spew(scratch . '/b.pem', slurp($b->ca));
chmod 0644, $ca;
chmod 0755, scratch;
{
	my $text = slurp($run) =~ s/exec queued/exec queued -A $ca/r;
	open my $f, '>', $run or die;
	print $f $text;
}
my ($to_b, $to_a) = map { 'localhost:' . $_->port('smtp') } $b, $a;
sub rules {
	my ($i, $file, $text) = @_;
	my $r = $i->rules($file, $text);
	is $r->{code}, 0, "$file written" or diag $r->{err};
}
rules($a, 'routes', "other.test $to_b tls=verify\n"
    . "wrong.test 127.0.0.2:" . $b->port('smtp') . " tls=verify\n");
rules($b, 'routes', "example.test $to_a tls=verify\n");
$_->up for $a, $b;

# swaks through SUBMISSION of INSTANCE as USER
sub submit {
	my ($i, $user, $to, @more) = @_;
	my $r = run('swaks', '--server', '127.0.0.1:' . $i->port('submission'),
	    '-tls', '--auth', 'PLAIN', '--auth-user', $user, '--auth-password',
	    $Postern::Instance::PASSWORD, '--from', $user, '--to', $to,
	    '--body', "for $to", @more);
	is $r->{code}, 0, "$to: taken at RCPT" or diag $r->{out};
}

sub mails { my @m = $_[0]->mails($_[1]); return @m }

submit($a, $alice, $bob);
ok wait_for(sub { mails($b, $bob) }), 'delivered at the other server';
my ($mail) = mails($b, $bob);
my $text = slurp($mail // '/dev/null');
like $text, qr/^Received: from localhost .*\n(?:\s.*\n)*?\s.*TLSv1\.3/m, 'over TLS';
like $text, qr/^Return-Path: <\Q$alice\E>$/m, 'from its sender';
ok wait_for(sub { $a->log('queued')
    =~ /prog=smtpsend .*event=delivered .*verified=pkix/ }),
    'to a server that was verified';

submit($b, $bob, $alice);
ok wait_for(sub { grep { slurp($_) =~ /^last \Q$alice\E: 4\.7\.5 .*TLS is required/m }
    glob "$b->{dir}/queue/state/[0-9]*" }), 'a server with a certificate of nobody we know: the mail waits';
is scalar(mails($a, $alice)), 0, 'nothing arrived';
submit($a, $alice, 'x@wrong.test');
ok wait_for(sub { grep { slurp($_) =~ /^last x\@wrong\.test: 4\./m }
    glob "$a->{dir}/queue/state/[0-9]*" }), 'another host, likewise';

my $r = run('swaks', '--server', '127.0.0.1:' . $a->port('smtp'), '--from',
    'x@far.test', '--to', 'y@far.test');
like $r->{out}, qr/^<\*\* 554 5\.7\.1 relay access denied/m,
    'who has not logged in does not send on';
submit($a, $alice, 'nobody@other.test');
ok wait_for(sub { mails($a, $alice) }), 'a refusal comes back to the author';
my ($returned) = mails($a, $alice);
like slurp($returned // '/dev/null'), qr/^Diagnostic-Code: smtp; ?550 .*no such mailbox/m,
    'with the words of the other server';

# B as the smarthost of A: by its submission port, with a login there, whose
# account may send as alice
my $users = slurp("$b->{dir}/etc/users") =~ s/^(\Q$bob\E:.*)$/$1from=$alice/mr;
my $secret = "$a->{dir}/etc/secret";
rules($b, 'users', $users);
rules($a, 'routes', 'other.test localhost:' . $b->port('submission') . " tls=verify auth=$secret\n");
spew($secret, "$bob\n$Postern::Instance::PASSWORD\n");
chmod 0600, $secret;
my $before = mails($b, $bob);
submit($a, $alice, $bob);
ok wait_for(sub { mails($b, $bob) > $before }), 'delivered by a login at the smarthost';
ok wait_for(sub { $b->log('submission') =~ /event=mail-accepted .*from=\Q$alice\E .*tls=TLSv1\.3 user=\Q$bob\E/ }), 'within TLS';
# on port 465 TLS comes first; any address of the loopback network has one
SKIP: {
	my @host = map { join '.', 127, map { 2 + int rand 250 } 1 .. 3 } 1 .. 2;
	for (@host) {
		IO::Socket::INET->new(Listen => 1, LocalAddr => $_, LocalPort => 465) or skip 'port 465 cannot be had', 6;
	}
	serve('socat', "TCP-LISTEN:465,bind=$host[0],fork,reuseaddr", 'TCP:127.0.0.1:' . $b->port('submissions'));
	serve('socat', "TCP-LISTEN:465,bind=$host[1],fork,reuseaddr", 'TCP:127.0.0.1:' . $b->port('smtp'));
	for my $host (@host) {
		wait_for(sub { IO::Socket::INET->new("$host:465") });
	}
	spew($secret, "$bob\r\n$Postern::Instance::PASSWORD\r\n");
	rules($a, 'routes', "other.test $host[0]:465 tls=require auth=$secret\nclear.test $host[1]:465\n");
	$before = mails($b, $bob);
	submit($a, $alice, $bob);
	ok wait_for(sub { mails($b, $bob) > $before }), 'and at port 465, with a file of CR LF lines';
	ok wait_for(sub { $b->log('submissions') =~ /event=mail-accepted .*from=\Q$alice\E .*tls=TLSv1\.3 user=\Q$bob\E/ }),
	    'where TLS begins at once';
	submit($a, $alice, 'x@clear.test');
	ok wait_for(sub { grep { slurp($_) =~ /^last x\@clear\.test: 4\.7\.5 .*TLS is required/m } glob "$a->{dir}/queue/state/[0-9]*" }),
	    'and never in clear, though nothing was asked for';
}
rules($a, 'routes', 'other.test localhost:' . $b->port('submission') . " tls=verify auth=$secret\n");
spew($secret, "$bob\nwrong\n");
submit($a, $alice, $bob);
ok wait_for(sub { grep { slurp($_) =~ /^last \Q$bob\E: 4\.7\.\d .*535/m } glob "$a->{dir}/queue/state/[0-9]*" }), 'a wrong password: the mail waits';

# without the file a link cannot begin: that is said, and not tried over and over
rules($a, 'routes', 'away.test localhost:' . $b->port('submission') . " tls=verify auth=$secret.not\n");
submit($a, $alice, 'x@away.test');
ok wait_for(sub { grep { slurp($_) =~ /^last x\@away\.test: 4\.3\.5 .*the log of queued has why/m } glob "$a->{dir}/queue/state/[0-9]*" }),
    'no file for the login: the mail waits';
is scalar(() = $a->log('queued') =~ /event=fatal .*reason="cannot open \Q$secret\E\.not: /g), 1, 'and the log says so, once';

SKIP: {
	skip 'one user id a role needs root', 3 unless as_root;
	my ($send) = slurp("$a->{dir}/etc/instance") =~ /^role_send=(\d+)/m;
	my ($queue) = slurp("$a->{dir}/etc/instance") =~ /^role_queue=(\d+)/m;
	isnt $send, $queue, 'who speaks to servers is not who has the queue';
	# a server that does not greet holds the link for us to look at
	my $l = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1',
	    Timeout => 60) or die;
	rules($a, 'routes', 'stall.test 127.0.0.1:' . $l->sockport . "\n");
	submit($a, $alice, 'x@stall.test');
	my $c = $l->accept;
	my @link;
	wait_for(sub { @link = grep { Postern::Instance::command($_) =~ /^(?:\S*\/)?(?:smtpsend|tlsclient|smtproute)\0/ }
	    $a->family; @link >= 2 });
	cmp_ok @link, '>=', 2, 'a link is there';
	for my $p (@link) {
		my $status = slurp("/proc/$p/status");
		like $status, qr/^Uid:\s+$send\s+$send\s+$send\s+$send$/m, 'runs as send';
		like $status, qr/^NoNewPrivs:\s+1$/m, 'without new privileges';
		my @open = grep { m{/queue/|/mail/|users\.cdb|\.pem$} }
		    map { readlink($_) // () } glob "/proc/$p/fd/*";
		is scalar(grep { !m{/queue/active/} } @open), 0,
		    'holds nothing but the message';
	}
}
done_testing;
