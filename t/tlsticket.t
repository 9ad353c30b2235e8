#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Session tickets of tlsd: good at every worker, also one that was not there
# when they were made, and across a change of keys; not for another protocol,
# not for ever, not for SMTP; and no data ahead of the handshake.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Postern::Tls;
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = scratch;
my $sock = "$dir/tlsd.sock";
certificate('a.test');
my $engine = engine($sock, '-n', 'a.test', '-w', 2, '-k', 300);
my %port;
for ('pop3', 'imap', 'smtp') {
	(undef, $port{$_}) = listener('tlswrap', '-p', $_, '-s', $sock, 'sh', '-c',
	    'read x; echo "got $x"');
}

# a session at the service, kept in a file
sub session {
	my ($service, $version, $file, @options) = @_;
	unlink $file;
	my $r = s_client($port{$service}, "hello\n", "-$version", '-sess_out', $file, @options);
	return $r->{out} =~ /^got hello$/m && -s $file ? $r->{out} : '';
}

# 1 if it is resumed, 0 if all is agreed upon anew; else what was said
sub resumes {
	my ($service, $version, $file, @options) = @_;
	my $r = s_client($port{$service}, "hello\n", "-$version", '-sess_in', $file, @options);
	return $r->{out} if $r->{out} !~ /^got hello$/m;
	return $r->{out} =~ /^Reused, TLS/m ? 1 : $r->{out} =~ /^New, TLS/m ? 0 : $r->{out};
}

my @versions = ('tls1_2', 'tls1_3');
for my $v (@versions) {
	ok(session('pop3', $v, "$dir/$v"), "$v: a session");
	is(resumes('pop3', $v, "$dir/$v"), 1, 'is resumed');
	ok(logged(qr/event=tls .*resumed=yes$/m), 'which is logged');
	is(resumes('imap', $v, "$dir/$v"), 0, 'but not for another protocol');
	is(resumes('smtp', $v, "$dir/$v"), 0, 'nor for SMTP');
	my $r = s_client($port{smtp}, "hello\n", "-$v");
	unlike($r->{out}, qr/session ticket/i, 'SMTP gives none');
}

# ---- made by one worker, good for the other one
{
	my @w = workers($engine);
	for my $v (@versions) {
		kill 'STOP', $w[0];
		sleep 0.1;
		ok(session('pop3', $v, "$dir/$v"), "$v: from one worker");
		kill 'STOP', $w[1];
		kill 'CONT', $w[0];
		sleep 0.1;
		is(resumes('pop3', $v, "$dir/$v"), 1, 'good for the other one');
		kill 'CONT', $w[1];
	}
	kill 'KILL', @w;
	wait_for(sub { 2 == grep { $_ != $w[0] && $_ != $w[1] } workers($engine) });
	is(resumes('pop3', $_, "$dir/$_"), 1, "$_: and for one that is new") for @versions;
}

# ---- nothing goes ahead of the handshake
spew("$dir/early", "early\n");
{
	my $r = s_client($port{pop3}, "hello\n", '-tls1_3', '-sess_in', "$dir/tls1_3",
	    '-early_data', "$dir/early");
	like($r->{out}, qr/^Early data was (not sent|rejected)$/m, 'no early data');
	like($r->{out}, qr/^got hello$/m, 'and it is not taken for data');
}

# ---- keys change
stop($engine);
$engine = engine($sock, '-n', 'a.test', '-w', 2, '-k', 3);
{
	is(resumes('pop3', $_, "$dir/$_"), 0, "$_: of another engine: no") for @versions;
	ok(session('pop3', 'tls1_2', "$dir/old"), 'an old one');
	my $r = run('openssl', 'sess_id', '-noout', '-text', '-in', "$dir/old");
	like($r->{out}, qr/ticket lifetime hint: 3 /, 'its life is told');
	my $began = time;
	my %n = (good => 0, bad => 0);
	while (time - $began < 4 || ($n{good} < 4 && time - $began < 60)) { # one change at the least
		for my $v (@versions) {
			my $t = time;
			session('pop3', $v, "$dir/$v") or last;
			sleep 0.4;
			if (resumes('pop3', $v, "$dir/$v") eq 1) { $n{good}++ }
			elsif (time - $t < 2) { $n{bad}++ } # else it is too old
		}
	}
	is($n{bad}, 0, 'a change of keys is no end for a ticket');
	cmp_ok($n{good}, '>=', 4, 'and so most were good');
	is(resumes('pop3', 'tls1_2', "$dir/old"), 0, 'its age is');
}
done_testing;
