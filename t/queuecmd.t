#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# postern queue: list, show, hold, release, retry and delete, while queued runs
# and while it does not.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Instance;
use Postern::Server;

my ($alice, $bob) = qw(alice@example.test bob@example.test);
my $i = Postern::Instance->new($alice, $bob);
my $queue = "$i->{dir}/queue";
my $home = "$i->{dir}/mail/example.test/bob";
my $text = "Subject: hello\n\nThe body.\n";

sub got { my @m = $i->mails($_[0]); return scalar @m }
sub cmd { return run('postern', 'queue', $i->{dir}, @_) }
sub out { my $r = cmd(@_); is $r->{code}, 0, "queue @_" or diag $r->{err}; return $r->{out} }
# what the command says in the end: TEST of it must become true
sub becomes {
	my ($test, @args) = @_;
	my $r;
	return wait_for(sub { $r = cmd(@args); $r->{code} == 0 && $test->($r->{out}) }) || !diag $r->{out}, $r->{err};
}
sub quiet { return becomes(sub { $_[0] eq "0 messages\n" }, 'list') }
# the log of a service, as soon as it has that line
sub told { my ($service, $re) = @_; return wait_for(sub { $i->log($service) =~ $re }) }

# enqueue takes the envelope on fd 1
sub submit {
	my (@to) = @_;
	my $e = spew(scratch . '/envelope', "F$alice\0" . join('', map { "T$_\0" } @to) . "\0");
	my $m = spew(scratch . '/message', $text);
	my %before = map { $_ => 1 } glob "$queue/*/*,S=*";
	is run('sh', '-c', "enqueue -q $queue < $m 1< $e")->{code}, 0, 'queued';
}
sub waiting { return my @f = glob "$queue/state/*,S=*" }

# bob's Maildir cannot be made: what is for bob waits
sub block { system('mv', "$home/Maildir", "$home/away"); spew("$home/Maildir", '') }
sub unblock { unlink "$home/Maildir"; system('mv', "$home/away", "$home/Maildir") }
mkdir "$home/Maildir"; # postern user add may leave that to deliver
block();
$i->up;
is out('list'), "0 messages\n", 'an empty queue';
submit($bob);
ok wait_for(sub { waiting() == 1 }), 'one message waits';
my $list = out('list');
my ($id) = $list =~ /^(\d+\.M\d+P\d+Q\d+)  \d+ bytes  \d+s old  next try in \d+s, tried 1  from <\Q$alice\E>$/m;
ok $id, 'list: id, size, age, next try, sender' or diag $list;
like $list, qr/^    to <\Q$bob\E>\n    \Q$bob\E: 4\.2\.0 the mailbox cannot be written to\n1 message$/m,
    'recipient and reason';
ok becomes(sub { $_[0] =~ /event=deferred.* id=\Q$id\E .*reason="the mailbox cannot be written to"/ }, 'show', $id), 'show: the log, why it waits';
my $show = out('show', $id);
like $show, qr/prog=deliver/, 'of each program';
my ($connid) = $show =~ / connid=(\S+)/;
is out('show', $connid), $show =~ s/.*?\n(?=\d{4}-)//sr, 'the same by its connid';
like cmd('show', '1.M1P1Q1')->{err}, qr/neither in the queue nor in the logs/, 'one that never was';
is cmd('hold', '1.M1P1Q1')->{code}, 1, 'hold one that is not there';

unblock();
out('hold', $id);
ok becomes(sub { $_[0] =~ /  held  from/ }, 'list'), 'held';
is cmd('retry', $id)->{code}, 1, 'a held one is not retried';
is out('retry'), "0 messages\n", 'nor by retry of all';
$i->down;
due_now($queue);
$i->up;
submit($alice);
ok wait_for(sub { got($alice) == 1 }), 'after a restart the queue is served';
is got($bob), 0, 'but not the held one';
like out('list'), qr/  held  from/, 'held still';
out('release', $id);
ok wait_for(sub { got($bob) == 1 }), 'released, delivered';
ok quiet(), 'and gone';
ok becomes(sub { $_[0] =~ /event=order verb=release.*event=delivered/s }, 'show', $id), 'its story can be told still';

block();
submit($bob);
ok wait_for(sub { waiting() == 1 }), 'another one waits';
unblock();
is out('retry', 'example.org'), "0 messages\n", 'retry another domain';
is out('retry', 'Example.Test'), "1 message\n", 'retry this domain';
ok wait_for(sub { got($bob) == 2 }), 'delivered';
ok quiet(), 'and gone';

block();
submit($bob);
ok wait_for(sub { waiting() == 1 }), 'a third one';
($id) = out('list') =~ /^(\S+)  /;
is cmd('delete', $id)->{code}, 100, 'delete without a reason';
out('delete', $id, '--reason', 'you said so');
ok becomes(sub { $_[0] !~ /\Q$id\E/ }, 'list'), 'it is gone';
ok wait_for(sub { got($alice) == 2 }), 'its sender has it back';
like join('', map { slurp($_) } $i->mails($alice)), qr/removed by the postmaster: you said so \(5\.7\.0\)/,
    'with the reason';
ok quiet(), 'and that is all';
submit($bob);
ok wait_for(sub { waiting() == 1 }), 'a fourth one';
($id) = out('list') =~ /^(\S+)  /;
out('delete', $id, '--reason', 'spam', '--silent');
ok quiet(), 'it is gone';
is got($alice), 2, 'and nobody is told';
ok told('queued', qr/event=order verb=drop .*reason=spam/), 'but the log';

# while queued is down, an order waits for it
submit($bob);
ok wait_for(sub { waiting() == 1 }), 'a fifth one';
($id) = out('list') =~ /^(\S+)  /;
$i->down;
unblock();
my $r = cmd('retry', $id);
like $r->{err}, qr/it will be done/, 'queued is down: the order stays';
$i->up;
ok wait_for(sub { got($bob) == 3 }), 'and is carried out when it starts';
ok wait_for(sub { !(() = glob "$queue/active/order.*") }), 'it is gone';
ok quiet(), 'with the message';

# a domain that could not be reached is left alone, but not if it is named
my $port = free_port;
spew("$i->{dir}/etc/routes", "away.test 127.0.0.1:$port\ngone.test 127.0.0.1:$port\n");
is run('make', '-s', '-C', $i->{dir})->{code}, 0, 'routes';
submit("$_\@away.test") for 1, 2;
submit('3@gone.test', '3@away.test');
ok wait_for(sub { waiting() == 3 }), 'messages to two domains that cannot be reached';
ok wait_for(sub { slurp("$queue/state/destinations") =~ /(?=.* away\.test ).* gone\.test /s }), 'which are noted';
$i->down;
due_now($queue);
my $server = Postern::Server->new(port => $port);
$i->up;
ok wait_for(sub { 3 == grep { slurp($_) =~ /^tries 2$/m } waiting() }), 'after a restart they are looked at';
is join('', $server->said), '', 'and the servers still left alone, though they are back';
out('retry', $1) if out('list') =~ /^(\S+)  .*\n    to <1\@away/m;
ok becomes(sub { $_[0] =~ /^2 messages$/m }, 'list'), 'one goes, where the server is back';
is out('retry', 'AWAY.test'), "2 messages\n", 'retry the domain';
ok wait_for(sub { join('', $server->said) =~ /2\@away.*3\@away|3\@away.*2\@away/s }), 'and these';
ok becomes(sub { $_[0] =~ /^    to <3\@gone\.test>\n    3\@gone\.test: .*\n1 message$/m }, 'list'), 'which are gone then';
unlike join('', $server->said), qr/3\@gone/, 'the other domain is still left alone';
is out('retry'), "1 message\n", 'retry all';
ok quiet(), 'ends that';
like join('', $server->said), qr/3\@gone/, 'it has all';
ok told('queued', qr/prog=smtpsend connid=\S+ event=delivered id=\d+\.M\d+P\d+Q\d+ to=3\@gone\.test/),
    'the log of smtpsend has the id';
ok told('queued', qr/event=order verb=retry id=\S+ domain=AWAY\.test/), 'as the log says';
$server->end;
is cmd(@$_)->{code}, 100, "usage: @$_" for [], ['hold'], ['nonsense', 'x'], ['list', 'x', 'y'];
done_testing;
