# SPDX-License-Identifier: ISC
# What the tests of the TLS engine share: certificates, an engine, listeners.
package Postern::Tls;
use strict;
use warnings;
use Exporter 'import';
use Fcntl ();
use IO::Socket::SSL ();
use Postern;

our @EXPORT = qw(certificate engine listener s_client served tls_client workers
    signers);

sub tls { scratch . '/tls' }

# certificate(NAME...): a self-signed bundle, renewed if it is there; returns
# what a client must trust
sub certificate {
	my (@names) = @_;
	mkdir tls;
	my $ca = scratch . "/ca.$names[0].pem";
	my $r = run('certtool', 'selfsigned', '-f', '-o', tls . "/$names[0].pem",
	    '-c', $ca, @names);
	die $r->{err} if $r->{code};
	return slurp($ca);
}

# engine(SOCKET, OPTION...): a tlsd that is ready; its pid
sub engine {
	my ($path, @options) = @_;
	pipe my $r, my $w or die;
	fcntl $w, Fcntl::F_SETFD(), 0;
	my $pid = serve('tlsd', '-r', fileno $w, '-d', tls, @options, $path);
	close $w;
	my $ready = join '', <$r>;
	die "tlsd: '$ready' " . slurp(scratch . '/log') if $ready ne "\n";
	return $pid;
}

# the processes of the engine PID that are called tlsd-KIND
sub engine_parts {
	my ($pid, $kind) = @_;
	return grep { (eval { slurp("/proc/$_/comm") } // '') eq "tlsd-$kind\n" }
	    split ' ', slurp("/proc/$pid/task/$pid/children");
}
sub workers { return engine_parts($_[0], 'worker') }
sub signers { return engine_parts($_[0], 'signer') }

# listener(CHAIN...): a tcplisten; (its pid, its port)
sub listener {
	my (@chain) = @_;
	my $port = free_port;
	my $pid = serve('tcplisten', '127.0.0.1', $port, @chain);
	wait_port($port) or die "no listener on $port";
	return ($pid, $port);
}

sub s_client {
	my ($port, $in, @options) = @_;
	return run({ in => $in }, 'openssl', 's_client',
	    '-connect', "127.0.0.1:$port", '-ign_eof', @options);
}

# a TLS connection, or undef
sub tls_client {
	my ($port, %options) = @_;
	my $s = IO::Socket::SSL->new(PeerAddr => "127.0.0.1:$port",
	    SSL_verify_mode => 0, SSL_hostname => '', %options);
	$s->autoflush(1) if $s;
	return $s;
}

# the common name of the certificate that is served for a name, and its serial
sub served {
	my ($port, $name) = @_;
	my $s = tls_client($port, SSL_hostname => $name // '') or return undef;
	my $cn = $s->peer_certificate('cn');
	my $serial = Net::SSLeay::P_ASN1_INTEGER_get_hex(
	    Net::SSLeay::X509_get_serialNumber($s->peer_certificate));
	$s->close;
	return wantarray ? ($cn, $serial) : $cn;
}

1;
