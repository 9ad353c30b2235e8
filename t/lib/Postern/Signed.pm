# SPDX-License-Identifier: ISC
# A signed root of the DNS for a test, by ldns and nsd: all its names are below
# example. A resolver that trusts ->anchor and forwards to ->server validates.
package Postern::Signed;
use strict;
use warnings;
use Postern;

# where a resolver that begins at the root finds it, if there is a network of our
# own: the address of a root server
our $ROOT;

# new(SIGNED, UNSIGNED, EXPIRED): lines of zone files, by NAME: the zones to
# sign, those without DNSSEC, and those whose signatures were good once. The
# root is among the first ('.').
sub new {
	my ($class, $signed, $unsigned, $expired) = @_;
	my $self = bless { dir => scratch . '/signed', ds => '' }, $class;
	mkdir $self->{dir} or die "$self->{dir}: $!";
	my $root = delete $signed->{'.'} // '';
	my %zone = (%$signed, %$expired, %$unsigned);
	$self->zone($_, $zone{$_}, $unsigned->{$_} ? ()
	    : ('sign', $expired->{$_} ? (20200101, 20200201) : ()))
	    for sort keys %zone;
	$self->zone('.', $root . $self->{ds}
	    . join('', map { "$_. NS ns.\n" } sort keys %zone), 'sign');
	$self->serve_all('.', keys %zone);
	return $self;
}

# writes the zone NAME, signed with a key of its own if SIGN is given; what the
# parent must have goes to {ds}
sub zone {
	my ($self, $name, $text, $sign, @dates) = @_;
	my $file = "$self->{dir}/" . ($name eq '.' ? 'root' : $name);
	my $fqdn = $name =~ s/\.?$/./r;
	spew($file, "\$ORIGIN $fqdn\n\$TTL 300\n"
	    . "@ SOA ns. hostmaster.example. 1 3600 600 86400 300\n"
	    . "@ NS ns.\n" . ($name eq '.' ? 'ns. A ' . ($ROOT // '127.0.0.1') . "\n" : '') . $text);
	return unless $sign;
	my $key = $self->tool('ldns-keygen', '-r', '/dev/urandom', '-a',
	    'ECDSAP256SHA256', '-k', $fqdn);
	chomp $key;
	$self->tool('ldns-signzone', @dates ? ('-i', $dates[0], '-e', $dates[1])
	    : (), '-f', "$file.signed", $file, $key);
	rename "$file.signed", $file or die $!;
	if ($name eq '.') {
		$self->{anchor} = "$self->{dir}/$key.key";
	} else {
		$self->{ds} .= slurp("$self->{dir}/$key.ds");
	}
}

sub tool {
	my ($self, @command) = @_;
	my $r = run({ dir => $self->{dir} }, @command);
	die "@command: $r->{err}" if $r->{code};
	return $r->{out};
}

sub serve_all {
	my ($self, @zones) = @_;
	my $d = $self->{dir};
	my $port = $self->{port} = free_port;
	my $root = $ROOT ? "ip-address: $ROOT\@53" : '';
	spew("$d/nsd.conf", <<"EOT", map { sprintf <<'EOT', $_, s/^\.$/root/r } @zones);
server:
 ip-address: 127.0.0.1\@$port
 $root
 username: ""
 chroot: ""
 zonesdir: "$d"
 database: ""
 pidfile: "$d/pid"
 xfrdfile: "$d/xfrd"
 zonelistfile: "$d/zones"
 cookie-secret-file: "$d/cookie"
 server-count: 1
remote-control:
 control-enable: no
EOT
zone:
 name: "%s"
 zonefile: "%s"
EOT
	$self->{pid} = serve('nsd', '-d', '-c', "$d/nsd.conf");
	wait_port($port) or die 'nsd: ' . slurp(scratch . '/log');
}

sub anchor { return $_[0]{anchor} }
sub server { return "127.0.0.1:$_[0]{port}" }

# start(SOCKET, OPTION...): a dnssecd that trusts it, ready; its pid
sub start {
	my ($self, $socket, @options) = @_;
	pipe my $r, my $w or die;
	fcntl $w, 2, 0; # F_SETFD: it stays open
	my $pid = serve('dnssecd', '-r', fileno $w, '-f', $self->server, '-k',
	    $self->anchor, @options, $socket);
	close $w;
	my $ready = join '', <$r>;
	die "dnssecd: '$ready' " . slurp(scratch . '/log') if $ready ne "\n";
	return $pid;
}

# ask(SOCKET, NAME, TYPE): (status, some records?, name, why, packet)
sub ask {
	my ($socket, $name, $type) = @_;
	my $s = IO::Socket::UNIX->new(Peer => $socket) or return 'no service';
	return asked($s, $name, $type);
}

sub asked {
	my ($s, $name, $type) = @_;
	my %type = (A => 1, CNAME => 5, MX => 15, TXT => 16, AAAA => 28,
	    TLSA => 52);
	print {$s} pack 'L/a*', pack 'n a*', $type{$type} // $type, $name;
	$s->flush;
	read $s, my $n, 4 or return 'closed';
	read $s, my $answer, unpack 'L', $n;
	my ($status, @rest) = unpack 'C C Z* Z* a*', $answer;
	return ((qw(secure insecure bogus failed blind))[$status], @rest);
}

1;
