#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Delivery status notifications: who gets one, and what stands in it as Python's
# email package reads it.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Queue;

my $q = Postern::Queue->new(qw(pat bob));
my $text = "From: Bob <bob\@example.test>\nSubject: hello\n\nThe body.\n";

# the notice in TEXT, taken apart by Python
my $parser = spew(scratch . '/parse.py', <<'END');
import email, email.policy, json, sys
m = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
def fields(p): return [[k, str(v)] for k, v in p.items()]
parts = list(m.iter_parts())
status = parts[1].get_payload()
if not isinstance(status, list):
    status = email.message_from_bytes(parts[1].get_payload(decode=True)).get_payload()
    status = [email.message_from_string(s) for s in status.strip().split('\n\n')]
    status = [email.message_from_string(s) for s in
        parts[1].get_payload(decode=True).decode().strip().split('\n\n')]
print(json.dumps({
    'header': dict(fields(m)), 'report': m.get_param('report-type'),
    'types': [p.get_content_type() for p in parts],
    'words': parts[0].get_content(),
    'message': dict(fields(status[0])),
    'recipients': [dict(fields(s)) for s in status[1:]],
    'defects': [str(d) for p in m.walk() for d in p.defects],
    'returned': parts[2].as_string()}))
END
sub parsed {
	my ($mail) = @_;
	my $r = run({ in => $mail }, 'python3', $parser);
	is $r->{err}, '', 'Python reads it' or return {};
	return decode_json($r->{out});
}

# what USER got, and then has no more
sub take {
	my ($user) = @_;
	my @m = $q->mails($user);
	unlink glob "$q->{dir}/mail/$user/Maildir/{new,cur}/*";
	return @m;
}
sub settled { ok $q->empty, "$_[0]: the queue is empty" }

$q->start;
my $name = $q->submit({ head => ['envid Q=1'] }, $text,
    ['nobody@example.test', 'orcpt rfc822;no+body@example.net'],
    'pat@example.test');
settled('an unknown recipient');
is take('pat'), 1, 'the other one has it';
my ($mail, @more) = take('bob');
is @more, 0, 'one notice';
like $mail, qr/\AReturn-Path: <>\n/, 'it has no sender';
my $d = parsed($mail);
is_deeply $d->{defects}, [], 'well-formed';
is $d->{report}, 'delivery-status', 'multipart/report';
is_deeply $d->{types}, [qw(text/plain message/delivery-status
    text/rfc822-headers)], 'its parts';
is $d->{header}{'Auto-Submitted'}, 'auto-replied', 'for those who answer by themselves';
is $d->{header}{To}, 'bob@example.test', 'To';
like $d->{header}{From}, qr/<MAILER-DAEMON\@mx\.example\.test>/, 'From';
like $d->{words}, qr/<nobody\@example\.test>\n    there is no such mailbox \(5\.1\.1\)/,
    'in plain words';
unlike $d->{words}, qr/pat/, 'not of those it was delivered to';
is $d->{message}{'Original-Envelope-Id'}, 'Q=1', 'ENVID';
is $d->{message}{'Reporting-MTA'}, 'dns;mx.example.test', 'Reporting-MTA';
is @{ $d->{recipients} }, 1, 'one recipient';
my $r = $d->{recipients}[0];
is $r->{'Original-Recipient'}, 'rfc822;no+body@example.net', 'ORCPT';
is $r->{'Final-Recipient'}, 'rfc822;nobody@example.test', 'Final-Recipient';
is $r->{Action}, 'failed', 'Action';
is $r->{Status}, '5.1.1', 'Status';
is $r->{'Diagnostic-Code'}, 'x-postern;there is no such mailbox', 'Diagnostic-Code';
like $d->{returned}, qr/Subject: hello/, 'the header is returned';
unlike $d->{returned}, qr/The body/, 'and nothing else';
my ($id) = $name =~ /^([^,]*)/;
like $mail, qr/^Here it was number \Q$id\E\.$/m, 'the id';

my $full = $text =~ s/The body/Ein K\xc3\xb6rper/r;
$q->submit({ head => ['ret full', 'body 8bitmime'] }, $full,
    'nobody@example.test');
settled('RET=FULL');
($mail) = take('bob');
$d = parsed($mail);
is $d->{types}[2], 'message/rfc822', 'all of it';
like $mail, qr/\nContent-Type: message\/rfc822\nContent-Transfer-Encoding: 8bit\n\n\Q$full\E\n--/,
    'byte for byte';
is_deeply $d->{defects}, [], 'well-formed';

$q->submit({ head => ['ret full'] }, $text . ('x' x 70 . "\n") x 20000,
    'nobody@example.test');
settled('a large one');
($mail) = take('bob');
cmp_ok length $mail, '<', 10000, 'of a very large one the header alone is returned';

for (['never', 0], ['success', 0], ['delay', 0], ['failure', 1],
    ['success,failure', 1]) {
	my ($notify, $n) = @$_;
	$q->submit({}, $text, ['nobody@example.test', "notify $notify"]);
	settled("NOTIFY=$notify");
	is take('bob'), $n, $n ? 'a notice' : 'no notice';
}
$q->submit({}, $text, ['pat@example.test', 'notify success']);
settled('NOTIFY=SUCCESS');
take('pat');
$d = parsed(take('bob'));
is $d->{recipients}[0]{Action}, 'delivered', 'delivered';
is $d->{recipients}[0]{Status}, '2.0.0', 'Status';
like $d->{words}, qr/has been delivered to:\n\n  <pat\@example\.test>/, 'words';

$q->compile('aliases', "postmaster: pat\@example.test\nteam\@example.test: bob\@example.test, pat\@example.test\n");
$q->submit({}, $text, ['team@example.test', 'notify success']);
settled('an alias of several, NOTIFY=SUCCESS');
take('pat');
$d = parsed((grep /multipart\/report/, take('bob'))[0]);
is $d->{recipients}[0]{Action}, 'expanded', 'expanded';
like $d->{words}, qr/passed on to all that is behind:\n\n  <team\@example\.test>/, 'words';

$q->submit({ head => ['smtputf8 yes'], from => 'bob@example.test' },
    "Subject: gr\xc3\xbc\xc3\x9fe\n\n", ["j\xc3\xb6rg\@example.test",
	"orcpt utf-8;j\xc3\xb6rg\@example.test"]);
settled('SMTPUTF8');
($mail) = take('bob');
$d = parsed($mail);
is $d->{report}, 'global-delivery-status', 'RFC 6533';
is_deeply $d->{types}, [qw(text/plain message/global-delivery-status
    message/global-headers)], 'its parts';
like $mail, qr/^Final-Recipient: utf-8;j\xc3\xb6rg\@example\.test$/m, 'utf-8 address';
like $mail, qr/^Original-Recipient: utf-8;j\xc3\xb6rg\@example\.test$/m, 'both';

# without a sender: postmaster is told, once
$q->submit({ from => '' }, $text, 'nobody@example.test');
settled('no sender');
is take('bob'), 0, 'nobody else';
($mail) = take('pat');
like $mail, qr/^To: <postmaster>$/m, 'postmaster is told';
like $mail, qr/^Subject: A message without a sender/m, 'what of';
$q->submit({ from => '' }, $text, ['nobody@example.test', 'notify never']);
settled('no sender, NOTIFY=NEVER');
is take('pat'), 0, 'nobody is told';
$q->submit({ from => 'gone@example.test' }, $text, 'nobody@example.test');
settled('a sender that is none');
($mail) = take('pat');
like $mail, qr/^  <gone\@example\.test>$/m, 'the notice could not be delivered: postmaster';
# and if there is no postmaster, it ends there
$q->compile('aliases', "postmaster: nobody\@example.test\n");
$q->submit({ from => 'gone@example.test' }, $text, 'nobody@example.test');
ok wait_for(sub { my @f = $q->queue; @f == 1 && $f[0] =~ m{^failed/} }),
    'a notice of a notice that fails is kept in failed/';
like slurp(glob "$q->{dir}/queue/failed/*"), qr/^origin double$/m, 'that one';
is take('bob') + take('pat'), 0, 'and nobody is told';
unlink glob "$q->{dir}/queue/failed/*";
$q->compile('aliases', "postmaster: pat\@example.test\n");
$q->end;

# age: what waits is returned after five days, and its sender warned before
$q->users(qw(bob late));
spew("$q->{dir}/mail/late/Maildir", 'in the way');
my $hour = 3600;
$q->start;
$name = $q->submit({ time => time - 5 * $hour }, $text, 'late@example.test',
    ['bob@example.test', 'notify success']);
ok wait_for(sub { $q->mails('bob') == 2 }), 'after five hours';
my ($warning) = grep /multipart\/report/, take('bob');
$d = parsed($warning);
is_deeply [sort map { $_->{Action} } @{ $d->{recipients} }],
    [qw(delayed delivered)], 'the sender is warned';
ok $d->{recipients}[0]{'Will-Retry-Until'}, 'until when it is tried';
like $d->{header}{Subject}, qr/has not been delivered yet/, 'the subject';
ok wait_for(sub { slurp("$q->{dir}/queue/state/$name") =~
    /^tries 1\nnext \d+\nwarned \d+\ndone bob\@example\.test\nlast late\@example\.test: 4\.\d\.\d .*\n\z/ }),
    'it waits, and its state says so';
$q->end;
due_now("$q->{dir}/queue");
$q->start;
ok wait_for(sub { slurp("$q->{dir}/queue/state/$name") =~ /^tries 2/ }), 'tried again';
is take('bob'), 0, 'warned once';
$q->submit({ time => time - 5 * 24 * $hour }, $text, 'late@example.test');
ok wait_for(sub { $q->mails('bob') == 1 }), 'after five days';
$d = parsed(take('bob'));
is $d->{recipients}[0]{Action}, 'failed', 'it is returned';
like $d->{recipients}[0]{Status}, qr/^4\./, 'with the status of the last try';
$q->submit({ time => time - 5 * $hour }, $text, ['late@example.test',
	'notify failure']);
$q->submit({ time => time - 5 * $hour, from => '' }, $text, 'late@example.test');
ok wait_for(sub { 3 == grep m{^state/[^.]}, $q->queue }), 'two more wait';
is take('bob'), 0, 'without a warning: NOTIFY=FAILURE, no sender';
$q->end;

# what cannot be queued is no reason to forget
due_now("$q->{dir}/queue");
unlink glob "$q->{dir}/queue/{active,state}/*";
SKIP: {
	my $in = "$q->{dir}/queue/incoming";
	$name = $q->submit({}, $text, 'nobody@example.test');
	chmod 0500, $in;
	rename "$in/$name", "$q->{dir}/queue/active/$name" or die
	    if as_root;
	skip 'the folder must be writable to take from it', 2 unless as_root;
	$q->start;
	ok wait_for(sub { -e "$q->{dir}/queue/state/$name" }),
	    'a notice that cannot be queued: the message stays';
	is take('bob'), 0, 'nobody is told yet';
	$q->end;
	chmod 0700, $in;
	due_now("$q->{dir}/queue");
	$q->start;
	settled('and when it can be');
	is take('bob'), 1, 'the sender is told';
	$q->end;
}
is run('queued', '-l', '366', "$q->{dir}/queue")->{code}, 100, 'a year at the most';
is run('queued', '-w', 'x', "$q->{dir}/queue")->{code}, 100, 'hours are a number';
is run('queued', '-H', 'a b', "$q->{dir}/queue")->{code}, 100, 'no host name';
done_testing;
