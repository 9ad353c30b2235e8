#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Every example of postern-rules(5) and postern-tcprules(7) compiles, without a
# warning, and means what the page says.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Test::More;

my $dir = scratch;
my $page = slurp('cdb/postern-rules.5');
my ($head, @section) = split /^\.Sh (?=[A-Z ]+(?::.*)?$)/m, $page;
my %of = (IP => ['ip'], RELAY => ['relay'], USERS => ['users', 'mailboxes'],
    GROUPS => ['groups'], DOMAINS => ['domains'], ALIASES => ['aliases'],
    ROUTES => ['routes']);

# the blocks of TEXT that are shown as they are
sub blocks {
	my @b = $_[0] =~ /^\.Bd -literal[^\n]*\n(.*?)^\.Ed$/msg;
	s/\\&//g, s/\\e/\\/g for @b;
	return @b;
}

# compiles SOURCE: nothing is said
sub clean {
	my ($type, $source, $name) = @_;
	my $r = run({ in => $source }, 'cdbrules', 'compile', $type, "$dir/$type.cdb");
	is $r->{code}, 0, "$type: $name";
	is $r->{err}, '', 'nothing is said';
}
sub told {
	my ($type, $key) = @_;
	my $out = run('cdbrules', 'explain', $type, "$dir/$type.cdb", $key)->{out};
	return $out =~ s/\n# .*//sr;
}

my %seen;
for (@section) {
	my ($word) = /^([A-Z]+)/;
	my $types = $of{$word} or next;
	my @b = blocks($_);
	cmp_ok scalar @b, '>', 0, "$word has examples";
	for my $type (@$types) {
		clean($type, $_, "example of the page") for @b;
		$seen{$type} = 1;
	}
}
my @types = run('cdbrules', '-h')->{out} =~ /^types: (.*)$/m;
is join(' ', sort keys %seen), join(' ', sort split / /, $types[0]),
    'every type has examples in the page';

# the forms of addresses, one by one
my ($forms) = $page =~ /^\.Ss Addresses of clients\n(.*?)^\.El/ms;
my @form = $forms =~ /^\.It Li (\S+)$/mg;
cmp_ok scalar @form, '>=', 8, 'forms of addresses';
clean('ip', "$_:deny\n:allow\n", $_) for @form;

# what the page says of its examples
clean('ip', $_, 'again') for grep /old printer/, blocks($page);
is told('ip', '10.0.0.9'), "allow\nTLS=offer", 'the old printer';
is told('ip', '10.0.0.8'), "allow\nTLS=require", 'our own network';
is told('ip', '198.51.100.8'), "deny\nMESSAGE=554 5.7.1 write to abuse\@example.test",
    'the range';
is told('ip', '192.0.2.1=a.spam.example'), 'deny', 'the suffix';
is told('ip', '192.0.2.1'), 'allow', 'all others';
is told('relay', 'to:mail.example.org'), 'allow', 'relay: below a domain';
is told('relay', '203.0.113.1'), 'deny', 'relay: a sender has not opened it';
is told('routes', 'a.example.org'), 'tls=require', 'routes: below a domain';
like told('routes', 'b.test'), qr/^host=relay\.example\.net$/m, 'routes: the rest';

# the list of postern-rules(5): each pattern in a group
my ($list) = $page =~ /^\.Li (10\.0\.0\.0\/8\S+) \.$/m;
clean('groups', "a pop=$list\n", "the list $list");

# postern-tcprules(7): the site's rules, here and there
my ($site, $service) = blocks(slurp('cdb/postern-tcprules.7'));
clean('ip', $site, 'the rules of the site');
like slurp('cdb/postern-tcprules.7'),
    qr/^\Q${\ told('ip', '192.0.2.7')}\E\n# line 2: 192\.0\.2\.:allow/m,
    'what ipcheck -t says of a client';
is system("tcprules $dir/t.cdb $dir/t.tmp < " . spew("$dir/site", $site)), 0,
    'tcprules takes them';
for my $ip ('127.0.0.1', '192.0.2.7', '198.51.100.36', '198.51.100.37', '1.1.1.1') {
	my $t = `TCPREMOTEIP=$ip tcprulescheck $dir/t.cdb`;
	my $want = $t =~ /^deny/m ? 'deny' : join "\n", 'allow',
	    $t =~ /^set environment variable (.*)$/mg;
	is told('ip', $ip), $want, "$ip: the same";
}
# its differences
for ('10.0:deny', '300.1.1.1:deny', '1.02.3.4:deny', '1.2.3.4 :deny', '1.2.3.4',
    'info@1.2.3.4:allow', '1.2.3.4:allow,PATH="x"', "1.2.3.4:allow\r") {
	is run({ in => "$_\n" }, 'cdbrules', 'check', 'ip')->{code}, 100, "refused: $_";
}
clean('ip', "  1.2.3.4:deny\n10.:deny\n10.0.0.0/9:allow\n=A.test:deny\n:allow\n",
    'blanks, forms, case');
is told('ip', '1.2.3.4'), 'deny', 'blanks before a line are skipped';
is told('ip', '10.1.1.1'), 'allow', 'the longer prefix';
is told('ip', '8.8.8.8=a.TEST'), 'deny', 'a capital letter';
done_testing;
