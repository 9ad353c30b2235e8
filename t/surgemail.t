#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# doc/surgemail.md: every rule compiles without a warning and means what the
# page says, every command runs, and every setting has its place.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Test::More;

my $dir = scratch;
my $page = slurp('doc/surgemail.md');
my @block = $page =~ /^```(\w+)\n(.*?)^```$/msg;
my %n;
my $script = '';
while (my ($type, $text) = splice @block, 0, 2) {
	$n{$type}++;
	if ($type eq 'sh') {
		$script .= $text;
		next;
	}
	my $file = "$dir/$type$n{$type}.cdb";
	my $r = run({ in => $text }, 'cdbrules', 'compile', $type, $file);
	is $r->{code}, 0, "$type: " . $text =~ s/\n.*//sr;
	is $r->{err}, '', 'nothing is said';
}
cmp_ok $n{$_} // 0, '>=', 1, "there are examples of $_"
    for 'ip', 'relay', 'groups', 'routes', 'sh';
like $page, qr/\b\Q$_\E/, "$_ has its place" for 'make_ca', 'g_admin_ip', 'g_ssl_allow',
    'g_ssl_require', 'g_ssl_require_out', 'g_relay_allow_ip', 'g_relay_to',
    'g_relay_allow_from', 'Relay after POP', 'g_access_group', 'g_access_group_default',
    'mailaccess', 'surge_cert.pem', 'surge_priv.pem', 'mirroring', 'web administration';

# what the rules mean
sub told {
	my ($file, $type, $key) = @_;
	return run('cdbrules', 'explain', $type, "$dir/$file.cdb", $key)->{out}
	    =~ s/\n# .*//sr;
}
is told('ip1', 'ip', '192.0.2.9'), "allow\nTLS=offer", 'g_ssl_allow: these';
is told('ip1', 'ip', '192.0.3.9'), "allow\nTLS=off", 'and nobody else';
is told('ip3', 'ip', '10.9.9.9'), "allow\nTLS=offer", 'g_ssl_require: not these';
is told('ip3', 'ip', '11.9.9.9'), "allow\nTLS=require", 'but everybody else';
is told('ip4', 'ip', '10.1.2.3') =~ s/\n.*//sr, 'allow', 'g_admin_ip: these';
is told('ip4', 'ip', '10.1.3.3') =~ s/\n.*//sr, 'deny', 'and nobody else';

# ------------------------------------------------------------------- commands
# first what stands there already: the instance is made before it is changed
my $make = qr/^make .*\n/m;
my ($first) = $script =~ /($make)/;
$script =~ s/$make//;
$script .= $first;
mkdir "$dir/surgemail";
run('certtool', 'selfsigned', '-o', "$dir/both.pem", '-c', "$dir/ca.pem",
    'mail.example.org');
my $both = slurp("$dir/both.pem") =~ s/\n/\r\n/gr;
$both =~ /^(.*END PRIVATE KEY-----\r\n)(.*)$/s or die;
spew("$dir/surgemail/surge_priv.pem", $1);
spew("$dir/surgemail/surge_cert.pem", $2);
$script =~ s{/srv/mail}{$dir/mail}g;
$script =~ s{ /surgemail}{ $dir/surgemail}g;
for (split /\n/, $script) {
	my $r = run('sh', '-c', $_);
	# check warns of the certificate signed by itself
	is $r->{code}, /certtool check/ ? 1 : 0, s{\Q$dir\E}{}gr or diag $r->{out} . $r->{err};
}
done_testing;
