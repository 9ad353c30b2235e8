#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Unique-ids that other servers gave (pop3d -i): those of the real Dovecot on the
# same Maildir, a map, duplicates, damage; and the index of sizes.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = scratch;
chmod 0755, $dir;
my $count = 0;
sub maildir {
	my (%file) = @_;
	my $m = "$dir/M" . ++$count;
	mkdir "$m$_" or die for '', '/tmp', '/new', '/cur';
	spew("$m/" . (/:/ ? 'cur' : 'new') . "/$_", $file{$_}) for keys %file;
	utime time - 10, time - 10, "$m/new", "$m/cur";
	return $m;
}
my $r;
sub talk {
	my ($m, $option, @line) = @_;
	$r = run({ in => join '', map { "$_\r\n" } @line }, 'pop3d', @$option, $m);
	return $r->{out} =~ s/^\+OK \d+ messages\r\n//r =~ s/\r\n/|/gr;
}

# --------------------------------------------------------- dovecot-uidlist
my $m = maildir('1.a,S=4' => "a\n", '2.b:2,S' => "b\n", '3.c' => "c\n", '4.d' => "d\n", '5.e' => "e\n", '6.f' => "f\n");
my $list = "3 V1289922360 N9 G3085f01b7f11094c501100008c4a11c1\n7 :1.a,S=4\n8 Pold-b W3 S2 :2.b:2,FS\n"
    . "9 O :3.c\n10 W3 Pold-b :4.d\n4294967296 :5.e\n0 :5.e\n11:5.e\nx :5.e\n12 P :5.e\n13 P\xe9 :5.e\n14 :gone\n15 :\n";
spew("$m/dovecot-uidlist", $list);
is(talk($m, ['-i', 'dovecot'], 'UIDL', 'UIDL 2'),
    '+OK|1 000000074ce2a738|2 old-b|3 000000094ce2a738|4 old-b-2|5 5.e|6 6.f|.|+OK 2 old-b|', 'uids, saved ones, duplicates, others');
is(talk($m, [], 'UIDL 2'), '+OK 2 2.b|', 'not without -i');
spew("$m/dovecot-uidlist", "3 V1289922360 N9\n7 :3.c\n8 O7 P :1.a,S=4\n9 W3 O2 :4.d\n10 :2.b\n11 O2 :6.f\n12 O99999999999 :gone\n");
is(talk($m, ['-i', 'dovecot'], 'UIDL'),
    '+OK|1 000000094ce2a738|2 0000000b4ce2a738|3 1.a,S=4|4 000000074ce2a738|5 0000000a4ce2a738|6 5.e|.|', 'in the order of O, then of the uids');
is(talk($m, ['-i', 'dovecot'], 'LIST 3', 'UIDL 3', 'RETR 1', 'TOP 2 1', 'DELE 1', 'UIDL 1', 'LIST', 'UIDL 7'),
    '+OK 3 3|+OK 3 1.a,S=4|+OK|d|.|+OK|f|.|+OK|-ERR the message is deleted|+OK|' . join('', map { "$_ 3|" } 2 .. 6) . '.|-ERR no such message|',
    'and all commands mean those numbers');
is(talk($m, [], 'UIDL 2'), '+OK 2 2.b|', 'which only -i gives');
is(talk($m, ['-i', 'filename'], 'UIDL 1'), '+OK 1 1.a|', '-i filename');
for my $bad ("1 1289922360 3\n1 1.a\n", "3 N4\n1 :1.a\n", "3 V0 N4\n", "4 V5 N4\n", "3 V99999999999 N1\n") {
	spew("$m/dovecot-uidlist", $bad);
	is(talk($m, ['-i', 'dovecot'], 'UIDL'), '-ERR [SYS/TEMP] no maildrop now|', 'no list: ' . $bad =~ s/\n.*//sr);
}
ok(!-e "$m/dovecot-pop3-session.lock", 'and no lock is left');
spew("$m/dovecot-uidlist", substr $list, 0, 80);
is(talk($m, ['-i', 'dovecot'], 'UIDL 1', 'UIDL 2'), '+OK 1 000000074ce2a738|+OK 2 2.b|', 'a list that is cut off');
unlink "$m/dovecot-uidlist";
is(talk($m, ['-i', 'dovecot'], 'UIDL 1'), '+OK 1 1.a|', 'no such file');
mkdir "$m/dovecot-uidlist";
is(talk($m, ['-i', 'dovecot'], 'UIDL 1'), '-ERR [SYS/TEMP] no maildrop now|', 'a file that cannot be read');

# ------------------------------------------------------------------- a map
spew("$m/old-ids", "# from Courier\nUID9-1 1.a,S=4\nUID9-2 2.b:2,\n3.c 6.f\nwhat\n x\nUID9-1 4.d\n" . 'l' x 71 . " 5.e\n");
is(talk($m, ['-i', 'old-ids'], 'UIDL'), '+OK|1 UID9-1|2 UID9-2|3 3.c|4 UID9-1-2|5 5.e|6 3.c-2|.|', 'a map');
spew("$m/old-ids", join '', map { ('l' x 70) . " $_\n" } '1.a', '2.b', '3.c');
my $uidl = talk($m, ['-i', 'old-ids'], 'UIDL');
my %seen;
is(scalar(grep { !$seen{$_}++ && length() <= 70 } $uidl =~ /\d (\S+?)\|/g), 6, 'long ones that are the same') or diag $uidl;
is(talk($m, ['-i', 'old-ids'], 'UIDL'), $uidl, 'the same again');
is(run('pop3d', '-i', $_, $m)->{code}, 100, "-i $_") for '../x', '/etc/passwd', '';

# ------------------------------------------------------- what Dovecot says
SKIP: {
	skip 'no Dovecot', 7 unless -x '/usr/lib/dovecot/pop3' && -x '/usr/lib/dovecot/imap';
	my ($uid, $gid) = as_root ? (64001, 64001) : ($>, $) + 0);
	my $home = "$dir/home";
	mkdir "$home$_" or die for '', '/Maildir', '/Maildir/tmp', '/Maildir/new', '/Maildir/cur';
	spew("$home/Maildir/" . ($_ % 3 ? 'new/' : 'cur/') . "17000000$_.M1P$_.host,S=4" . ($_ % 3 ? '' : ':2,S'), "abc\n") for 10 .. 40;
	run('chown', '-R', "$uid:$gid", $home) if as_root;
	spew("$dir/dovecot.conf", "mail_location = maildir:~/Maildir\nlog_path = /dev/stderr\nssl = no\nstats_writer_socket_path =\n");
	my @as = as_root ? ('s6-applyuidgid', '-u', $uid, '-g', $gid, '-G', '') : ();
	my $err;
	my $dovecot = sub {
		my ($what, $in) = @_;
		my $r = run({ in => $in, env => { HOME => $home, USER => 'alice' } }, 'sh', '-c', 'cat | "$@"', 'x', @as,
		    "/usr/lib/dovecot/$what", '-c', "$dir/dovecot.conf"); # it polls its input
		$err = $r->{err};
		return $r->{out};
	};
	my $ids = sub { join "\n", sort grep { /^\d+ \S+$/ } split /\r\n/, $_[0] };
	my $theirs = $ids->($dovecot->('pop3', "UIDL\r\nQUIT\r\n"));
	is(scalar(() = $theirs =~ /^/mg), 31, 'Dovecot has them all') or diag $theirs, $err;
	my $ours = run({ in => "UIDL\r\nQUIT\r\n" }, @as, 'pop3d', '-i', 'dovecot', "$home/Maildir");
	is($ids->($ours->{out}), $theirs, 'and we say the same of each');
	my $n = 0;
	spew("$home/Maildir/dovecot-uidlist", map { $n++ ? s/ / [' O' . (9 - $n % 7) . ' ', ' P ', ' ']->[$n % 3]/er : $_ } slurp("$home/Maildir/dovecot-uidlist") =~ /^.*\n/mg);
	run('chown', "$uid:$gid", "$home/Maildir/dovecot-uidlist") if as_root;
	my $order = $ids->($dovecot->('pop3', "UIDL\r\nQUIT\r\n"));
	isnt($order, $theirs, 'Dovecot takes other numbers and ids from its list');
	$ours = run({ in => "UIDL\r\nQUIT\r\n" }, @as, 'pop3d', '-i', 'dovecot', "$home/Maildir");
	is($ids->($ours->{out}), $order, 'and so do we');
	is(run({ in => "DELE 1\r\nQUIT\r\n" }, @as, 'pop3d', '-i', 'dovecot', "$home/Maildir")->{code}, 0, 'one is deleted');
	$theirs = $dovecot->('pop3', "UIDL\r\nDELE 5\r\nQUIT\r\n");
	like($theirs, qr/\+OK Logging out, messages deleted|\+OK/, 'Dovecot again');
	my %id = reverse map { split } split /\n/, $ids->($theirs);
	$ours = run({ in => "UIDL\r\nQUIT\r\n" }, @as, 'pop3d', '-i', 'dovecot', "$home/Maildir");
	is(scalar(grep { $id{ (split)[1] } } split /\n/, $ids->($ours->{out})), 29, 'and the rest is known by the same ids');
}

# ------------------------------------------------------- the index of sizes
my %mail = map { ("$_.m" . ($_ % 2 ? '' : ':2,S') => "a\n" x $_) } 1 .. 50;
$m = maildir(%mail, '60.w,W=3' => "a\n");
utime 1e9, 1e9, "$m/new/1.m";
my $stat = talk($m, [], 'STAT');
is((stat "$m/new/1.m")[8], 1e9, 'who counts a message has not read it');
is($stat, '+OK 51 ' . (3 + 3 * 1275) . '|', 'sizes are counted');
my $index = "$m/postern-index";
my @line = split /\n/, slurp($index);
like($line[0], qr/^postern-index 1 [0-9a-f]{16}$/, 'and kept');
is(scalar @line, 51, 'those that names do not tell');
is($line[7], '21 7.m', 'one a line');
is(sprintf('%o', (stat $index)[2] & 0777), '600', 'for their owner');
my $ino = (stat $index)[1];
sub reads { # how many messages a session reads
	my ($m, @line) = @_;
	spew("$dir/in", map { "$_\r\n" } @line);
	run('sh', '-c', "exec strace -f -e trace=openat -o $dir/trace pop3d $m < $dir/in");
	return scalar(() = slurp("$dir/trace") =~ /"\d+\.\w+[^"\/]*", O_RDONLY/g);
}
my $strace = run('strace', '-o', '/dev/null', 'true')->{code} == 0;
SKIP: {
	skip 'strace cannot trace here', 1 unless $strace;
	is(reads($m, 'STAT', 'LIST'), 0, 'the next session reads no message');
}
is(talk($m, [], 'STAT'), $stat, 'and says the same');
is((stat $index)[1], $ino, 'nothing is written for nothing');
rename "$m/new/7.m", "$m/cur/7.m:2,RS";
utime 1, 1, "$m/new", "$m/cur";
is(talk($m, [], 'STAT', 'LIST 7'), "$stat+OK 7 21|", 'other flags: the same message');
talk($m, [], 'DELE 1', 'QUIT');
spew("$m/new/70.n", "x\n");
utime 1, 1, "$m/new";
is(talk($m, [], 'STAT'), '+OK 51 ' . (3 + 3 * 1275) . '|', 'one is gone, one is new');
# damage of any kind is as good as no index
my $good = slurp($index);
for my $bad (substr($good, 0, 100), '', $good . "9 9.m\n", $good =~ s/^21 7/22 7/mr, "postern-index 1 0000000000000000\n9 9.m\n",
	"\0" x 4096, $good x 2, $good =~ s/1/2/r) {
	spew($index, $bad);
	my $was = talk($m, [], 'STAT');
	is($was, '+OK 51 ' . (3 + 3 * 1275) . '|', 'a damaged index: counted anew');
	is(talk($m, [], 'STAT'), $was, 'and kept again');
}
is(slurp($index) =~ tr/\n//, 51, 'without what is gone');
# a line that is wrong and has the right sum: the file was another one
spew("$m/cur/7.m:2,RS", "longer than it was\n" x 3);
is(talk($m, [], 'LIST 6', 'RETR 6', 'LIST 6') =~ s/\|longer.*?\|\.\|/|/r, '+OK 6 21|+OK|+OK 6 60|', 'a size that proves wrong');
like($r->{err}, qr/event=size-wrong/, 'is logged');
is(talk($m, [], 'LIST 6'), '+OK 6 60|', 'and right from then on');
unlink $index;
mkdir $index;
is(talk($m, [], 'STAT'), '+OK 51 ' . (3 + 3 * 1275 + 39) . '|', 'no index can be written');
ok(!-e "$m/postern-index.new", 'nothing is left of the try');
rmdir $index;
symlink "$dir/elsewhere", $index;
talk($m, [], 'STAT');
ok(!-e "$dir/elsewhere", 'no link is followed');
my $few = maildir('1.a' => "a\n");
talk($few, [], 'STAT');
ok(!-e "$few/postern-index", 'a few messages need no index');

# ---------------------------------------------- many that are not counted yet
my %many = map { ("$_.m" . ($_ % 2 ? '' : ':2,S') => "a\n" x ($_ % 7)) } 1001 .. 2200;
$m = maildir(%many, '3000.w,W=3' => "a\n");
my $sum = 3;
$sum += 3 * ($_ % 7) for 1001 .. 2200;
is(talk($m, [], 'STAT'), "+OK 1201 $sum|", 'several processes count them');
is(scalar(() = slurp($index = "$m/postern-index") =~ /^[1-9]\d* /mg), 1200 - grep({ $_ % 7 == 0 } 1001 .. 2200), 'and all are kept that are not empty');
my $kept = slurp($index);
my $one = 20000 + $$ % 40000; # a user of no other test: nobody who has more processes can run anything
for ([[], 'LIST'], [['prlimit', '--nproc=0', 's6-applyuidgid', '-u', $one, '-g', $one, '-G', ''], 'STAT']) {
	my ($how, $command) = @$_;
	SKIP: {
		skip 'not root', 2 if @$how && !as_root;
		unlink $index;
		run('chown', '-R', "$one:$one", $m) if @$how;
		$r = run({ in => "$command\r\nSTAT\r\n" }, @$how, 'pop3d', $m);
		like($r->{out}, qr/^\+OK 1201 $sum\r$/m, 'by ' . (@$how ? 'one alone, where there may not be more' : $command));
		ok(slurp($index) eq $kept, 'and they find the same');
	}
}
done_testing;
