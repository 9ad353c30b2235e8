# SPDX-License-Identifier: ISC
# A server over HTTPS for tests, which shows the files of a folder: HOST is the
# whole answer to a request for mta-sts.HOST's policy, headers and all.
package Postern::Https;
use strict;
use warnings;
use IO::Socket::INET ();
use IO::Socket::SSL ();
use POSIX ();
use Postern;

# new(BUNDLE): listens; {port}
sub new {
	my ($class, $bundle) = @_;
	my $l = IO::Socket::INET->new(Listen => 16, LocalAddr => '127.0.0.1',
	    ReuseAddr => 1) or die "listen: $!";
	my $self = bless { port => $l->sockport, dir => scratch . '/https' },
	    $class;
	mkdir $self->{dir};
	$self->{pid} = fork // die "fork: $!";
	Postern::mind($self->{pid});
	return $self if $self->{pid};
	POSIX::setsid();
	$SIG{CHLD} = 'IGNORE';
	while (1) {
		my $c = $l->accept or next;
		next if fork;
		alarm 600;
		session($self->{dir}, $c, $bundle);
		POSIX::_exit(0);
	}
}

sub session {
	my ($dir, $c, $bundle) = @_;
	IO::Socket::SSL->start_SSL($c, SSL_server => 1, SSL_cert_file => $bundle,
	    SSL_key_file => $bundle) or return;
	my ($what) = ($c->getline // '') =~ m{^GET (\S+) HTTP};
	my $host = '';
	while (defined(my $line = $c->getline)) {
		$host = $1 if $line =~ /^Host: mta-sts\.([\w.-]+)/i;
		last if $line =~ /^\r?\n$/;
	}
	open my $log, '>>', "$dir/.log";
	print $log "$host $what\n";
	close $log;
	return unless $what eq '/.well-known/mta-sts.txt' && -e "$dir/$host";
	my $answer = slurp("$dir/$host");
	sleep 600 if $answer eq 'SLEEP';
	print $c $answer;
	$c->close;
}

# policy(HOST, TEXT): what it shows from now on
sub policy {
	my ($self, $host, $text) = @_;
	return $self->answer($host, "HTTP/1.1 200 OK\r\nContent-Type: text/plain; "
	    . "charset=utf-8\r\nConnection: close\r\nContent-Length: "
	    . length($text) . "\r\n\r\n$text");
}
sub answer { spew("$_[0]{dir}/$_[1]", $_[2]) }

# how often HOST was asked
sub asked {
	my ($self, $host) = @_;
	return 0 unless -e "$self->{dir}/.log";
	return scalar(() = slurp("$self->{dir}/.log") =~ /^\Q$host\E /mg);
}

sub end { stop($_[0]{pid}) }

1;
