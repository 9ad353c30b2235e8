#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# A million ip rules compile in seconds, and decide as fewer do.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Test::More;
use Time::HiRes 'time';

my $dir = scratch;
my $n = 1_000_000;
open my $f, '>', "$dir/ip" or die;
for my $i (0 .. $n - 1) {
	my @o = (10 + ($i >> 16), $i >> 8 & 255, $i & 255);
	print $f $i % 3 ? "$o[0].$o[1].$o[2].7:deny\n"
	    : "$o[0].$o[1].$o[2].0/25:allow,N=\"$i\"\n";
}
print $f ":deny\n";
close $f or die;
my $start = time;
is system("cdbrules compile ip $dir/ip.cdb < $dir/ip"), 0, 'compiles';
my $took = time - $start;
my $limit = ($ENV{POSTERN_VARIANT} // 'rel') eq 'rel' ? 10 : 60;
cmp_ok $took, '<', $limit, sprintf 'in %.1f seconds', $took;
for my $i (0, 3 * 111_111, $n - 1) {
	my $net = join '.', 10 + ($i >> 16), $i >> 8 & 255, $i & 255;
	my $line = $i + 1;
	like run('cdbrules', 'explain', 'ip', "$dir/ip.cdb", "$net.7")->{out},
	    $i % 3 ? qr/^deny\n# line $line:/ : qr/^allow\nN=$i\n# line $line:/,
	    "line $line";
}
like run('cdbrules', 'explain', 'ip', "$dir/ip.cdb", '9.9.9.9')->{out},
    qr/^deny\n# line 1000001: :deny$/m, 'the default';
done_testing;
