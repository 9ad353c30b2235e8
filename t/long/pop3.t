#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# POP3 with what is large or much: a maildrop of 5 GB, a message of 200 MB, a
# line of 10 MB, and many clients that fetch, delete and break off at random on
# one mailbox while mail arrives (as imaptest does): nothing lost, nothing twice.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'long: set POSTERN_LONG=1' unless $ENV{POSTERN_LONG};
my $dir = scratch;
my $count = 0;
sub maildir {
	my $m = "$dir/M" . ++$count;
	mkdir "$m$_" or die for '', '/tmp', '/new', '/cur';
	return $m;
}
# pop3d on MAILDIR with these lines; the octets that came, through a command
sub piped {
	my ($m, $filter, @line) = @_;
	spew("$dir/in", map { "$_\r\n" } @line);
	return run({ seconds => 300 }, 'sh', '-c', "pop3d $m < $dir/in | $filter");
}

# ------------------------------------------------------------- 5 GB, sparse
my $m = maildir();
for my $n (1 .. 5) {
	open my $f, '>', "$m/cur/$n.big,S=1073741824,W=1073741824:2,S" or die;
	truncate $f, 1 << 30 or die;
}
my $r = piped($m, 'cat', 'STAT', 'LIST', 'LIST 5');
is($r->{out} =~ s/\r\n/|/gr, '+OK 5 messages|+OK 5 5368709120|+OK|' . join('', map { "$_ 1073741824|" } 1 .. 5) . '.|+OK 5 1073741824|',
    'a maildrop of 5 GB');
my $one = maildir();
open my $f, '>', "$one/cur/1.big:2,S" or die;
truncate $f, 5 << 30 or die;
close $f;
my $t = time;
$r = piped($one, 'cat', 'STAT');
is($r->{out} =~ s/\r\n/|/gr, '+OK 1 messages|+OK 1 5368709122|', sprintf 'one message of 5 GB, counted in %.1f s', time - $t);

# ------------------------------------------------------------------- 200 MB
$m = maildir();
my $line = 'x' x 75 . "\n";
open $f, '>', "$m/new/1.x" or die;
print $f $line x 10000 for 1 .. 276;
close $f;
my $size = 77 * 10000 * 276;
$t = time;
$r = piped($m, 'tail -c +32 | head -c -5 | sha256sum', 'RETR 1');
my $want = run('sh', '-c', "(printf '+OK 1 messages\\r\\n+OK\\r\\n'; sed 's/\$/\\r/' $m/new/1.x; printf '.\\r\\n') | tail -c +32 | head -c -5 | sha256sum");
is($r->{out}, $want->{out}, sprintf '200 MB, to the byte, in %.1f s', time - $t);
is(piped($m, 'cat', 'LIST 1')->{out}, "+OK 1 messages\r\n+OK 1 $size\r\n", 'as many as were told');

# ------------------------------------------------------- one line of 10 MB
$m = maildir();
spew("$m/new/1.x", '.' . 'y' x 10_000_000 . "\n");
$r = piped($m, 'cat', 'LIST 1', 'TOP 1 0', 'RETR 1');
my $wire = '..' . 'y' x 10_000_000 . "\r\n.\r\n";
ok($r->{out} eq "+OK 1 messages\r\n+OK 1 10000003\r\n+OK\r\n$wire+OK\r\n$wire", 'one line of 10 MB');

# ------------------------------------------------------------ many at once
# Each mail has its number in it. What was deleted and answered +OK at QUIT must
# be gone, all else there, and nobody may see another mail under an id.
$m = maildir();
my $port = free_port;
serve('tcpserver', '-H', '-R', '-l0', '-c', 100, '127.0.0.1', $port, 'pop3d', '-w', 5, $m);
wait_port($port);
my ($mails, $clients, $seconds) = (400, 8, 20);
my @pid;
for my $who (1 .. $clients) {
	my $pid = fork // die;
	if ($pid) {
		push @pid, $pid;
		next;
	}
	srand $who;
	open my $out, '>', "$dir/client.$who" or die;
	my $end = time + $seconds;
	while (time < $end) {
		my $c = client($port);
		my $hello = $c->line(20) // '';
		my ($n) = $hello =~ /^\+OK (\d+)/ or next;
		my (@gone, %id);
		$c->send("UIDL\r\n");
		$c->line;
		while (defined(my $l = $c->line)) {
			last if $l eq ".\r\n";
			$id{$1} = $2 if $l =~ /^(\d+) (\S+)/;
		}
		for (1 .. 1 + int rand 12) {
			last if !$n;
			my $i = 1 + int rand $n;
			$c->send("RETR $i\r\n");
			my $text = $c->line // last;
			next if $text !~ /^\+OK/;
			$text = '';
			while (defined(my $l = $c->line)) {
				last if $l eq ".\r\n";
				$text .= $l;
			}
			my ($number) = $text =~ /^mail (\d+)\r\n/;
			print $out "WRONG $id{$i} $text\n" if !defined $number || $id{$i} !~ /^\d+\.$number\./;
			if (rand() < 0.3) {
				$c->send("DELE $i\r\n");
				push @gone, $number if ($c->line // '') =~ /^\+OK/;
			}
		}
		if (rand() < 0.7) { # else the client is gone without a word
			$c->send("QUIT\r\n");
			if (($c->line // '') =~ /^\+OK/) {
				print $out "gone $_\n" for @gone;
			} else {
				print $out "no answer\n";
			}
		}
		$c->close;
	}
	close $out;
	POSIX::_exit(0);
}
for my $n (1 .. $mails) {
	my $name = (1700000000 + $n) . ".$n.host";
	spew("$m/tmp/$name", "mail $n\n" . "text\n" x ($n % 50));
	rename "$m/tmp/$name", "$m/new/$name";
	# another program moves some to cur and changes flags
	if (rand() < 0.5) {
		my @new = glob "$m/new/*";
		my $x = $new[rand @new];
		rename $x, $x =~ s{/new/}{/cur/}r . ':2,S' if $x;
	}
	sleep $seconds / $mails / 2;
}
waitpid $_, 0 for @pid;
my $log = join '', map { slurp("$dir/client.$_") } 1 .. $clients;
unlike($log, qr/WRONG|no answer/, 'every mail under its own id') or diag $log;
my @gone = $log =~ /^gone (\d+)$/mg;
my %gone = map { $_ => 1 } @gone;
is(scalar @gone, scalar keys %gone, 'none was deleted twice');
cmp_ok(scalar @gone, '>', 50, 'some were (' . @gone . ')');
my %left = map { (m{/\d+\.(\d+)\.host} ? $1 : 'strange') => 1 } glob "$m/{new,cur}/*";
is(join(' ', grep { !$gone{$_} && !$left{$_} } 1 .. $mails), '', 'none is lost');
is(join(' ', grep { $gone{$_} && $left{$_} } 1 .. $mails), '', 'none came back');
ok(!-e "$m/dovecot-pop3-session.lock", 'no lock is left');
done_testing;
