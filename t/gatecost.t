#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# What ipcheck and connlimit cost in a chain of calls: listeners of ours, the
# same but for their stages, take connections in turns; the CPU of their
# finished children is in /proc. 10,000 rules, of which the default decides.
use strict;
use warnings;
use lib 't/lib';
use POSIX ();
use Postern;
use Test::More;

my ($rounds, $each) = (10, 200);
my $rel = !sanitized;
$rounds = 1 unless $rel;
my $dir = scratch;
my $rules = join '', map sprintf("10.%d.%d.0/24:deny\n", $_ / 256, $_ % 256),
    1 .. 10_000;
sub rules {
	my ($name, $last) = @_;
	is run({ in => "$rules$last\n" }, 'cdbrules', 'compile', 'ip',
	    "$dir/$name.cdb")->{code}, 0, "$name compiles";
	return "$dir/$name.cdb";
}
my $allow = rules('allow', ':allow,TLS="require",CONNMAX="20"');
my $deny = rules('deny', ':deny');

my %chain = (none => ['ipcheck', '-d'], # a wrong command line
    one => ['ipcheck', $deny, 'x'],
    three => [('ipcheck', $allow) x 2, 'ipcheck', $deny, 'x'],
    limit => [qw(connlimit -c 20 -C 60 -r 10000/1 -f 20/600 -F 100/600),
	"$dir/limits", 'ipcheck', $deny, 'x']);
mkdir "$dir/limits", 0700;
my (%port, %pid, %cpu);
for (sort keys %chain) {
	$port{$_} = free_port;
	$pid{$_} = serve('tcplisten', '-c', 100, '127.0.0.1', $port{$_},
	    @{ $chain{$_} });
	ok wait_port($port{$_}), "$_: a listener";
}

# seconds that the finished children of PID took
sub children {
	my @field = split ' ', slurp("/proc/$_[0]/stat") =~ s/^.*\) //sr;
	return ($field[13] + $field[14]) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

for (1 .. $rounds) {
	for my $name (keys %chain) {
		client($port{$name})->rest for 1 .. $each;
	}
}
# only who has been waited for is counted
ok wait_for(sub { !grep { length slurp("/proc/$_/task/$_/children") } values %pid }),
    'all have ended';
$cpu{$_} = children($pid{$_}) / ($rounds * $each) * 1e6 for keys %chain;
stop($_) for values %pid;
my $log = slurp("$dir/log");
is scalar(() = $log =~ /event=deny /g), 3 * $rounds * $each,
    'all were denied by the last stage';
my $first = $cpu{one} - $cpu{none};
my $next = ($cpu{three} - $cpu{one}) / 2;
my $limit = $cpu{limit} - $cpu{one};
diag sprintf 'CPU of a stage: ipcheck %.0f us as the first, %.0f us as one more, ' .
    'connlimit with every limit of an instance %.0f us; a process with none of ' .
    'them %.0f us', $first, $next, $limit, $cpu{none};
SKIP: {
	skip 'the sanitizers cost more', 3 unless $rel;
	# and a machine that is slow, or busy, is so with all of them
	cmp_ok $first, '<', $cpu{none}, 'ipcheck, the first: less than a process costs';
	cmp_ok $next, '<', $cpu{none}, 'one more: likewise';
	cmp_ok $limit, '<', 3 * $cpu{none}, 'connlimit: less than three';
}
done_testing;
