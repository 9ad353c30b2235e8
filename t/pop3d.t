#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# pop3d: every command and corner of the TRANSACTION and UPDATE states, what
# other programs do to the Maildir meanwhile, the lock, and promises kept.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Test::More;
use Time::HiRes qw(sleep time);
use POSIX ();

my $dir = scratch;
my $count = 0;

# maildir(NAME => TEXT...): a Maildir with these files (in cur if the name has
# flags, else in new)
sub maildir {
	my (%file) = @_;
	my $m = "$dir/M" . ++$count;
	mkdir "$m$_" or die for '', '/tmp', '/new', '/cur';
	put($m, $_, $file{$_}) for keys %file;
	# not just now: a directory that has just changed is looked at again
	utime time - 10, time - 10, "$m/new", "$m/cur";
	return $m;
}

sub put { spew("$_[0]/" . ($_[1] =~ /:/ ? 'cur' : 'new') . "/$_[1]", $_[2]) }

sub files {
	my ($m) = @_;
	return join ' ', sort map { substr $_, 1 + length $m } glob "$m/{new,cur}/*";
}

# what pop3d answers to these command lines, its greeting apart
sub talk {
	my ($m, @line) = @_;
	my $r = run({ in => join '', map { "$_\r\n" } @line }, 'pop3d', $m);
	$r->{out} =~ s/^\+OK \d+ messages\r\n// or return "no greeting: $r->{out}";
	$r->{out} =~ s/\r\n/|/g;
	return $r->{out};
}

# ------------------------------------------------------------------ numbers
my $m = maildir('1.a' => "one\n", '2.b:2,S' => "A: b\n\n.dot\ntwo\n", '3.c' => '');
is(talk($m, 'STAT', 'LIST', 'UIDL'),
    '+OK 3 24|+OK|1 5|2 19|3 0|.|+OK|1 1.a|2 2.b|3 3.c|.|', 'STAT, LIST, UIDL');
is(talk($m, 'LIST 2', 'UIDL 2', 'list 3', 'Uidl 3'),
    '+OK 2 19|+OK 2 2.b|+OK 3 0|+OK 3 3.c|', 'of one message, in any case');
for my $verb ('RETR', 'LIST', 'UIDL', 'DELE') {
	my $out = talk($m, map { "$verb $_" } qw(0 -1 4 4294967296 4294967297 99999999999999999999999999
	    1x x +1 1.0), '1 5', ' 1');
	is($out =~ s/-ERR [^|]*\|//gr, '', "$verb of what is no message");
	is(scalar(() = $out =~ /-ERR/g), 12, 'each refused');
}
is(talk($m, 'RETR', 'DELE', 'TOP', 'TOP 1', 'TOP 1 x', 'TOP 1 -1', 'TOP 1 2 3', 'TOP 0 0') =~
    s/-ERR [^|]*\|//gr, '', 'arguments that are missing or wrong');
is(talk($m, 'STAT 1', 'NOOP 1', 'RSET 1', 'QUIT 1', 'CAPA 1', '', 'X', 'STATS', 'STA', ' STAT', "ST\tAT",
    'USER a', 'PASS b', 'STLS', 'AUTH') =~ s/-ERR [^|]*\|//gr, '', 'commands that are wrong here');
is(talk($m, 'STAT ', 'LIST 1 ', 'NOOP'), '+OK 3 24|+OK 1 5|+OK|', 'spaces at the end');
is(talk($m, 'LIST 01'), '+OK 1 5|', 'leading zeros');
is(talk($m, 'x' x 2000, 'NOOP'), "-ERR a command is a short line that ends with CR LF|+OK|",
    'a line too long');
my $r = run({ in => "STAT\nNO\rOP\r\nST\0AT\r\nNOOP\r\n" }, 'pop3d', $m);
is($r->{out} =~ s/-ERR a command is a short line that ends with CR LF\r\n//gr,
    "+OK 3 messages\r\n+OK\r\n", 'bare LF, bare CR and NUL are refused');
is(files($m), 'cur/2.b:2,S new/1.a new/3.c', 'nothing is renamed or removed');
like(talk($m, ('X') x 200), qr/^(-ERR [^|]*\|){100}$/, 'a hundred bad commands are enough');

my $capa = talk($m, 'CAPA');
like($capa, qr/^\+OK[^|]*\|.*\|\.\|$/, 'CAPA');
like($capa, qr/\|\Q$_\E\|/, "CAPA: $_") for qw(TOP UIDL PIPELINING RESP-CODES AUTH-RESP-CODE USER LANG), 'EXPIRE NEVER', 'UTF8 USER',
    'SASL PLAIN LOGIN', 'IMPLEMENTATION Postern';
unlike($capa, qr/STLS|LOGIN-DELAY/, 'CAPA: no STLS, no LOGIN-DELAY');
is(talk($m, 'LANG', 'LANG EN', 'LANG x', 'UTF8') =~ s/-ERR [^|]*/-ERR/gr,
    '+OK languages follow|i-default Default language|en English|.|+OK en it is|-ERR|-ERR|', 'LANG');

is(talk(maildir('1.u' => "From: d\xc3\xb6rte\@example.test\n\n\xc3\xa4\n"), 'LIST', 'RETR 1'),
    "+OK|1 33|.|+OK|From: d\xc3\xb6rte\@example.test||\xc3\xa4|.|", 'a header with UTF-8 is sent as it is');

# ------------------------------------------------------------- LOGIN-DELAY
sub delayed { return run({ in => "CAPA\r\nQUIT\r\n" }, 'pop3d', '-l', 600, $m)->{out} }
like(delayed(), qr/^\+OK.*^LOGIN-DELAY 600\r\n\.\r\n/ms, '-l: the first login, and CAPA');
is(delayed(), "-ERR [LOGIN-DELAY] so soon again\r\n", 'the second is too soon');
ok(!-e "$m/dovecot-pop3-session.lock", 'and leaves no lock');
utime time - 601, time - 601, "$m/postern-login";
like(delayed(), qr/^\+OK/, 'in time it is good again');
utime time + 1000, time + 1000, "$m/postern-login";
like(delayed(), qr/^\+OK/, 'a time to come is none');

# -------------------------------------------------------- what is on the wire
my @text = (
	['plain', "a\nb\n", "a|b|"],
	['CRLF on disk is not doubled', "a\r\nb\r\n", "a|b|"],
	['both', "a\r\nb\nc\r\n", "a|b|c|"],
	['no line end', 'a', 'a|'],
	['no last line end', "a\nb", 'a|b|'],
	['CR at the end', "a\nb\r", 'a|b|'],
	['empty', '', ''],
	['one line feed', "\n", '|'],
	['one CR', "\r", '|'],
	['dots', ".\n..\n.x\nx.\n", '.|..|.x|x.|'],
	['first byte a dot', '.', '.|'],
	['a dot behind CRLF', "a\r\n.b\r\n", 'a|.b|'],
	['a dot behind a bare CR', "a\r.b\n", "a\r.b|"],
	['bare CRs', "a\r\rb\n\r\r\n", "a\r\rb|\r|"],
	['NUL and all bytes', join('', map { chr } grep { $_ != 10 && $_ != 13 } 0 .. 255) . "\n",
	    join('', map { chr } grep { $_ != 10 && $_ != 13 } 0 .. 255) . '|'],
	['long line', 'x' x 300000 . "\n", 'x' x 300000 . '|'],
	['line ends at the edges of buffers', join('', map { 'y' x $_ . "\n" } 65533 .. 65538),
	    join('', map { 'y' x $_ . '|' } 65533 .. 65538)],
	['CR | LF across buffers', 'z' x 65535 . "\r\nend\r\n", 'z' x 65535 . '|end|'],
	['LF | dot across buffers', 'z' x 65535 . "\n.end\n", 'z' x 65535 . '|.end|'],
);
for (@text) {
	my ($what, $file, $wire) = @$_;
	$wire =~ s/\|/\r\n/g if $what !~ /NUL/;
	$wire =~ s/\|\z/\r\n/ if $what =~ /NUL/;
	my $stuffed = $wire =~ s/^\./../gmr;
	$m = maildir('1.x' => $file);
	$r = run({ in => "RETR 1\r\nLIST 1\r\n" }, 'pop3d', $m);
	my $size = length $wire;
	ok($r->{out} eq "+OK 1 messages\r\n+OK\r\n$stuffed.\r\n+OK 1 $size\r\n", "RETR, LIST: $what");
	$r = run({ in => "LIST 1\r\nSTAT\r\n" }, 'pop3d', $m);
	is($r->{out}, "+OK 1 messages\r\n+OK 1 $size\r\n+OK 1 $size\r\n", "counted: $what");
}
my $top = "A: 1\nB: 2\n\n.one\ntwo\n\nthree";
$m = maildir('1.x' => $top, '2.h' => "A: 1\nB: 2\n", '3.c' => $top =~ s/\n/\r\n/gr, '4.r' => "A: 1\n\r\r\nB\n\nC");
is(talk($m, 'TOP 1 0'), '+OK|A: 1|B: 2||.|', 'TOP 0');
is(talk($m, 'TOP 1 1'), '+OK|A: 1|B: 2||..one|.|', 'TOP 1 is stuffed');
is(talk($m, "TOP 1 $_"), '+OK|A: 1|B: 2||..one|two||three|.|', "TOP $_")
    for 4, 5, 4294967296, '99999999999999999999';
is(talk($m, 'TOP 2 5'), '+OK|A: 1|B: 2|.|', 'TOP of a header alone');
is(talk($m, 'TOP 3 2'), '+OK|A: 1|B: 2||..one|two|.|', 'TOP of CRLF');
is(talk($m, 'TOP 4 0'), "+OK|A: 1|\r|B||.|", 'TOP: CR CR LF is no empty line');

# --------------------------------------------------------------------- sizes
$m = maildir('1.a,S=4,W=5' => "one\n", '2.b,S=4,W=77:2,S' => "two\n", '3.c,W=5000000000' => "x\n");
is(talk($m, 'STAT', 'LIST 3'), '+OK 3 5000000082|+OK 3 5000000000|', 'W= is believed');
$r = run({ in => "LIST 2\r\nRETR 2\r\nLIST 2\r\n" }, 'pop3d', $m);
is($r->{out}, "+OK 3 messages\r\n+OK 2 77\r\n+OK\r\ntwo\r\n.\r\n+OK 2 5\r\n", 'until it proves wrong');
like($r->{err}, qr/event=size-wrong .*told=77 sent=5/, 'which is logged');
$m = maildir('1.a,S=99' => "one\n", '2.b,W=x' => "one\n", '3.c,W=' => "one\n", '4.d,W=7z' => "one\n");
is(talk($m, 'STAT'), '+OK 4 20|', 'S= alone, or a bad W=: counted');

# ------------------------------------------------------- order and unique-ids
$m = maildir('10.x' => '', '9.x' => '', '9.M5P2.x:2,' => '', '9.M12P1.x' => '', 'zz' => '',
    '.hidden' => '', "20.sp ace" => '', "21.\xe9" => '', '22.' . 'l' x 100 => '', '23.' . 'l' x 67 => '',
    '24.a,S=1:2,F' => '', ',S=3' => '');
mkdir "$m/cur/30.folder" or die;
is(talk($m, 'UIDL') =~ s/~[0-9a-f]{40}/~/gr, '+OK|1 ~|2 zz|3 9.x|4 9.M5P2.x|5 9.M12P1.x|6 10.x|7 ~|8 ~|9 ~|10 23.' .
    'l' x 67 . '|11 24.a|.|', 'order by time; odd names are hashed; hidden files and folders are none');
is(talk($m, 'UIDL'), talk($m, 'UIDL'), 'the same each time');
$m = maildir('5.a,S=1' => 'x', '5.a,S=2:2,' => 'xx', '5.a' => '', '5.a!b' => '', '5.a-2' => '');
my $uidl = talk($m, 'UIDL');
my %seen;
is(scalar(grep { !$seen{$_}++ } $uidl =~ /\d (\S+?)\|/g), 5, 'no unique-id twice') or diag $uidl;
like($uidl, qr/ 5\.a\|.* 5\.a-3\|.* 5\.a-4\|/, 'those of one name are numbered');
$m = maildir('5.a' => "new\n", '5.a:2,S' => "cur\n");
is(talk($m, 'STAT', 'RETR 1'), '+OK 1 5|+OK|cur|.|', 'a message seen in new and in cur is one');

# ------------------------------------------------------------------ deletion
$m = maildir(map { ("$_.m" . ($_ % 2 ? '' : ':2,S') => "$_\n") } 1 .. 6);
is(talk($m, 'DELE 2', 'DELE 2', 'RETR 2', 'TOP 2 0', 'LIST 2', 'UIDL 2', 'STAT', 'LIST', 'UIDL') =~ s/ERR [^|]*/ERR/gr,
    '+OK|-ERR|-ERR|-ERR|-ERR|-ERR|+OK 5 15|+OK|1 3|3 3|4 3|5 3|6 3|.|' .
    '+OK|1 1.m|3 3.m|4 4.m|5 5.m|6 6.m|.|', 'deleted messages are not there, numbers stay');
is(files($m), 'cur/2.m:2,S cur/4.m:2,S cur/6.m:2,S new/1.m new/3.m new/5.m', 'without QUIT they stay');
is(talk($m, 'DELE 1', 'RSET', 'STAT', 'DELE 3', 'QUIT', 'NOOP'), '+OK|+OK|+OK 6 18|+OK|+OK bye|', 'RSET, QUIT');
is(files($m), 'cur/2.m:2,S cur/4.m:2,S cur/6.m:2,S new/1.m new/5.m', 'QUIT removes what is deleted');
ok(!-e "$m/dovecot-pop3-session.lock", 'the lock is gone');
$r = run({ in => "RETR 1\r\nTOP 2 0\r\nDELE 1\r\nQUIT\r\n" }, 'pop3d', $m);
like($r->{err}, qr/event=logout reason=quit top=1 top-octets=3 retr=1 retr-octets=3 del=1 del-octets=3 messages=5\n/,
    'what is logged at the end');

SKIP: {
	skip 'strace cannot trace here', 2
	    unless run('strace', '-o', '/dev/null', 'true')->{code} == 0;
	my $in = "DELE 1\r\nDELE 2\r\nQUIT\r\n";
	$m = maildir('1.a' => "x\n", '2.b:2,' => "y\n");
	run({ in => $in }, 'strace', '-o', "$dir/trace", 'pop3d', $m);
	my $trace = slurp("$dir/trace");
	like($trace, qr/unlinkat.*unlinkat.*fsync\(\d+\) += 0\n.*fsync\(\d+\) += 0\n.*\+OK bye/s,
	    'the directories are on the disk before QUIT is answered');
	$m = maildir('1.a' => "x\n");
	$r = run({ in => "DELE 1\r\nQUIT\r\n" }, 'strace', '-o', '/dev/null', '-e', 'inject=fsync:error=EIO', 'pop3d', $m);
	like($r->{out}, qr/-ERR \[SYS\/TEMP\] some deleted messages not removed\r\n\z/, 'and if not, it is -ERR');
}
SKIP: {
	skip 'root may remove anything', 2 if as_root;
	$m = maildir('1.a' => "x\n", '2.b:2,' => "y\n");
	chmod 0500, "$m/new";
	like(talk($m, 'DELE 1', 'DELE 2', 'QUIT'), qr/-ERR \[SYS\/TEMP\]/, 'a message that cannot be removed');
	chmod 0700, "$m/new";
	is(files($m), 'new/1.a', 'the other one is');
}

# -------------------------------------- other programs, while a session is on
sub session {
	my ($m, @option) = @_;
	my $port = free_port;
	serve('tcpserver', '-H', '-R', '-l0', '127.0.0.1', $port, 'pop3d', @option, $m);
	wait_port($port) or die 'no server';
	return $port;
}
sub ask {
	my ($c, $text) = @_;
	$c->send("$text\r\n");
	return $c->line;
}
sub message {
	my ($c, $n) = @_;
	my $text = ask($c, "RETR $n");
	return $text if $text !~ /^\+OK/;
	$text = '';
	while (defined(my $l = $c->line)) {
		return $text if $l eq ".\r\n";
		$text .= $l;
	}
	return undef;
}
$m = maildir(map { ("$_.m" => "$_\n") } 1 .. 5);
my $port = session($m, '-w', 60);
my $c = client($port);
like($c->line, qr/^\+OK/, 'greeting');
rename "$m/new/1.m", "$m/cur/1.m:2,S";
rename "$m/new/2.m", "$m/cur/2.m:2,";
is(message($c, 1), "1\r\n", 'a message that moved to cur');
rename "$m/cur/2.m:2,", "$m/cur/2.m:2,FS";
is(message($c, 2), "2\r\n", 'other flags');
unlink "$m/new/3.m";
like(message($c, 3), qr/^-ERR/, 'a message that is gone');
put($m, '0.new', "later\n");
is(ask($c, 'STAT'), "+OK 5 12\r\n", 'new mail is for the next session, what is gone has no size');
like(ask($c, "DELE $_"), qr/^\+OK/, "DELE $_") for 1 .. 4;
rename "$m/cur/1.m:2,S", "$m/cur/1.m:2,RS";
rename "$m/cur/2.m:2,FS", "$m/new/2.m";
like(ask($c, 'QUIT'), qr/^\+OK/, 'QUIT: moved and gone ones are no failure');
is(files($m), 'new/0.new new/5.m', 'all deleted ones are removed, wherever they were');

my $lock = "$m/dovecot-pop3-session.lock";

# ------------------------------------------- memory while the client is silent
put($m, sprintf('%d.filler:2,S', 1000 + $_), 'x' x 100 . "\n") for 1 .. 500;
$c = client($port);
$c->line;
sub listed { $c->send("LIST\r\nUIDL\r\nRETR 3\r\n"); return join '', map { $c->line } 1 .. 2 * 504 + 3 }
sub own_kb { my ($kb) = slurp("/proc/$_[0]/smaps_rollup") =~ /^Private_Dirty:\s+(\d+)/m; return $kb }
my ($idler) = slurp($lock) =~ /^(\d+)/;
my ($first, $busy, $rest) = ('', 0);
for (1 .. 5) { # one of which is looked at before it has been silent for long
	$first = listed();
	my $kb = own_kb($idler);
	$busy = $kb if $kb > $busy;
}
ok(wait_for(sub { ($rest = own_kb($idler)) < $busy - 32 }), "a silent client's session holds less: $rest of $busy KiB");
is(listed(), $first, 'and goes on as before');
like(ask($c, 'DELE 1'), qr/^\+OK/, 'as to what it remembers');
sleep 1.7;
like(ask($c, 'LIST 1'), qr/^-ERR the message is deleted/, 'for any time');
$c->close;
unlink glob "$m/{new,cur}/*";

# ---------------------------------------------------------------------- lock
$c = client($port);
$c->line;
like(slurp($lock), qr/^\d+:\S+\n\z/, 'the lock names process and host');
my ($pid) = slurp($lock) =~ /^(\d+)/;
my $t = time;
my $d = client(session($m, '-w', 2));
like($d->line, qr/^-ERR \[IN-USE\]/, 'a second session');
ok(time - $t > 1, 'after waiting for the first');
ok($d->ended, 'and no more');
$d = client($port);
sleep 0.2;
ask($c, 'QUIT');
like($d->line, qr/^\+OK/, 'a session that ends lets the next one in');
ask($d, 'QUIT');
$c = client($port);
$c->line;
($pid) = slurp($lock) =~ /^(\d+)/;
kill 'KILL', $pid;
ok($c->ended, 'kill -9');
ok(-e $lock, 'leaves the lock');
my ($host) = slurp($lock) =~ /:(\S+)/;
$c = client($port);
like($c->line, qr/^\+OK/, 'which is stale at once');
ask($c, 'QUIT');
spew($lock, "$$:$host\n");
like(talk($m, 'QUIT'), qr/^\+OK/, 'even if its process number lives again');

# locks of Dovecot: no line feed
sub dovecot { return run({ in => "QUIT\r\n", }, 'pop3d', '-w', 0, $m)->{out} }
spew($lock, "$$:$host");
like(dovecot(), qr/^-ERR \[IN-USE\]/, 'a Dovecot session of this host');
is(slurp($lock), "$$:$host", 'keeps its lock');
utime 1, 1, $lock;
spew($lock, "4194305:$host");
like(dovecot(), qr/^\+OK/, 'a process that is gone');
spew($lock, "$$:elsewhere.example");
utime time - 301, time - 301, $lock;
like(dovecot(), qr/^\+OK/, 'another host, five minutes ago');
spew($lock, '');
utime time - 301, time - 301, $lock;
like(dovecot(), qr/^\+OK/, 'an empty lock, five minutes ago');
ok(!-e $lock, 'no lock is left');

# ---------------------------------------------------- missing things, the end
like(talk("$dir/fresh", 'STAT', 'QUIT'), qr/^\+OK 0 0\|/, 'a Maildir that is not there yet');
ok(-d "$dir/fresh/$_", "is made: $_") for qw(tmp new cur);
$r = run({ in => '' }, 'pop3d', "$dir/no/such");
like($r->{out}, qr/^-ERR \[SYS\/TEMP\]/, 'but not its parent');
is($r->{code}, 1, 'refused');
like($r->{err}, qr/event=error reason="cannot open the maildir" error=.* maildir=\S+ in=\/\S+$/m, 'logged, with its place');
$c = client(session($m, '-t', 1));
$c->line;
ok($c->ended, 'a client that says nothing is left after -t');
is(run('pop3d')->{code}, 100, 'usage');
is(run('pop3d', @$_, $m)->{code}, 100, "bad option @$_") for ['-t', 0], ['-w', 'x'], ['-x'];
like(run('pop3d', '-h')->{out}, qr/^usage: pop3d/, '-h');

# ------------------------------------------------------------ many, and large
my $many = maildir();
spew("$many/cur/" . (1700000000 + $_) . ".M1P$_.mail.example.test,S=4,W=5:2,S", "abc\n") for 1 .. 3000;
utime 1, 1, "$many/cur";
is(talk($many, 'STAT'), '+OK 3000 15000|', '3000 messages');
is(scalar(() = talk($many, 'UIDL', 'LIST') =~ /\|/g), 6004, 'UIDL and LIST');
is(talk($many, (map { "DELE $_" } 1 .. 2999), 'STAT', 'QUIT') =~ s/\+OK\|//gr, '+OK 1 5|+OK bye|', 'DELE');
is(scalar(my @left = glob "$many/cur/*"), 1, 'one is left');
my $line = 'x' x 76 . "\n";
my $big = maildir('1.big' => $line x 200000);
$port = session($big);
$c = client($port);
$c->line;
($pid) = slurp("$big/dovecot-pop3-session.lock") =~ /^(\d+)/;
my $text = message($c, 1);
ok($text eq ($line =~ s/\n/\r\n/r) x 200000, '15 MB');
SKIP: {
	skip 'no resident size under sanitizers', 1 if $ENV{POSTERN_VARIANT} ne 'rel';
	my ($rss) = slurp("/proc/$pid/status") =~ /VmHWM:\s+(\d+)/;
	ok($rss < 4096, "in constant memory ($rss KB at the most)");
}
ask($c, 'QUIT');
done_testing;
