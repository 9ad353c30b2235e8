# SPDX-License-Identifier: ISC
# What the tests of smtpd share: a queue, a server, and what got into it.
package Smtp;
use strict;
use warnings;
use Exporter 'import';
use IO::Socket::INET ();
use Postern;

our @EXPORT = qw(queue smtp queued reply replies greeted
    goes_away);

# a queue folder
sub queue {
	my $q = scratch . '/queue' . int(rand 1e9);
	mkdir $q or die;
	mkdir "$q/incoming" or die;
	return $q;
}

# smtp(\%env, ARG...): smtpd under tcpserver; its port
sub smtp {
	my ($env, @arg) = @_;
	my $port = free_port;
	my @stage = $env->{tls} ? (top . '/t/lib/ucspi-tls', $env->{tls}) : ();
	delete $env->{tls};
	serve($env, 'tcpserver', '-H', '-R', '-l0', '127.0.0.1', $port, @stage,
	    'smtpd', '-H', 'mx.example.test', @arg);
	wait_port($port) or die 'no server';
	return $port;
}

# the messages in a queue, oldest first: {from, to => [], text, name}
sub queued {
	my ($q) = @_;
	opendir my $d, "$q/incoming" or die;
	my @m;
	for my $name (sort grep { !/^\./ } readdir $d) {
		my $file = slurp("$q/incoming/$name");
		my ($envelope, $text) = split /\n\n/, $file, 2;
		$envelope //= ''; # just made
		my ($size) = $name =~ /,S=(\d+)$/;
		push @m, { name => $name, text => $text,
		    whole => defined $size && $size == length $file,
		    from => $envelope =~ /^from (.*)$/m ? "$1" : undef,
		    to => [$envelope =~ /^to (.*)$/mg] };
	}
	return @m;
}

# one whole reply, its lines joined by LF; undef if none comes
sub reply {
	my ($c, $seconds) = @_;
	my @line;
	while (defined(my $l = $c->line($seconds))) {
		$l =~ s/\r\n$// or return "not CR LF: $l";
		push @line, $l;
		last if $l !~ /^\d\d\d-/;
	}
	return @line ? join "\n", @line : undef;
}

# the codes of the replies to each of these lines, sent one by one
sub replies {
	my ($c, @line) = @_;
	return join ' ', map { $c->send("$_\r\n");
	    substr reply($c) // 'end', 0, 3 } @line;
}

# a client that has been greeted and has said EHLO
sub greeted {
	my ($port) = @_;
	my $c = client($port);
	reply($c) =~ /^220/ or die 'no greeting';
	$c->send("EHLO client.test\r\n");
	$c->{ehlo} = reply($c);
	return $c;
}

# the client closes, and smtpd has noticed
sub goes_away {
	my ($c) = @_;
	my $ended = sub { scalar(() = slurp(scratch . '/log') =~ /event=session-end why=closed/g) };
	my $before = $ended->();
	$c->close;
	wait_for(sub { $ended->() > $before }) or die 'the session goes on';
}

1;
