#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# A million ip rules: compiled in seconds and in bounded memory, with progress
# on a terminal; a lookup reads a few pages and decides as it does in few rules.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Test::More;

my $dir = scratch;
my $rel = ($ENV{POSTERN_VARIANT} // 'rel') eq 'rel';
my $n = 1_000_000;
open my $f, '>', "$dir/ip" or die;
for my $i (0 .. $n - 1) {
	my @o = (10 + ($i >> 16), $i >> 8 & 255, $i & 255);
	print $f $i % 3 ? "$o[0].$o[1].$o[2].7:deny\n"
	    : "$o[0].$o[1].$o[2].0/25:allow,N=\"$i\"\n";
}
print $f ":deny\n";
close $f or die;

my ($code, $seconds, $peak, $shown) =
    split ' ', `python3 t/long/million.py $dir/ip $dir/ip.cdb`, 4;
is $code, 0, 'compiles';
my $size = (-s "$dir/ip.cdb") >> 10;
diag "$n rules: $seconds s, $peak KB resident at the most ($size KB of them may "
    . 'be the new file itself)';
SKIP: {
	skip 'with sanitizers it costs more', 2 unless $rel;
	cmp_ok $seconds, '<', 10, "in $seconds seconds";
	cmp_ok $peak, '<', 300_000 + $size, "in $peak KB";
}
my @progress = $shown =~ /\\rstdin: (\d+) lines/g;
is_deeply \@progress, [map { $_ << 16 } 1 .. $n >> 16],
    'a terminal shows how far it is';

for my $i (0, 3 * 111_111, $n - 1) {
	my $net = join '.', 10 + ($i >> 16), $i >> 8 & 255, $i & 255;
	my $line = $i + 1;
	like run('cdbrules', 'explain', 'ip', "$dir/ip.cdb", "$net.7")->{out},
	    $i % 3 ? qr/^deny\n# line $line:/ : qr/^allow\nN=$i\n# line $line:/,
	    "line $line";
}
like run('cdbrules', 'explain', 'ip', "$dir/ip.cdb", '9.9.9.9')->{out},
    qr/^deny\n# line 1000001: :deny$/m, 'the default';

# what one lookup costs a process that opens the file for it
my $cost = `build/@{[$rel ? 'rel' : 'san']}/t/iprules.t $dir/ip.cdb`;
my ($micro, $faults) = $cost =~ /^# ([\d.]+) us, ([\d.]+) page faults/m;
ok defined $micro, 'a lookup is measured' or diag $cost;
diag "open, look up, close: $micro us, $faults page faults";
SKIP: {
	skip 'with sanitizers it costs more', 1 unless $rel;
	cmp_ok $faults, '<', 40, 'a few page reads for each of its four keys';
}
done_testing;
