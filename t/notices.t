#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Notices of queued that go through a filter: signed so that dkimpy verifies
# them, and waiting, never lost and never unsigned, when the filter fails.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);
use lib 't/lib';
use Postern;
use Postern::Dkim;
use Postern::Instance;
use Postern::Queue;
use Postern::Server;

my $dir = scratch;
my $q = Postern::Queue->new(qw(pat bob));
chmod 02770, "$q->{dir}/queue/incoming";
my $text = "From: Bob <bob\@example.test>\nSubject: hello\n\nThe body.\n";

# what USER got, and then has no more
sub take {
	my ($user) = @_;
	my @m = $q->mails($user);
	unlink glob "$q->{dir}/mail/$user/Maildir/{new,cur}/*";
	return @m;
}
sub state { return join '', map { slurp($_) } glob "$q->{dir}/queue/state/[0-9]*" }
sub filter { return -f => $_[0], as_root ? (-F => '12348:12346') : () }
# returned: a message to nobody from bob; the envelope lines go with it
sub returned { return $q->submit({ head => [@_] }, $text, 'nobody@example.test') }

# ------------------------------------------------------------------------ signed
my $keys = "$dir/keys";
mkdir $_ for $keys, "$keys/example.test";
my $records = '';
for my $type ('ed25519', 'rsa2048') {
	my $key = "$keys/example.test/$type.pem";
	$records .= run('certtool', 'dkim', '--domain', 'example.test', '--selector', $type,
	    '--type', $type, '--key', $key)->{out};
	chmod 0600, $key;
	chown 12348, 12348, $key if as_root;
}
my @sign = filter("dkimsign -7a '$keys' enqueue");
$q->start(@sign);
returned();
ok $q->empty, 'a message that is returned';
my ($notice, @more) = take('bob');
is @more, 0, 'by one notice';
is dkimpy($notice, $records), 'pass pass', 'dkimpy verifies it';
like $notice, qr/^From: .*<MAILER-DAEMON\@mx\.example\.test>$/m, 'from this server';
like $notice, qr/^X-Postern|^Received: \(enqueue [^\n]*\n(?:[^\n]*\n)*DKIM-Signature: /m, 'by the filter and enqueue';
if (as_root) {
	like $notice, qr/^Received: \(enqueue pid \d+ invoked by uid 12348\)/m, 'as the user of -F';
	is grep({ readlink($_) =~ /\.pem/ } glob "/proc/$q->{pid}/fd/*"), 0, 'and queued holds no key';
}
$text =~ s/The body/gr\xc3\xbc\xc3\x9fe/;
returned('ret full', 'body 8bitmime');
ok $q->empty, 'one that is returned whole, with 8-bit text';
($notice) = take('bob');
is dkimpy($notice, $records), 'pass pass', 'verifies';
unlike $notice, qr/[\x80-\xff]/, 'and needs no 8BITMIME on its way';
$q->submit({ from => '' }, $text, 'nobody@example.test');
ok $q->empty, 'one without a sender';
is dkimpy((take('pat'))[0], $records), 'pass pass', 'what postmaster gets verifies';
$q->submit({ from => 'gone@example.test' }, $text, 'nobody@example.test');
ok $q->empty, 'a sender that is none';
($notice, @more) = take('pat');
is @more, 0, 'postmaster is told once';
$q->compile('aliases', "postmaster: nobody\@example.test\n");
$q->submit({ from => 'gone@example.test' }, $text, 'nobody@example.test');
ok wait_for(sub { my @f = $q->queue; @f == 1 && $f[0] =~ m{^failed/} }), 'and where that fails, it ends in failed/';
like slurp(glob "$q->{dir}/queue/failed/*"), qr/^origin double$/m, 'as what it is';
unlink glob "$q->{dir}/queue/failed/*";
$q->compile('aliases', "postmaster: pat\@example.test\n");
$q->submit({ head => ['filter yes'] }, $text, 'pat@example.test');
ok $q->empty, 'a message that says it is a notice';
SKIP: {
	skip 'there is one user', 1 unless as_root;
	$q->submit({ head => ['filter yes'] }, $text, 'pat@example.test');
	ok $q->empty, 'another';
}
take('pat');
$q->end;
SKIP: {
	skip 'there is one user', 2 unless as_root;
	# smtpd's, as whoever speaks with strangers may write it
	my $name = $q->submit({ head => ['filter yes'] }, $text, 'pat@example.test');
	chown 12349, 12346, "$q->{dir}/queue/incoming/$name";
	chmod 0640, "$q->{dir}/queue/incoming/$name";
	$q->start(@sign);
	ok $q->empty, 'a message that poses as a notice';
	unlike +(take('pat'))[0], qr/DKIM/, 'is not signed';
	$q->end;
}

# ------------------------------------------------------------- a filter that fails
my $fails = spew("$dir/fails", <<'END');
#!/usr/bin/perl
# what the file says: an exit code, a signal, or the words of descriptor 6
open my $how, '<', "$0.how" or exit 120;
$_ = <$how>;
kill $1, $$ if /^SIG(.*)/;
exit $1 if /^(\d+)/;
open my $f, '>&=', 6 or exit 121;
print $f $_;
close $f;
exit 82;
END
chmod 0755, $fails;
for (['81', '4.3.0 the filter cannot take the notice now (exit 81)'],
    ['111', '4.3.0 the filter cannot take the notice now (exit 111)'],
    ['100', '4.3.0 the filter cannot take the notice now (exit 100)'],
    ['82', '4.3.0 the filter cannot take the notice now (exit 82)'],
    ['SIGKILL', '4.3.0 the filter cannot take the notice now (exit 111)'],
    ['Znot before noon', '4.3.0 the filter says: not before noon']) {
	my ($how, $why) = @$_;
	spew("$fails.how", $how);
	$q->start(filter($fails));
	my $name = returned();
	ok wait_for(sub { state() =~ /^last /m }), "a filter that fails by $how: the notice waits";
	like state(), qr/^tries 1\n.*^last bob\@example\.test: \Q$why\E/ms, 'and says why';
	ok wait_for(sub { $q->queue == 2 }), 'it is all there is' or diag join "\n", $q->queue;
	is take('bob'), 0, 'nothing went out';
	$q->end;
	due_now("$q->{dir}/queue");
	$q->start(@sign);
	ok $q->empty, 'with a filter that works';
	($notice, @more) = take('bob');
	is dkimpy($notice, $records), 'pass pass', 'it comes, signed';
	is @more, 0, 'once';
	$q->end;
}
spew("$fails.how", 111);
$q->start(filter($fails));
returned();
ok wait_for(sub { state() =~ /^last /m }), 'a notice waits';
$q->end;
due_now("$q->{dir}/queue");
$q->start;
ok $q->empty, 'without any filter';
is take('bob'), 1, 'it comes as it is';
$q->end;

# what is refused for good: postmaster is to be told, which is refused too
for my $how (31, 11, 40, 'Dno notices') {
	spew("$fails.how", $how);
	$q->start(filter($fails));
	returned();
	ok wait_for(sub { my @f = $q->queue; @f == 1 && $f[0] =~ m{^failed/} }), "a filter that refuses by $how";
	my ($kept) = map { slurp($_) } glob "$q->{dir}/queue/failed/*";
	like $kept, qr/^origin double\nto postmaster\n/m, 'the notice is kept';
	like $kept, qr/\(5\.[37]\.[01]\)$/m, 'as refused';
	is take('bob') + take('pat'), 0, 'nothing went out';
	unlink glob "$q->{dir}/queue/failed/*";
	$q->end;
}
$q->start(filter("$dir/none"));
returned();
ok wait_for(sub { state() =~ /exit 100/ }), 'no such program: it waits';
$q->end;
unlink glob "$q->{dir}/queue/{active,state}/*";

# one that hangs holds up notices, and nothing else
$q->start(filter("sleep 300"), '-j', 4);
returned() for 1 .. 6;
ok wait_for(sub { (() = glob "$q->{dir}/queue/active/*") == 6 }), 'a filter that hangs';
$q->submit({}, $text, 'pat@example.test');
ok wait_for(sub { () = $q->mails('pat') }), 'does not hold up other mail';
sub filters {
	return grep { (eval { slurp("/proc/$_/comm") } // '') eq "sleep\n" }
	    split ' ', slurp("/proc/$q->{pid}/task/$q->{pid}/children");
}
wait_for(sub { filters() });
is +(my @one = filters()), 1, 'it runs once, of four';
kill 'KILL', @one;
ok wait_for(sub { state() =~ /exit 111/ }), 'ended, its notice waits';
kill 'KILL', filters();
$q->end;
unlink glob "$q->{dir}/queue/{active,state,incoming}/*";
take($_) for qw(bob pat);

# ------------------------------------------------- killed at any time, none is lost
my $n = 24;
for my $i (1 .. $n) {
	$q->start(@sign) if $i % 6 == 1;
	$q->submit({}, $text, "nobody$i\@example.test");
	next if $i % 6;
	sleep rand 0.2;
	strike($q->{pid}, "$q->{dir}/queue");
}
due_now("$q->{dir}/queue");
$q->start(@sign);
# what was being written is tidied away when it is a day old
ok Postern::Queue::emptied("$q->{dir}/queue", 120), 'after kill -9 four times the queue empties'
    or diag join "\n", $q->queue, map { slurp($_) } glob "$q->{dir}/queue/state/[0-9]*";
my @notices = take('bob');
my %of = map { /^Final-Recipient: rfc822;(\S+)/m ? ($1 => 1) : () } @notices;
is keys %of, $n, 'every notice arrived';
is scalar(grep { dkimpy($_, $records) ne 'pass pass' } @notices), 0, 'signed';
$q->end;
is run('queued', '-f', $_, "$q->{dir}/queue")->{code}, 100, "-f '$_'" for '', "'x";

# ------------------------------------------------------------------- an instance
my $refuses = Postern::Server->new(RCPT => '550 5.1.1 nobody of that name');
my $i = Postern::Instance->new(['--host', 'mail.example.test'], 'alice@example.test');
my $r = run('certtool', 'dkim', '--dir', $i->{dir}, '--selector', 's1', '--type', 'ed25519');
is $r->{code}, 0, 'certtool dkim' or diag $r->{err};
$records = $r->{out};
is $i->rules('routes', "example.org 127.0.0.1:$refuses->{port}\n")->{code}, 0, 'a route';
$i->up;
$r = run('swaks', '--server', '127.0.0.1', '--port', $i->port('submission'), '-tls',
    '--auth', 'PLAIN', '--auth-user', 'alice@example.test', '--auth-password', $Postern::Instance::PASSWORD,
    '--from', 'alice@example.test', '--to', 'no@example.org');
is $r->{code}, 0, 'swaks sends to a server that refuses it' or diag $r->{out};
ok wait_for(sub { () = $i->mails('alice@example.test') }), 'it is returned' or diag $i->log('queued');
($notice) = map { slurp($_) } $i->mails('alice@example.test');
like $notice, qr/550 nobody of that name/, 'with the reason';
like $notice, qr/^Received: \(enqueue .*^DKIM-Signature: .*^From: .*MAILER-DAEMON\@mail\.example\.test/ms, 'as a notice';
is dkimpy($notice, $records), 'pass', 'and signed by the domain of the instance';
$i->down;
$refuses->end;
done_testing;
