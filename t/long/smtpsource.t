#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Ten thousand messages over a hundred connections at once, by Postfix's
# smtp-source: none lost, none doubled, and what stays running does not grow.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);
use lib 't/lib';
use Postern;
use Postern::Instance;

my ($source) = grep { -x } '/usr/sbin/smtp-source';
plan skip_all => 'no smtp-source (package postfix)' unless $source;
my ($n, $connections) = (10000, 100);
my $i = Postern::Instance->new('alice@example.test');
my $dir = $i->{dir};
spew("$dir/etc/ip.smtp", ":allow,CONNMAX=\"none\",CONNMAXWIDE=\"none\",CONNRATE=\"none\"\n");
my $run = "$dir/service/smtp/run";
spew($run, slurp($run) =~ s/-c 100/-c 400/r =~ s/-c \d+ -C \d+ -r \S+/-c 400 -C 400/r);
is(run('make', '-s', '-C', $dir)->{code}, 0, 'rules compiled');
$i->up;

# resident KB of the processes that stay, in all
sub resident {
	my $kb = 0;
	for my $pid ($i->family) {
		next unless Postern::Instance::command($pid) =~ m{^(?:\S*/)?(?:queued|tcplisten|tlsd)\0};
		$kb += $1 if (eval { slurp("/proc/$pid/status") } // '') =~ /^VmRSS:\s*(\d+)/m;
	}
	return $kb;
}
sub source {
	my ($messages) = @_;
	my $r = run({ seconds => 300 }, $source, '-s', $connections, '-m', $messages, '-l', 2000, '-f', 's@far.test', '-t', 'alice@example.test',
	    '127.0.0.1:' . $i->port('smtp'));
	is($r->{code}, 0, "$messages messages sent") or diag $r->{err};
}
sub settled {
	my ($messages) = @_;
	my $end = time + 120;
	sleep 0.1 while time < $end && (() = $i->mails('alice@example.test')) < $messages;
	return scalar(() = $i->mails('alice@example.test'));
}
source(1000);
is(settled(1000), 1000, 'a thousand arrived');
my $before = resident();
cmp_ok($before, '>', 0, 'there is something to measure');
source($n);
is(settled($n + 1000), $n + 1000, 'all arrived');
sleep 1;
my %seen;
$seen{ (slurp($_) =~ /^(Message-Id: .*)/mi)[0] // $_ }++ for $i->mails('alice@example.test');
is(scalar keys %seen, $n + 1000, 'each of them once');
is(scalar(() = glob "$dir/queue/{incoming,active,failed}/*"), 0, 'the queue is empty');
cmp_ok(resident() - $before, '<', 1024, 'memory stays as it was, within 1 MB');
done_testing;
