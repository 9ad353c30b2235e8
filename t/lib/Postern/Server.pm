# SPDX-License-Identifier: ISC
# An SMTP server for tests that does what its script says, however wrong.
package Postern::Server;
use strict;
use warnings;
use IO::Socket::INET ();
use POSIX ();
use Time::HiRes ();
use Postern qw(scratch slurp stop);

# What a sane server says to each command; a script changes some of it. A value
# is the reply (CR LF is added to each line), or code that is given the
# connection and the command line, and returns the reply, or undef for none.
our %SANE = (
	greeting => '220 mx.test ESMTP',
	EHLO => "250-mx.test\n250-PIPELINING\n250-SIZE 10000000\n"
	    . "250-8BITMIME\n250-DSN\n250-SMTPUTF8\n250 ENHANCEDSTATUSCODES",
	HELO => '250 mx.test',
	MAIL => '250 2.1.0 ok', RCPT => '250 2.1.5 ok', DATA => '354 go on',
	dot => '250 2.0.0 taken', BDAT => '250 2.0.0 taken too', RSET => '250 2.0.0 ok', QUIT => '221 2.0.0 bye',
	STARTTLS => '502 5.5.1 no', AUTH => '535 5.7.8 no',
);

# new(NAME => REPLY...): listens; the port is {port}. What clients said is in
# ->said: a list of connections, each the text of all they sent.
sub new {
	my ($class, %script) = @_;
	my $l = IO::Socket::INET->new(Listen => 64, LocalAddr => $script{at}
	    // '127.0.0.1', LocalPort => $script{port} // 0, ReuseAddr => 1)
	    or die "listen: $!";
	my $self = bless { port => $l->sockport, log => scratch
	    . '/server.' . $l->sockport . int rand 1e9 }, $class;
	mkdir $self->{log} or die $!;
	$self->{pid} = fork // die "fork: $!";
	Postern::mind($self->{pid});
	if (!$self->{pid}) {
		POSIX::setsid();
		$SIG{CHLD} = 'IGNORE';
		while (1) {
			my $c = $l->accept or next;
			next if fork;
			close $l;
			alarm 600;
			open my $log, '>:raw', "$self->{log}/" . sprintf('%.6f.%d',
			    Time::HiRes::time(), $$);
			$log->autoflush(1);
			session({ s => $c, log => $log, %SANE, %script });
			POSIX::_exit(0);
		}
	}
	return $self;
}

sub said {
	my ($self) = @_;
	return map { slurp($_) } sort glob "$self->{log}/*";
}

sub end { stop($_[0]{pid}) }

sub reply {
	my ($c, $what, $line) = @_;
	my $r = ref $what ? $what->($c, $line) : $what;
	return 1 unless defined $r;
	print { $c->{s} } map { "$_\r\n" } split /\n/, $r;
	return 1;
}

sub session {
	my ($c) = @_;
	$c->{s}->autoflush(1);
	$SIG{PIPE} = 'IGNORE';
	reply($c, $c->{greeting}, '');
	while (defined(my $line = readline $c->{s})) {
		print { $c->{log} } $line;
		my ($verb) = $line =~ /^(\w+)/;
		$verb = uc($verb // '');
		if ($verb eq 'BDAT' && $line =~ /(\d+)/) {
			my $chunk;
			read $c->{s}, $chunk, $1;
			print { $c->{log} } $chunk;
		}
		reply($c, $c->{$verb} // '500 5.5.1 what', $line);
		last if $verb eq 'QUIT';
		next if $verb ne 'DATA' || ($c->{DATA} !~ /^354/ && !ref $c->{DATA});
		while (defined($line = readline $c->{s})) {
			print { $c->{log} } $line;
			last if $line eq ".\r\n";
		}
		reply($c, $c->{dot}, '.');
	}
	close $c->{s};
}

1;
