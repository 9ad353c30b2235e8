#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# What cdbrules dump prints compiles to the same rules: random sources of every
# type, the same dump and the same answers.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Test::More;

my $dir = scratch;
my $files = $ENV{POSTERN_LONG} ? 400 : sanitized ? 4 : 15; # of each type
srand 11;
sub one { $_[rand @_] }
sub some { my $n = shift; return map { $_[rand @_] } 1 .. 1 + rand $n }

my @name = ('a.test', 'B.test', 'c.a.test', 'x-y.org');
my @mail = ('a@a.test', 'B@b.test', '"c d"@a.test', '"e:f,g"@x-y.org', 'h@c.a.test');
my @net = ('10.0.0.1', '10.0.', '10.1-2.', '10.0.0.0/8', '10.0.0.3-9', '2001:db8::/32',
    '2001:db8::1', '::ffff:10.0.0.0/120', '10.0.0.0/31', '10.0.0.0/9');
my @list = ('10.*', '!10.0.0.1', '192.0.2.0/24', '10.0.1-120.5', '2001:db8::/33', '*');
my $hash = '$6$rounds=1000$abcdefgh$' . 'x' x 86;
my %line = (
	ip => sub {
		one(@net, '=', map({ ("=$_", "=.$_") } @name), '') . ':' .
		    one('allow', 'deny') . one('', ',A="b c"', ',A=/"/,B=""');
	},
	relay => sub {
		one('ip ' . one(@net), 'to ' . one('', '.') . one(@name),
		    'from! ' . one(grep { !/ / } @mail), 'from ' . one(grep { !/ / }
		    @mail) . ' ' . join(',', map { one('', '!') . $_ } some(3, @net)),
		    'popauth ' . one('90s', '15m', '1h'));
	},
	users => sub {
		one(@mail) . ":" . one('', '{CRYPT}') . "$hash:1:2:x:/srv/a::" .
		    one('', 'quota=5K', 'groups=a,b', 'from=x@a.test,y@a.test groups=c');
	},
	groups => sub {
		join ' ', one('a', 'b', 'c', 'D'), map { "$_=" . join ',',
		    some(4, @list) } grep { rand 2 < 1 } qw(pop imap smtp incoming);
	},
	domains => sub { one(@name) },
	aliases => sub {
		one(@mail, map({ "\@$_" } @name), 'Postmaster') . ' : ' .
		    join ',  ', some(3, @mail, 'z@z.test');
	},
	routes => sub {
		one('*', map({ ($_, ".$_") } @name)) . ' ' . one('mx', 'h.test:26 ' .
		    'auth=/a tls=verify', '[::1]:26', '192.0.2.1') . one('', ' source=::1');
	},
);
$line{mailboxes} = $line{users};
my %key = (ip => [qw(10.0.0.1 10.0.0.2 10.0.0.5 10.0.9.9 10.1.1.1 10.200.1.1
    2001:db8::1 2001:db8::2 1.1.1.1 1.1.1.1=a.test 1.1.1.1=c.a.test 1.1.1.1=d)],
    relay => ['10.0.0.1', '10.2.2.2', '10.0.0.5', 'popauth', map({ ("to:$_",
    "to:z.$_") } @name), map { "from:$_" } @mail], users => [@mail],
    mailboxes => [@mail], groups => [qw(a b c D)], domains => [@name],
    aliases => [@mail, map({ "\@$_" } @name), 'postmaster'],
    routes => [@name, map({ "z.$_" } @name), 'other.test']);

# compiles TEXT into FILE; 1 or 0
sub compile {
	my ($type, $file, $text) = @_;
	spew("$dir/source", $text);
	return system("cdbrules compile $type $file < $dir/source 2> $dir/err") == 0;
}

# 1 if TEXT has no error
sub good {
	my ($type, $text) = @_;
	spew("$dir/source", $text);
	return system("cdbrules check $type < $dir/source 2> $dir/err") == 0;
}

# what the command prints
sub output {
	open my $p, '-|', @_ or die;
	local $/;
	return <$p> // '';
}

for my $type (sort keys %line) {
	my ($compiled, $asked, $said, @bad) = (0, 0, 0);
	while ($compiled < $files) {
		my @line;
		for (1 .. 1 + rand 8) {
			push @line, one('', '', "# $_\n", "\n", '  ') . $line{$type}->() . "\n";
			pop @line unless good($type, join '', @line);
		}
		next unless @line && compile($type, "$dir/a.cdb", join '', @line);
		$compiled++;
		my @secret = $type eq 'users' ? '-s' : ();
		my $dump = output('cdbrules', 'dump', @secret, $type, "$dir/a.cdb");
		my $answer = output('cdbrules', 'explain', $type, "$dir/a.cdb", @{ $key{$type} });
		$asked += @{ $key{$type} };
		$said += () = $answer =~ /^# line/mg;
		push @bad, [@line, $dump] unless compile($type, "$dir/b.cdb", $dump)
		    && output('cdbrules', 'dump', @secret, $type, "$dir/b.cdb") eq $dump
		    && output('cdbrules', 'explain', $type, "$dir/b.cdb",
		    @{ $key{$type} }) eq $answer;
	}
	is scalar @bad, 0, "$type: $files sources, $asked questions, $said with a line"
	    or diag map { (@$_, "--\n") } @bad[0 .. ($#bad > 2 ? 2 : $#bad)];
	cmp_ok $said, '>', $files, "$type: the questions have answers";
}
done_testing;
