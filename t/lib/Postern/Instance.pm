# SPDX-License-Identifier: ISC
# An instance for a test: made in the scratch folder, on free ports of
# 127.0.0.1, taken down at the end.
package Postern::Instance;
use strict;
use warnings;
use Time::HiRes qw(stat utime);
use Postern;

our %PORTS = (smtp => 25, submission => 587, submissions => 465, pop3 => 110,
    pop3s => 995, imap => 143, imaps => 993, 'acme-http' => 80);
our $PASSWORD = 'correct horse';
my @up;
my $me = $$;

# an offset with which every port of an instance is for this test alone
sub offset {
	my ($low, $high) = Postern::ports();
	for (1 .. 1000) {
		my $offset = $low + int rand $high - $low - 1000;
		return $offset if Postern::take_ports(map { $offset + $_ } values %PORTS);
	}
	die 'no free ports';
}

# new([\@INIT,] USER...): makes an instance for example.test with these users,
# password $PASSWORD, with these further arguments of init; not up yet
sub new {
	my ($class, @users) = @_;
	my @init = ref $users[0] ? @{ shift @users } : ();
	my $dir = scratch . '/instance' . scalar @up;
	# nobody but the one who runs it can enter the folder it lies in, which
	# must do: root's own folder is like that (but Dovecot must pass it)
	chmod +(grep { $_ eq '--imap' } @init) ? 0755 : 0700, scratch;
	my $self = bless { dir => $dir, offset => offset() }, $class;
	push @up, $self;
	$self->must('init', $dir, '--domain', 'example.test', '--host',
	    'localhost', '--listen', '127.0.0.1', '--port-offset',
	    $self->{offset}, @init);
	for (@users) {
		$self->must({ in => "$PASSWORD\n" }, 'user', 'add', $dir, $_);
	}
	return $self;
}

# runs postern; dies if that fails; returns what it printed
sub must {
	my ($self, @args) = @_;
	my $o = ref $args[0] ? shift @args : {};
	my $r = run($o, 'postern', @args);
	die "postern @args: exit $r->{code}: $r->{out}$r->{err}"
	    if $r->{code} || $r->{signal};
	return $r->{out};
}

# up(NAME => VALUE...): with these variables in the environment of all services
sub up {
	my ($self, %env) = @_;
	return $self->must({ env => \%env }, 'up', $self->{dir}, '--detach');
}

# rules(FILE, TEXT): FILE of etc is TEXT from now on; what making that returned
sub rules {
	my ($self, $file, $text) = @_;
	my $source = "$self->{dir}/etc/$file";
	my @owner = (stat(-e $source ? $source : "$self->{dir}/etc/instance"))[4, 5];
	my ($made) = sort { $b <=> $a } map { (stat)[9] } glob "$self->{dir}/cdb/*.cdb";
	spew($source, $text);
	chown @owner, $source;
	# make goes by times, in which some milliseconds are one moment
	wait_for(sub { utime(undef, undef, $source) && (stat $source)[9] > $made });
	return run('make', '-s', '-C', $self->{dir});
}

# down: waits longer than postern does, which says after half a minute that
# something still runs; what that was is told
sub down {
	my ($self) = @_;
	my $r;
	for (1 .. 4) {
		$r = run('postern', 'down', $self->{dir});
		return $r->{out} if !$r->{code};
		print STDERR "# $r->{err}", map { '#  ' . command($_) =~ tr/\0/ /r . "\n" } $self->family;
	}
	die "postern down: exit $r->{code}";
}
sub port { return $_[0]{offset} + $PORTS{$_[1]} }
sub ca { return "$_[0]{dir}/tls/ca.pem" }

# the log of a service
sub log {
	my ($self, $service) = @_;
	my $file = "$self->{dir}/log/$service/current";
	return -e $file ? slurp($file) : '';
}

# the files of USER's mailbox
sub mails {
	my ($self, $user) = @_;
	my ($local, $domain) = split /@/, $user;
	return my @f = glob "$self->{dir}/mail/$domain/$local/Maildir/{new,cur}/*";
}

# the command line of PID, with a NUL after each word; '' if it is gone
sub command {
	my ($pid) = @_;
	open my $f, '<', "/proc/$pid/cmdline" or return '';
	local $/;
	return <$f> // '';
}

# pids of everything that runs for the instance
sub family {
	my ($self) = @_;
	my (%child, @found);
	for (glob '/proc/[0-9]*/stat') {
		open my $f, '<', $_ or next;
		my ($pid, $ppid) = (<$f> // '') =~ /^(\d+) \(.*\) \S (\d+)/ or next;
		push @{ $child{$ppid} }, $pid;
	}
	my ($root) = grep {
		command($_) =~ m{^s6-svscan\0.*\Q$self->{dir}\E/service}
	} map { @$_ } values %child;
	my @todo = defined $root ? $root : ();
	while (defined(my $pid = shift @todo)) {
		push @found, $pid;
		push @todo, @{ $child{$pid} // [] };
	}
	return @found;
}

END {
	if ($$ == $me) {
		my $code = $?;
		for (@up) {
			run('postern', 'down', $_->{dir})
			    if -d "$_->{dir}/service/.s6-svscan";
			# a process in a chroot can write its report only here
			for my $log (glob "$_->{dir}/log/*/*") {
				next unless slurp($log) =~
				    /^(.*(?:Sanitizer|runtime error:).*)/m;
				warn "$log: $1\n";
				$code = 1;
			}
		}
		$? = $code;
	}
}

1;
