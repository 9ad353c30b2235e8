#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# The build and the source tree: nothing is built twice, install and uninstall
# are each other's inverse, and the house rules that a machine can check.
use strict;
use warnings;
use lib 't/lib';
use File::Find qw(find);
use Postern;
use Test::More;

chdir top;
my $variant = $ENV{POSTERN_VARIANT} // 'rel';
my $bin = $ENV{POSTERN_BIN} // 'bin';
my @make = ('make', $variant eq 'san' ? 'SAN=1' : ());

# the files below a folder, relative to it
sub below {
	my ($top) = @_;
	my @file;
	find({ no_chdir => 1, wanted => sub {
		push @file, substr $_, 1 + length $top if -l || -f;
	} }, $top);
	return sort @file;
}

# every file of the project: what git tracks, or else all that is not built
sub sources {
	my $r = run('git', 'ls-files');
	return split /\n/, $r->{out} if $r->{code} == 0 && $r->{out};
	return grep { !m{^(bin|build|demo|\.git)(/|$)} } below('.');
}
my @source = grep { -f } sources();

# the program table: name => binary, and the sources of each binary
my (%binary, %of);
for (split /\n/, slurp('package/programs')) {
	next if /^\s*(#|$)/;
	my ($name, $in, @files) = split;
	$binary{$name} = $in;
	push @{ $of{$in} }, @files;
}
my @page = glob '*/*.[1-8]';

# ---------------------------------------------------------------------- make
delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
if (!is(run(@make, '-q', 'all')->{code}, 0, 'built: make has nothing to do')) {
	diag 'what follows would build';
	done_testing;
	exit;
}
my @output = run(@make, '-Bn', 'Q=', 'all')->{out}
    =~ /(?:-o |> |ln -sf postern |qcs )([^\s&;]+)/g;
cmp_ok(scalar @output, '>', 50, 'what make all would write');
is(join(' ', grep { !m{^(build|bin)/} } @output), '', 'is below build and bin');
SKIP: {
	my $tracked = run('git', 'ls-files', '--', 'bin', 'build');
	skip 'not a git checkout', 1 if $tracked->{code};
	is($tracked->{out}, '', 'nothing in bin and build is tracked');
}
my $lines = () = slurp('Makefile') =~ /\n/g;
cmp_ok($lines, '<=', 150, 'the Makefile has 150 lines at the most');

# ------------------------------------------------------- install and uninstall
my $dest = scratch . '/dest';
mkdir $dest or die;
my $r = run(@make, '-s', "DESTDIR=$dest", 'PREFIX=/usr', 'install');
is($r->{code}, 0, 'make install') or diag $r->{out}, $r->{err};
my @want = sort((map { "usr/bin/$_" } keys %binary),
    map { m{([^/]+\.(\d))$} ? "usr/share/man/man$2/$1" : () } @page);
is_deeply([below($dest)], \@want, 'every program and page, and nothing else');
for my $name (sort keys %binary) {
	my $got = run("$dest/usr/bin/$name", '-h');
	is($got->{code}, 0, "$name -h, installed") or diag $got->{err};
	like($got->{out}, qr/^usage: \Q$name\E\b/, 'is itself');
}
is(run(@make, '-s', "DESTDIR=$dest", 'PREFIX=/usr', 'install')->{code}, 0,
    'make install over itself');
spew("$dest/usr/bin/other", '');
$r = run(@make, '-s', "DESTDIR=$dest", 'PREFIX=/usr', 'uninstall');
is($r->{code}, 0, 'make uninstall') or diag $r->{out}, $r->{err};
is_deeply([below($dest)], ['usr/bin/other'], 'leaves what is not ours');
is(run(@make, '-q', 'all')->{code}, 0, 'and the build as it was');

# ------------------------------------------------------------ what is linked
SKIP: {
	skip 'the san variant is dynamic', scalar keys %of if $variant ne 'rel';
	for my $name (sort keys %of) {
		my $head = run('readelf', '-lW', "$bin/$name");
		if ($name eq 'postern') {
			unlike($head->{out}, qr/INTERP/, 'postern is static');
		} else {
			like($head->{out}, qr/INTERP/, "$name is not");
		}
	}
}
for my $name (sort keys %binary) {
	next if $name eq $binary{$name};
	is(readlink "$bin/$name", $binary{$name}, "$name is a link");
}
for my $name (sort grep { $_ ne 'postern' } keys %of) {
	my @files = @{ $of{$name} };
	ok(scalar grep({ slurp($_) =~ m{^#include <(?:openssl/|unbound\.h)}m }
	    @files), "$name is apart as it needs OpenSSL or libunbound");
}
my %openssl = map { $_ => 1 } map { @{ $of{$_} } } grep { $_ ne 'postern' } keys %of;
is(join(' ', grep { $openssl{$_} && slurp($_) =~ m{<openssl/} }
    @{ $of{postern} }), '', 'nothing in postern does');
my @libs = slurp('Makefile') =~ /^(LIBS_\w+\s*=.*-lskarnet.*)$/mg;
cmp_ok(scalar @libs, '>=', 2, 'the libraries of the Makefile');
like($_, qr/-lcdb\b.*-lskarnet\b/, 'libcdb stands before libskarnet') for @libs;
is(join(' ', slurp('Makefile') =~ /^(?!LIBS_|#)(.*-l(?:cdb|skarnet)\b.*)$/mg), '',
    'and they stand nowhere else');

# ------------------------------------------------------------- what is included
my @c = grep { /\.[ch]$/ } @source;
is(join(' ', grep { slurp($_) =~ /^\s*#\s*include\s*[<"]cdb\.h[>"]/m } @c),
    'lib/rules.c', 'one file includes <cdb.h>');
is(join(' ', grep { m{(^|/)cdb\.h$} } @source), '', 'and none has its name');
is(join(' ', grep { slurp($_) =~ m{^\s*#\s*include\s*<unbound\.h>}m } @c),
    'dnssec/validator.c', 'one file includes <unbound.h>');
is(join(' ', grep { !m{^(tlswrap|certtool|dkim|bench|t/fuzz)/}
    && slurp($_) =~ m{^\s*#\s*include\s*[<"]openssl/}m } @c), '',
    'only tlswrap, certtool and dkim include OpenSSL');

# ------------------------------------------------------------------- licence
# an instance's files are its owner's
my @code = grep { !m{^package/instance/} && (/\.(?:[ch]|pl|pm|t|sh)$/
    || m{(^|/)Makefile$} || slurp($_) =~ /^#!/) } @source;
cmp_ok(scalar @code, '>', 100, 'source files');
is(join(' ', grep { slurp($_) !~ m{\A(?:#!.*\n)?(?:/\*|#|//) SPDX-License-Identifier: ISC\b} }
    @code), '', 'each has the SPDX line on top');
done_testing;
