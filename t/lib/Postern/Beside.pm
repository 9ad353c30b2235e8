# SPDX-License-Identifier: ISC
# Other people's mail servers for a test, as root: packages of Debian that
# cannot be installed beside each other and are unpacked in build/beside.
package Postern::Beside;
use strict;
use warnings;
use Exporter 'import';
use Postern;

our @EXPORT = qw(beside beside_owner beside_has);

# the numbers of users that the system may not have, as in t/lib/beside
my %uid = ('Debian-exim' => 64201, opensmtpd => 64202, opensmtpq => 64203, postfix => 64204);

# beside(PACKAGE, COMMAND...): COMMAND as it runs where PACKAGE is installed
sub beside { return (top . '/t/lib/beside', @_) }

# beside_owner(USER, FILE...): gives them to a user that may be there only beside
sub beside_owner {
	my ($user, @files) = @_;
	my @owner = (getpwnam $user)[2, 3];
	@owner = ($uid{$user}) x 2 unless @owner;
	chown @owner, @files;
}

# beside_has(PACKAGE): undef, it can be used; else why not
sub beside_has {
	my ($package) = @_;
	return 'needs root' unless as_root;
	return "no $package in build/beside" unless -d top . "/build/beside/$package/usr";
	my $r = run(beside($package, 'true'));
	return $r->{code} ? "no mount namespace with an overlay: $r->{err}" : undef;
}

1;
