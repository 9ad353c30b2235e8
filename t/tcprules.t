#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# The ip type against tcprules and tcprulescheck: random files with the odd
# corners of the format, verdict and variables; where postern-tcprules(7) names
# a difference, that difference. POSTERN_LONG: 10,000 files.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Test::More;

my $dir = scratch;
my $files = $ENV{POSTERN_LONG} ? 10_000 : 150;
my $ask = 6;
srand($ENV{POSTERN_SEED} // 42);
sub one { $_[rand @_] }
sub octet { one(1 .. 4, 1 .. 4, 0, 10, 255) }
sub host { join '.', map { one('a', 'b', 'c') } 0 .. rand 3 }

# an address as tcprules takes it, that means what it says
sub address {
	my $k = int rand 7;
	my @o = map { octet } 1 .. 4;
	return join '.', @o if $k == 0;
	return join('.', @o[0 .. $k - 1]) . '.' if $k < 4;
	return one('=', '=' . host, '=.' . host) if $k == 4;
	return '' if rand 4 < 1;
	my $i = int rand 4;
	my $n = int rand(4 - $i);
	$o[$i] = 1 + int rand 4;
	$o[$i] .= '-' . ($o[$i] + int rand 3);
	return join('.', @o[0 .. $i + $n]) . ($i + $n < 3 ? '.' : '');
}

sub verdict {
	my $v = one('allow', 'allow', 'deny');
	for (1 .. rand 3) {
		my $q = one('"', '"', '/', "'", 'x', '|');
		my $value = join '', map { one('a', 'B', '1', ',', ':', '=', '-', '#',
		    '"', ' ', '/') } 1 .. rand 6;
		$value =~ s/\Q$q\E//g;
		$v .= ',' . one('V', 'W', 'RELAYCLIENT', 'x_1') . "=$q$value$q";
	}
	return $v;
}

# a line that tcprules takes and cdbrules refuses or reads in another way
sub mistake {
	return one('10.0', '10', '1.2.3', '300.1.1.1', '1.02.3.4', '01.', '1..2.',
	    '1.2.3.4.', '1.2.3.4.5', 'a.b', 'joe@1.2.3.4', '@1.2.3.4',
	    '1.2.3.256') . ':' . verdict() if rand 4 < 3;
	return one('1.2.3.4', 'nothing', '1.', ' 1.2.3.4:deny', "\t1.:deny",
	    ' :deny', '1.2.3.4 :deny', '1.2.3.4: deny');
}

# the verdict and the variables, by name and in order
sub said {
	my ($verdict, @variable) = @_;
	return join "\n", $verdict, $verdict eq 'allow' ? @variable : ();
}

my %count = (files => 0, refused => 0, questions => 0, nodefault => 0, wrong => 0);
for my $file (1 .. $files) {
	my (@all, @good);
	for (1 .. 1 + rand 14) {
		my $line = rand 12 < 1 ? one('# ' . address . ':deny', '#', '')
		    : address . ':' . verdict . one('', '', '', ' ', "\t ");
		push @all, $line;
		push @good, $line;
		push @all, mistake if rand 25 < 1;
	}
	@all = @good if rand 2 < 1;
	my $default = grep /^:/, @good;
	spew("$dir/all", map { "$_\n" } @all);
	spew("$dir/good", map { "$_\n" } @good);
	$count{files}++;
	if (@all > @good) {
		my $code = system("cdbrules check ip < $dir/all 2> $dir/err");
		my @blank = grep { /^[ \t]+\S/ } @all;
		if ($code >> 8 != 100 && @blank + @good < @all) {
			$count{wrong}++;
			diag "mistake taken: @all";
		}
		$count{refused}++ if $code;
	}
	# tcprules itself gives up on what is not "allow" or "deny"
	my $t = system("tcprules $dir/t.cdb $dir/t.tmp < $dir/all 2> /dev/null")
	    ? system("tcprules $dir/t.cdb $dir/t.tmp < $dir/good 2> $dir/err") : 0;
	my $p = system("cdbrules compile ip $dir/p.cdb < $dir/good 2> $dir/err");
	if ($t || $p) {
		$count{wrong}++;
		diag "tcprules $t, cdbrules $p: ", map { "$_\n" } @good, slurp("$dir/err");
		next;
	}
	my (@key, @want);
	for (1 .. $ask) {
		delete local @ENV{qw(TCPREMOTEINFO TCPREMOTEHOST)};
		local $ENV{TCPREMOTEIP} = join '.', map { octet } 1 .. 4;
		local $ENV{TCPREMOTEHOST} = host if rand 2 < 1;
		my $out = `tcprulescheck $dir/t.cdb`;
		my $none = $out =~ /^default:/ && !$default;
		$count{nodefault}++ if $none;
		push @want, $none ? 'deny' : said($out =~ /^deny/m ? 'deny' : 'allow',
		    $out =~ /^set environment variable (.*)$/mg);
		push @key, $ENV{TCPREMOTEIP} .
		    (defined $ENV{TCPREMOTEHOST} ? "=$ENV{TCPREMOTEHOST}" : '');
	}
	my @got = map { said(grep { !/^# / } split /\n/) } split /\n\n/,
	    `cdbrules explain ip $dir/p.cdb @key`;
	for (0 .. $#key) {
		$count{questions}++;
		next if $got[$_] eq $want[$_];
		$count{wrong}++;
		diag "$key[$_]: $got[$_], tcprules: $want[$_]\n", map { "$_\n" } @all;
	}
}
is $count{wrong}, 0, "as tcprules: $count{files} files, $count{questions} questions";
diag sprintf 'of them %d without a default (deny here, allow there); %d files with '
    . 'mistakes refused', @count{qw(nodefault refused)} if $ENV{POSTERN_LONG};
cmp_ok $count{refused}, '>', 0, 'mistakes were refused';
cmp_ok $count{nodefault}, '>', 0, 'without a default: denied';
done_testing;
