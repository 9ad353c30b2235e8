# SPDX-License-Identifier: ISC
# A real Postfix for a test, in a folder of its own, listening on one port.
package Postern::Postfix;
use strict;
use warnings;
use Postern;
use Postern::Beside;

# new(DIR, PORT, SETTINGS): makes it in DIR, below the scratch folder, with the
# lines SETTINGS of main.cf beside what every test needs; not running yet
sub new {
	my ($class, $d, $port, $settings) = @_;
	my $scratch = scratch;
	mkdir $_ for $d, "$d/etc", "$d/spool", "$d/data";
	beside_owner('postfix', "$d/data");
	spew("$d/etc/main.cf", slurp(top . '/t/lib/postfix-main.cf'), <<"END_CF", $settings);
queue_directory = $d/spool
data_directory = $d/data
maillog_file = $d/log
maillog_file_prefixes = $scratch
smtputf8_enable = yes
END_CF
	# no service in a chroot, and no other listener
	my $master = join "\n", "127.0.0.1:$port inet n - n - - smtpd", grep { !/^(?:#|smtp +inet| |$)/ } map {
	    s/^(\S+ +\S+ +\S+ +\S+ +)y/$1n/r =~ s/^(\S+ +unix +\S+ +\S+ +)-/$1n/r } split /\n/,
	    slurp(top . "/build/beside/postfix/usr/share/postfix/master.cf.dist");
	spew("$d/etc/master.cf", "$master\n");
	return bless { etc => "$d/etc" }, $class;
}

sub up { return run(beside('postfix', 'postfix', '-c', $_[0]{etc}, 'start')) }
sub down { return run(beside('postfix', 'postfix', '-c', $_[0]{etc}, 'stop')) }

1;
