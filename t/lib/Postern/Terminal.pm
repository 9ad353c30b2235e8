# SPDX-License-Identifier: ISC
# A command on a pseudo-terminal of its own: what it asks, what is typed, and
# what of that the terminal shows.
package Postern::Terminal;
use strict;
use warnings;
use IO::Select ();
use POSIX ();
use Time::HiRes qw(time);

use constant { TIOCSPTLCK => 0x40045431, TIOCGPTN => 0x80045430,
    TIOCSCTTY => 0x540E };

# new(DIR, COMMAND...): starts it in DIR, all three descriptors the terminal
sub new {
	my ($class, $dir, @command) = @_;
	open my $master, '+<', '/dev/ptmx' or die "ptmx: $!";
	my $n = pack 'i', 0;
	ioctl $master, TIOCSPTLCK, $n or die "unlock: $!";
	ioctl $master, TIOCGPTN, $n or die "number: $!";
	my $slave = '/dev/pts/' . unpack 'i', $n;
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		POSIX::setsid();
		chdir $dir or POSIX::_exit(111);
		open STDIN, '+<', $slave or POSIX::_exit(111);
		ioctl STDIN, TIOCSCTTY, my $zero = 0;
		open STDOUT, '>&', \*STDIN;
		open STDERR, '>&', \*STDIN;
		close $master;
		exec @command or POSIX::_exit(127);
	}
	return bless { master => $master, pid => $pid, text => '' }, $class;
}

# expect(RE [, SECONDS]): until what has come matches; 1, or 0 (end, or time)
sub expect {
	my ($t, $re, $seconds) = @_;
	my $end = time + ($seconds // 30);
	while ($t->{text} !~ $re) {
		my $left = $end - time;
		return 0 if $left <= 0
		    || !IO::Select->new($t->{master})->can_read($left);
		return 0 unless sysread $t->{master}, my $more, 4096;
		$t->{text} .= $more;
		$t->{all} .= $more;
	}
	$t->{text} =~ s/.*?$re//s;
	return 1;
}

sub type {
	my ($t, $keys) = @_;
	return syswrite $t->{master}, $keys;
}

# finish: waits for its end; the exit code. all: everything the terminal showed
sub finish {
	my ($t) = @_;
	$t->expect(qr/(?!)/, 30);
	waitpid $t->{pid}, 0;
	return $? >> 8;
}

sub all { return $_[0]{all} // '' }

1;
