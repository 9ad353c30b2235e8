#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# A server that cannot be reached is left alone for its time after a restart of
# queued too, however that ended; the file that says so is a hint, and whatever is
# in it does no harm.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Queue;
use Postern::Server;

my $q = Postern::Queue->new('pat');
my $state = "$q->{dir}/queue/state";
my $file = "$state/destinations";
my ($dead, $strict) = map { Postern::Server->new(greeting => '421 4.3.2 not now') } 1, 2;
my $port = free_port; # of a server that is not there
$q->compile('routes', "dead.test 127.0.0.1:$dead->{port}\nstrict.test 127.0.0.1:$strict->{port}\n"
    . "gone.test 127.0.0.1:$port\nother.test 127.0.0.1:$port\n");
my @role = as_root ? ('-s', '12347:12347') : ();
my $text = "Subject: x\n\nx\n";

sub start { $q->start(@role) }
sub connections { my @c = $_[0]->said; return scalar @c }
sub kept { return -e $file ? slurp($file) : '' }
sub tries { my ($name) = @_; return -e "$state/$name" && slurp("$state/$name") =~ /^tries (\d+)/ ? $1 : 0 }
sub logs { my ($re) = @_; my $log = scratch . '/log'; return scalar(() = slurp($log) =~ /$re/g) }

# ---------------------------------------------------------------------- restarts
start();
my $name = $q->submit({}, $text, 'x@dead.test');
ok wait_for(sub { tries($name) == 1 }), 'a server that has no time';
ok wait_for(sub { kept() =~ /^postern-destinations 1\n(\d+) 1 any dead\.test 4\.\d\.\d .*421.*\n\z/ }), 'is noted' or diag kept();
my ($until) = kept() =~ /^(\d+) 1 any dead/m;
cmp_ok $until - time, '<=', 60, 'for a minute';
cmp_ok $until - time, '>', 30, 'from now on';
my $seen = connections($dead);
is $seen, 1, 'it was asked once';
for my $how ('stopped', 'killed') {
	$how eq 'stopped' ? $q->end : strike($q->{pid}, "$q->{dir}/queue");
	due_now("$q->{dir}/queue");
	my $before = tries($name);
	start();
	ok wait_for(sub { tries($name) > $before }), "$how and started: the message is looked at";
	like slurp("$state/$name"), qr/^last x\@dead\.test: 4\.\d\.\d .*421/m, 'waits with the same reason';
	is connections($dead), $seen, 'and the server is not asked again';
}
my $tls = $q->submit({ head => ['requiretls yes'] }, $text, 'x@strict.test');
ok wait_for(sub { tries($tls) == 1 }), 'another, with REQUIRETLS';
ok wait_for(sub { kept() =~ /^\d+ 1 strict strict\.test /m }), 'is noted as that' or diag kept();
like kept(), qr/^$until 1 any dead\.test /m, 'the first one is noted still';
$seen = connections($strict);
my $open = $q->submit({}, $text, 'x@strict.test');
ok wait_for(sub { tries($open) == 1 }), 'without REQUIRETLS';
cmp_ok connections($strict), '>', $seen, 'is another destination';
$q->end;

# ------------------------------------------------------------ what time makes of it
# Starts queued with TEXT as the file; whether it asked the first server by the
# time that a message for it has been tried.
sub asks {
	my ($text) = @_;
	$q->end if $q->{pid};
	if (defined $text) {
		spew($file, $text);
		chown 12346, 12346, $file if as_root;
	}
	due_now("$q->{dir}/queue");
	my ($tries, $seen) = (tries($name), connections($dead));
	start();
	wait_for(sub { tries($name) > $tries }) or return 'nothing';
	return connections($dead) - $seen;
}
my $first = "postern-destinations 1\n";
my $now = time;
my $line = ($now + 600) . ' 4 any dead.test 4.4.1 for a test';
is asks("$first$line\n"), 0, 'by hand, for ten minutes';
like slurp("$state/$name"), qr/^last x\@dead\.test: 4\.4\.1 for a test$/m, 'with its reason';
is asks($first . ($now - 100) . " 3 any dead.test 4.4.1 x\n"), 1, 'its time is over';
ok wait_for(sub { kept() =~ /^(\d+) 4 any dead\.test /m && $1 > $now + 400 }), 'and the next one is as long as if nothing had been' or diag kept();
is asks($first . ($now - 4000) . " 3 any dead.test 4.4.1 x\n"), 1, 'long over';
ok wait_for(sub { kept() =~ /^\d+ 1 any dead\.test /m }), 'and nothing is known of it' or diag kept();
is asks("${first}999999999999999999 3 any dead.test 4.4.1 x\n999999999999999999 999999999999 any other.test 4.4.1 x\n"), 0, 'a time that is none';
my $gone = $q->submit({}, $text, 'x@gone.test');
ok wait_for(sub { kept() =~ / gone\.test / }), 'is written again';
my @times = kept() =~ /^(\d+) (?:100|3) any /mg;
is @times, 2, 'with what was read';
is scalar(grep { $_ > time + 3600 } @times), 0, 'as an hour at the most';
like kept(), qr/^\d+ 100 any other\.test /m, 'as are the failures';

# -------------------------------------------------------------------- other files
my %bad = ('empty' => '', 'foreign' => "hello\n", 'of another version' => "postern-destinations 2\n$line\n",
    'binary' => "$first\0\0\0\n", 'without line ends' => 'x' x 70000, 'very large' => $first . "$line\n" x 30000,
    map { ("with the line '$_'" => "$first$_\n$line\n") } '', ' ', 'x', '1 1 any dead.test', '1 1 any dead.test ',
    '1 0 any dead.test x', '-1 1 any dead.test x', '1 1 none dead.test x', "1 1 any dead.test x\ty",
    '1  1 any dead.test x', '1 1 any ' . 'd' x 400 . ' x', '1 1 any dead.test ' . 'x' x 600, '1' x 30 . ' 1 any dead.test x');
for my $what (sort keys %bad) {
	my $damaged = logs('event=destinations-damaged');
	is asks($bad{$what}), 1, substr("a file $what is passed over", 0, 80);
	is logs('event=destinations-damaged'), $damaged + 1, 'with a line in the log';
}
is asks("$first$line\n" . ($now + 600) . ' 1 any oth'), 0, 'of one that was cut off, what is whole counts';
is asks($first . join('', map { ($now + 600) . " 1 any d$_.test 4.4.1 x\n" } 1 .. 6000) . "$line\n"), 1, 'more than a few thousand are not read';
for my $odd (['a folder', sub { mkdir $file }], ['a pipe', sub { system 'mkfifo', $file }],
    ['a link', sub { symlink "$q->{dir}/cdb/domains.cdb", $file }]) {
	my ($what, $make) = @$odd;
	$q->end;
	unlink $file;
	$make->();
	is asks(), 1, "$what is passed over";
	rmdir $file;
	unlink $file;
}

# ------------------------------------------------------------------- it is back
is asks("$first$line\n"), 0, 'left alone';
$q->end;
unlink glob "$q->{dir}/queue/{active/*,state/*}";
spew($file, $first . ($now - 10) . " 4 any gone.test 4.4.1 x\n$line\n");
chown 12346, 12346, $file if as_root;
my $back = Postern::Server->new(port => $port);
start();
$q->submit({}, $text, 'x@gone.test');
ok $q->empty, 'a server that is back has its mail';
ok wait_for(sub { kept() !~ /gone\.test/ }), 'and nothing is noted of it';
like kept(), qr/^\Q$line\E$/m, 'but of the other';
is((stat $file)[2] & 0777, 0600, 'the file is for queued alone');
is_deeply [grep { !m{/destinations$} } glob "$state/*"], [], 'and nothing is left beside it';
$q->end;
$_->end for $dead, $strict, $back;
done_testing;
