#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# kill -9 of any process of a running instance, at any moment: every message
# that was acknowledged with 250 arrives whole; one that was not is there whole
# or not at all; twice only with a mark, or where the 250 was lost.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);
use lib 't/lib';
use Postern;
use Postern::Instance;
use Postern::Queue;

my $rounds = $ENV{POSTERN_LONG} ? 400 : 60;
my $user = 'alice@example.test';
my $i = Postern::Instance->new($user);
$i->up;
srand($ENV{SEED} // time);
diag 'SEED=' . srand if $ENV{POSTERN_LONG};

my $filler = join '', map { sprintf "line %04d of the message\r\n", $_ } 1 .. 200;
my (%sent, %acknowledged);

# Sends message N by SMTP; kills VICTIM after DELAY seconds on the way.
sub attempt {
	my ($n, $victim, $delay) = @_;
	my $killer = fork // die "fork: $!";
	if (!$killer) {
		sleep $delay;
		kill 'KILL', $victim->() // ();
		POSIX::_exit(0);
	}
	$sent{$n} = 1;
	my $ok = eval {
		my $c = client($i->port('smtp'));
		my $say = sub {
			my ($line, $code) = @_;
			$c->send("$line\r\n") if defined $line;
			my $reply;
			do {
				$reply = $c->line // return 0;
			} while $reply =~ /^\d{3}-/;
			return $reply =~ /^$code/;
		};
		$say->(undef, 220) && $say->('EHLO test', 250)
		    && $say->('MAIL FROM:<s@example.org>', 250)
		    && $say->("RCPT TO:<$user>", 250) && $say->('DATA', 354)
		    && $say->("Subject: number $n.\r\n\r\n${filler}end\r\n.", 250);
	};
	$acknowledged{$n} = 1 if $ok;
	waitpid $killer, 0;
}

# One process at random of those that serve mail: not the supervisors, whose
# work is tested where they are made, nor the loggers.
sub someone {
	my @all = grep {
		Postern::Instance::command($_) =~
		    /^(?:tcplisten|tlsd|queued|deliver|smtpd)\0/;
	} $i->family;
	return @all ? $all[rand @all] : undef;
}

sub wait_up { return wait_for(sub { client($i->port('smtp'))->line(10) }, 120) }

for my $n (1 .. $rounds) {
	attempt($n, \&someone, rand 0.06);
	wait_up() or last;
}
cmp_ok keys %acknowledged, '>', $rounds / 4, 'many messages were acknowledged';
cmp_ok keys %acknowledged, '<', $rounds, 'and some were interrupted'
    if $ENV{POSTERN_LONG};

sub queue { return my @f = grep { !m{/tmp\.} }
    glob "$i->{dir}/queue/{incoming,active,state,failed}/*" }
# what a killed delivery deferred is due a minute later; a restart asks now
$i->down;
due_now("$i->{dir}/queue");
$i->up;
Postern::Queue::emptied("$i->{dir}/queue", 120);
is queue(), 0, 'the queue is empty in the end' or diag join "\n", queue();

my (%copies, $damaged, $unmarked);
for my $file ($i->mails($user)) {
	my $text = slurp($file);
	my ($n) = $text =~ /^Subject: number (\d+)\.$/m;
	push @{ $copies{ $n // 0 } }, $text;
	$damaged++ if $text !~ /\Q@{[$filler =~ s{\r}{}gr]}\Eend\n\z/;
	my ($size) = $file =~ /,S=(\d+)/;
	$damaged++ if $size != length $text;
}
is $damaged // 0, 0, 'every message that is there is whole';
is grep({ !$copies{$_} } keys %acknowledged), 0, 'none that was acknowledged is lost';
is grep({ !$sent{$_} } keys %copies), 0, 'and none is there that was not sent';
for my $n (keys %copies) {
	my @c = @{ $copies{$n} };
	$unmarked++ if @c > 1
	    && grep({ !/^X-Postern-Possible-Duplicate: yes$/m } @c) > 1;
}
is $unmarked // 0, 0, 'none is there twice without a mark';
done_testing;
