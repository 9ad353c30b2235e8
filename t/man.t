#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Every program has a man page beside its source, a usage of one screen, and a
# place in doc/design.md; options and environment of page and code agree.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Postern;

my %pages = map { m{([^/]+\.\d)$} ? ($1 => $_) : () } glob '*/*.[1-8]';
my $design = slurp('doc/design.md');
my $contract = slurp('package/postern.7');

# the names of environment variables that TEXT, C code, reads or sets
sub variables {
	my ($text) = @_;
	my %v = map { $_ => 1 } $text =~ /\b(?:un)?(?:get|set)env\("(\w+)"/g;
	delete $v{SSL_}; # a prefix
	return sort keys %v;
}

sub documented {
	my ($page) = @_;
	my @words = map { split / , | / } $page =~ /^\.(?:It )?Ev (.*)$/mg;
	return map { $_ => 1 } grep /^[A-Za-z]/, @words;
}

# the letters of the subgetopt strings in TEXT, and of ".It Fl x" in PAGE
sub options_of_code {
	my ($text) = @_;
	my %o;
	while ($text =~ /subgetopt_r\([^"]*"([\w:]*)"/g) {
		$o{$_} = 1 for $1 =~ /\w/g;
	}
	return join '', sort keys %o;
}

sub options_of_page {
	my ($page) = @_;
	my %o = map { $_ => 1 } $page =~ /^\.It Fl (\w)(?: |$)/mg;
	return join '', sort keys %o;
}

my %ours = ('postern-rules' => 1, 'postern-tcprules' => 1);
open my $table, '<', 'package/programs' or die;
while (<$table>) {
	next if /^#|^$/;
	my ($name, undef, @sources) = split;
	$ours{$name} = 1;
	my $page = $pages{"$name.8"} // $pages{"$name.1"};
	ok $page, "$name has a man page" or next;
	my ($folder) = $sources[0] =~ m{^(\w+)/};
	like $page, qr{^$folder/}, "$page is beside its source";
	my $text = slurp($page);
	my $code = join '', map { slurp($_) } @sources;
	my %long;
	%long = map { $_ => 1 } $code =~ /\{"([a-z][a-z-]*)", \d, 0,\s*'/g
	    if $code =~ /getopt_long/;
	for (sort keys %long) {
		like $text, qr/Fl -\Q$_\E\b/, "$name: --$_ is told";
	}
	if ($name ne 'postern') {
		is options_of_page($text), options_of_code($code),
		    "$name: options of page and code";
	}
	my %told = documented($text);
	for (variables($code)) {
		ok $told{$_}, "$name: $_ is told in its page";
	}
	like $text, qr/^\.Sh EXAMPLES/m, "$name: has examples";
	like $text, qr/^\.Sh EXIT STATUS/m, "$name: tells its exit codes";
	like $design, qr/`$name`/, "$name is in the map of doc/design.md";
	my $r = run($name, '-h');
	is $r->{code}, 0, "$name -h";
	like $r->{out}, qr/^usage: $name/, "$name -h tells its usage";
	cmp_ok +($r->{out} =~ tr/\n//), '<=', 24, 'on one screen';
	is run($name, '-?')->{code}, 100, "$name: an unknown option is 100";
}

my %told = documented($contract);
for my $file (glob 'lib/*.c') {
	for (variables(slurp($file))) {
		ok $told{$_}, "$file: $_ is told in postern(7)";
	}
}
for my $page (sort values %pages) {
	my $r = run('mandoc', '-T', 'lint', '-W', 'warning', $page);
	is $r->{out} . $r->{err}, '', "$page is clean mdoc";
	my $text = slurp($page);
	while ($text =~ /^\.Xr (\S+) (\d)/mg) {
		my ($to, $section) = ($1, $2);
		next unless $ours{$to}; # a page of the system
		ok $pages{"$to.$section"}, "$page refers to $to($section)";
	}
}
done_testing;
