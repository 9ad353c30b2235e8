#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Rules replaced many times (POSTERN_LONG: 1,000) while others look up in them all the time: every
# answer is that of the old rules or of the new ones.
use strict;
use warnings;
use lib 't/lib';
use POSIX ();
use Postern;
use Test::More;

my $dir = scratch;
my $file = "$dir/ip.cdb";
my $filler = join '', map { "192.168.$_.:deny\n" } 0 .. 200;
my @source = ("10.1.2.3:allow,N=\"one\"\n$filler:deny\n",
    "10.0.0.0/8:deny\n$filler:allow\n");
my %answer = ("0 allow\nN=one\n# line 1: 10.1.2.3:allow,N=\"one\"\n" => 0,
    "1 deny\n# line 1: 10.0.0.0/8:deny\n" => 0);
spew("$dir/source$_", $source[$_]) for 0, 1;

# the writer; 1 or 0
sub compile { system("cdbrules compile ip $file < $dir/source$_[0]") == 0 }

# asks until the file "stop" is there; prints each answer and how often it came;
# by which exit code, a file TO.CODE tells at once
sub reader {
	my ($to) = @_;
	my %said;
	until (-e "$dir/stop") {
		my $out = `ipcheck -t 10.1.2.3 $file 2>&1`;
		my $code = $? >> 8;
		spew("$to.$code") if !$said{"$code $out"}++;
	}
	spew($to, map { "$said{$_} " . unpack('H*', $_) . "\n" } keys %said);
}

my $times = $ENV{POSTERN_LONG} ? 1000 : 150;
compile(0) or die;
my @pid;
for my $n (1 .. 3) {
	my $pid = fork // die;
	if (!$pid) {
		reader("$dir/said$n");
		POSIX::_exit(0);
	}
	push @pid, $pid;
}
sub seen { return 2 == grep { my @s = glob "$dir/said*.$_"; @s } 0, 1 }
my ($failed, $end) = (0, time + 200);
for (my $n = 1; $n <= $times || (!seen() && time < $end); $n++) {
	compile($n % 2) or $failed++;
}
spew("$dir/stop", '');
waitpid $_, 0 for @pid;
my ($asked, $wrong) = (0, 0);
for my $n (1 .. 3) {
	for (split /\n/, slurp("$dir/said$n")) {
		my ($times, $hex) = split;
		my $said = pack 'H*', $hex;
		$asked += $times;
		if (exists $answer{$said}) {
			$answer{$said} += $times;
		} else {
			$wrong += $times;
			diag "wrong: $said";
		}
	}
}
is $failed, 0, "replaced $times times";
is $wrong, 0, "none of $asked answers is wrong";
cmp_ok $_, '>', 0, 'both rules were seen' for values %answer;
done_testing;
