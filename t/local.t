#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Where mail ends here: quotas, extension addresses, catch-alls, programs, and
# that none of it loops.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Queue;

my $q = Postern::Queue->new('pat', 'bob', 'small quota=2K', 'plus+er');
my $mail = "$q->{dir}/mail";
my $id = "$q->{uid}:$q->{gid}";
my $text = "Subject: hello\n\nThe body.\n";

sub settled { ok $q->empty, "$_[0]: the queue is empty" }
sub take {
	my ($user) = @_;
	my @m = $q->mails($user);
	unlink glob "$mail/$user/Maildir/{new,cur}/*";
	return @m;
}

# what a program is told, and its exit code, are in files
my $out = "$q->{dir}/out";
mkdir $out or die;
chown $q->{uid}, $q->{gid}, $out if as_root;
my $program = spew("$q->{dir}/program", <<'END' =~ s/OUT/$out/gr);
#!/bin/sh
{ printf '%s\n' "$@"; echo "S=$SENDER R=$RECIPIENT E=$EXT A=$AGAIN"; id -u
pwd; printf '%s%s' "$RPLINE" "$DTLINE"; cat; } > OUT/got.$$
mv OUT/got.$$ OUT/done.$$
cat OUT/said 2>/dev/null
exit $(cat OUT/code 2>/dev/null || echo 0)
END
chmod 0755, $program;
sub given {
	my @t = map { slurp($_) } glob "$out/done.*";
	unlink glob "$out/done.*";
	return @t;
}
is run({ in => "a\@example.test: |$id relative\n" }, 'cdbrules', 'check',
    'aliases')->{code}, 100, 'a program without a path is refused';
is run({ in => "a\@example.test: |0:0 /bin/true\n" }, 'cdbrules', 'check',
    'aliases')->{code}, 100, 'and one of root';
is run({ in => "a\@example.test: |/bin/true\n" }, 'cdbrules', 'check',
    'aliases')->{code}, 100, 'and one of nobody';
is run({ in => "a\@example.test: |$id /bin/true \"x\n" }, 'cdbrules', 'check',
    'aliases')->{code}, 100, 'and an open quote';
$q->compile('aliases', <<END);
postmaster: bob\@example.test
info\@example.test: pat\@example.test
tagged\@example.test: pat+list\@example.test
team\@example.test: gone\@example.test, pat\@example.test
prog\@example.test: |$id $program one "two, \\"2\\"" \$(id), pat\@example.test
END

$q->start;
# extension addresses
$q->submit({}, $text, 'Pat+Any.Thing@example.test');
settled('user+tag');
like +(take('pat'))[0], qr/^Delivered-To: pat\@example\.test\nX-Original-To: Pat\+Any\.Thing\@example\.test\n/m,
    'it is in the mailbox, and says for whom it was';
$q->submit({}, $text, 'plus+er@example.test');
settled('a mailbox with a plus');
unlike +(take('plus+er'))[0], qr/X-Original-To/, 'goes before';
$q->submit({}, $text, 'info+x@example.test', 'tagged@example.test');
settled('aliases with tags');
is take('pat'), 1, 'one mailbox, one message';
$q->submit({}, $text, 'team@example.test');
settled('an alias of two, of which one is gone');
is take('pat'), 1, 'the other has it';
is take('bob'), 0, 'and nobody is told';

# programs
$q->submit({ from => 'strange;touch$IFS/x@example.org' }, $text, 'prog+ext@example.test');
settled('a program');
my ($got) = given();
is $got, "one\ntwo, \"2\"\n\$(id)\nS=strange;touch\$IFS/x\@example.org "
    . "R=prog+ext\@example.test E=ext A=\n$q->{uid}\n/\n"
    . "Return-Path: <strange;touch\$IFS/x\@example.org>\n"
    . "Delivered-To: prog+ext\@example.test\n$text",
    'its arguments, its environment, its user, the message: no shell';
is take('pat'), 1, 'and the other target has it too';
spew("$out/code", 99);
$q->submit({}, $text, 'prog@example.test');
settled('exit 99');
is given() + take('bob'), 1, 'is as good as 0';
for (100, 64, 77) {
	spew("$out/code", $_);
	spew("$out/said", "list is closed\nmore\n");
	$q->submit({}, $text, 'prog@example.test');
	settled("exit $_");
	like +(take('bob'))[0], qr/<prog\@example\.test>\n    list is closed \(5\.3\.0\)/,
	    'is returned, with what it says';
}
take('pat');
spew("$out/code", 111);
given();
my $name = $q->submit({}, $text, 'prog@example.test');
ok wait_for(sub { slurp("$q->{dir}/queue/state/$name") =~
    /^done pat\@example\.test\nlast \|1 prog\@example\.test: 4\.3\.0 /m }), 'exit 111: waits';
$q->end;
unlink "$out/code", "$out/said";
due_now("$q->{dir}/queue");
given();
$q->start;
settled('a program, again');
like +(given())[0], qr/ A=yes$/m, 'it is told so';
is take('pat'), 1, 'nobody else has it twice';

# loops
$q->submit({}, "Delivered-To: pat\@example.test\n$text", 'pat@example.test');
settled('Delivered-To');
like +(take('bob'))[0], qr/mail loop \(5\.4\.6\)/, 'a loop is returned';
$q->submit({}, "delivered-to:\n  PROG\@example.test\n$text", 'prog@example.test');
settled('Delivered-To, a program');
like +(take('bob'))[0], qr/mail loop \(5\.4\.6\)/, 'likewise';
is given(), 0, 'the program did not run';
is take('pat'), 1, 'the other target has it';
$q->submit({}, "Subject: x\n\nDelivered-To: pat\@example.test\n", 'pat@example.test');
settled('in the body');
is take('pat'), 1, 'it says nothing there';

# quota
my $body = "Subject: big\n\n" . ('x' x 69 . "\n") x 10;
$q->submit({}, $body, 'small@example.test') for 1, 2;
settled('two messages of 0.8 KB');
my ($size) = slurp("$mail/small/Maildir/maildirsize") =~ /^2048S\n/ ? 1 : 0;
is $size, 1, 'maildirsize';
my ($bytes, $count) = (0, 0);
for (split /\n/, slurp("$mail/small/Maildir/maildirsize")) {
	next unless /^ *(-?\d+) +(-?\d+)$/;
	$bytes += $1;
	$count += $2;
}
my $real = 0;
$real += -s for glob "$mail/small/Maildir/new/*";
is "$bytes $count", "$real 2", 'bytes and messages';
SKIP: {
	skip 'needs doveadm, and root', 2 unless -x '/usr/bin/doveadm' && as_root;
	my $conf = spew("$q->{dir}/dovecot.conf", <<END);
mail_location = maildir:$mail/small/Maildir
base_dir = $q->{dir}/run
state_dir = $q->{dir}/run
ssl = no
first_valid_uid = 1
mail_uid = $q->{uid}
mail_gid = $q->{gid}
log_path = /dev/stderr
mail_plugins = quota
plugin {
  quota = maildir:User quota
  quota_rule = *:bytes=2048
}
END
	my %o = (env => { USER => 'small', HOME => "$mail/small" });
	my $ours = slurp("$mail/small/Maildir/maildirsize");
	my $r = run(\%o, 'doveadm', '-c', $conf, '-f', 'tab', 'quota', 'get');
	is $ours, slurp("$mail/small/Maildir/maildirsize"), 'Dovecot takes our file';
	like $r->{out}, qr/\tSTORAGE\t2\t2\t.*\tMESSAGE\t2\t/s, 'and its sums' or diag $r->{err};
	run(\%o, 'doveadm', '-c', $conf, 'quota', 'recalc');
	is slurp("$mail/small/Maildir/maildirsize"), "2048S\n$real 2\n",
	    'Dovecot counts the same';
}
$name = $q->submit({}, $body, 'small@example.test', 'pat@example.test');
ok wait_for(sub { slurp("$q->{dir}/queue/state/$name") =~
    /^last small\@example\.test: 4\.2\.2 the mailbox is full$/m }), 'a third one waits';
is +(() = glob "$mail/small/Maildir/{tmp,new}/*"), 2, 'nothing of it is left';

# what relaycheck says to mail of SIZE for TO
sub asked {
	my ($size, $to) = @_;
	my $r = run({ in => "request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=192.0.2.1\nsender=a\@b.test\n"
	    . "recipient=$to\nsize=$size\n\n" }, 'relaycheck', '-c', "$q->{dir}/cdb", '-q', "$q->{dir}/queue/full");
	return $r->{out} =~ s/\n+\z//r;
}
is asked(0, 'small@example.test'), 'action=452 4.2.2 the mailbox is full', 'who asks at RCPT is told that it is full';
like asked(0, 'bob@example.test'), qr/^action=OK/, 'and another is not';
is asked(2049, 'small@example.test'), 'action=552 5.2.3 the message is larger than the mailbox', 'SIZE is more than it can ever hold';
my ($note) = glob "$q->{dir}/queue/full/*";
utime time - 3601, time - 3601, $note;
like asked(2048, 'small@example.test'), qr/^action=OK/, 'an hour later it is tried again';
utime undef, undef, $note;
$q->end;
# the owner removes one, with a program that does not tell maildirsize
my ($gone) = glob "$mail/small/Maildir/new/*";
unlink $gone;
utime time - 1000, time - 1000, "$mail/small/Maildir/maildirsize";
due_now("$q->{dir}/queue");
$q->start;
settled('there is room again');
is +(() = glob "$mail/small/Maildir/new/*"), 2, 'counted anew';
ok !-e $note, 'and no longer said to be full';
like asked(0, 'small@example.test'), qr/^action=OK/, 'so mail is taken';
$q->submit({}, $body x 3, 'small@example.test');
settled('one that is too large');
like +(take('bob'))[0], qr/larger than the mailbox \(5\.2\.3\)/, 'is returned';

# what pop3d removes is told to the quota
is run({ in => "DELE 1\nQUIT\n", dir => "$mail/small", env => {
	TCPREMOTEIP => '127.0.0.1', PROTO => 'TCP', USER => 'small' } },
    'setpriv', (as_root ? ("--reuid=$q->{uid}", "--regid=$q->{gid}",
	'--clear-groups') : ()), 'pop3d', 'Maildir')->{code}, 0, 'pop3d';
$real = 0;
$real += -s for glob "$mail/small/Maildir/{new,cur}/*";
$bytes = 0;
my $lines = slurp("$mail/small/Maildir/maildirsize");
$bytes += $1 while $lines =~ /^ *(-?\d+) +-?\d+$/mg;
is $bytes, $real, 'what pop3d removes is told';

# a message that a policy wants held
sub held { return join '', map { slurp($_) } glob "$q->{dir}/queue/state/[0-9]*" }
take('pat');
my $name_held = $q->submit({ head => ['hold yes'] }, $text, 'pat@example.test');
ok wait_for(sub { held() =~ /^held \d/m }), 'held from the start';
$q->end;
$q->start;
sleep 0.5;
is take('pat'), 0, 'not delivered, nor after a restart';
symlink "release $name_held -", "$q->{dir}/queue/active/order.1" or die;
settled('released');
is take('pat'), 1, 'delivered';

# catch-all
$q->compile('aliases', "postmaster: bob\@example.test\n\@example.test: pat\@example.test\n");
take('pat');
$q->submit({}, $text, 'nobody+x@example.test', 'bob+x@example.test');
settled('catch-all');
is take('pat'), 1, 'takes what is nobody\'s';
is take('bob'), 1, 'and no more';
$q->end;

# delivercmd alone
my $in = spew("$q->{dir}/message", $text);
sub alone {
	my ($head, @args) = @_;
	return run({ in => $head . $text }, 'delivercmd', @args);
}
is alone('', '/bin/cat')->{out}, "2.0.0 given to a program\n", 'delivercmd alone';
is alone('', '-t', 1, '/bin/sleep', 30)->{code}, 111, 'a deadline';
like alone('', '-t', 1, '/bin/sleep', 30)->{out}, qr/^4\.3\.0 the program took too long/, 'words';
is alone('', '/nonexistent')->{code}, 111, 'no such program: later';
is alone('', '/bin/sh', '-c', 'kill -9 $$')->{code}, 111, 'one that crashes';
is alone('', '-t', 1, '/bin/sh', '-c', 'sleep 9 & exit 0')->{code}, 0,
    'what it leaves behind does not count';
for ("Auto-Submitted: auto-replied\n", "List-Id: <x.example>\n",
    "Precedence: bulk\n", "X-Auto-Response-Suppress: All\n") {
	is alone($_, '-v', '-f', 'a@example.org', '/bin/false')->{code}, 0,
	    '-v: not for ' . s/:.*//sr;
}
is alone('', '-v', '-f', $_, '/bin/false')->{code}, 0, "-v: not for <$_>"
    for '', 'MAILER-DAEMON@example.org', 'list-request@example.org';
is alone("Auto-Submitted: no\n", '-v', '-f', 'a@example.org', '/bin/false')->{code},
    111, '-v: for a person';
is run({ in => '' }, 'sh', '-c', 'echo | delivercmd /bin/cat')->{code}, 100,
    'standard input must be a file';
is run('delivercmd')->{code}, 100, 'no program';
like run('delivercmd', '-h')->{out}, qr/^usage: delivercmd/, '-h';
done_testing;
