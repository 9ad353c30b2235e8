#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# The longest prefix, IPv4 and IPv6, as Python's ipaddress has it.
# POSTERN_LONG: a million pairs.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Test::More;

my $dir = scratch;
my $pairs = $ENV{POSTERN_LONG} ? 1_000_000 : 3_000;
is `python3 t/pairs.py $dir/py.cdb $pairs`, "$pairs pairs, 0 wrong\n",
    "$pairs pairs as Python's ipaddress has them";
done_testing;
