#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Mail to other servers: queued, smtproute and smtpsend, with a DNS server and
# SMTP servers that do as they are told.
use strict;
use warnings;
use IPC::Open2;
use Test::More;
use Time::HiRes qw(sleep);
use lib 't/lib';
use Postern;
use Postern::Queue;
use Postern::Server;

my $q = Postern::Queue->new('pat');
my $dir = $q->{dir};
$q->compile('aliases', '');

my ($serial, $subject) = (0, '');
# submits BODY; LINES of the envelope behind from
sub submit {
	my ($body, $lines, @to) = @_;
	$serial++;
	return $q->submit({ from => 's@sender.test', head => [split /\n/, $lines] },
	    "Subject: $serial$subject\n\n$body\n", @to);
}
sub state { my ($name) = @_; return -e "$dir/queue/state/$name" ? slurp("$dir/queue/state/$name") : '' }
# until the state of message NAME is so
sub stated { my ($name, $re) = @_; return wait_for(sub { state($name) =~ $re }) || !diag state($name) }

# Of SERVER: all it was told up to now, and how many messages that is.
sub told { return join '', $_[0]->said }
sub messages { return scalar(() = told(@_) =~ /^\.\r$/mg) }

# --------------------------------------------------------------- a route's host
my $good = Postern::Server->new;
my $sender = Postern::Server->new; # gets what is returned
my $picky = Postern::Server->new(RCPT => sub {
	$_[1] =~ /no@/ ? '550 5.1.1 nobody of that name'
	    : $_[1] =~ /later@/ ? '450 4.2.1 come back' : '250 2.1.5 ok' });
my $old = Postern::Server->new(EHLO => '502 5.5.1 what');
my $bad = 0;
my $chunk = Postern::Server->new(
	EHLO => "250-mx.test\n250-PIPELINING\n250-CHUNKING\n250 8BITMIME",
	RCPT => sub { $bad = $_[1] =~ /bad@/; $_[1] =~ /no@/ ? '550 5.1.1 nobody of that name' : '250 2.1.5 ok' },
	dot => sub { $bad ? '554 5.6.0 bad content' : '250 2.0.0 taken' },
	BDAT => sub { $bad ? '554 5.6.0 bad content' : '250 2.0.0 taken too' });
my $dead = free_port;
$q->compile('routes', "good.test 127.0.0.1:$good->{port}\n"
    . "sender.test 127.0.0.1:$sender->{port}\n"
    . "picky.test 127.0.0.1:$picky->{port}\n"
    . "secure.test 127.0.0.1:$good->{port} tls=verify\n"
    . "chunk.test 127.0.0.1:$chunk->{port}\n"
    . "old.test 127.0.0.1:$old->{port}\ndead.test 127.0.0.1:$dead\n");

# The MX hosts are addresses of loopback, all at one port.
my $mx = Postern::Server->new(at => '127.0.0.3');
my $port = $mx->{port};
my $lame = Postern::Server->new(at => '127.0.0.4', port => $port,
    greeting => '421 not now');
my $blunt = Postern::Server->new(at => '127.0.0.5', port => $port,
    greeting => '554 5.3.2 no mail here');
my $self = Postern::Server->new(at => '127.0.0.6', port => $port,
    EHLO => '250 me.test');
my $zone = spew("$dir/zone", <<'EOT');
one.test MX 10 mx.test
mx.test A 127.0.0.3
closed.test A 127.0.0.2
xn--bcher-kva.test MX 10 mx.test
lame.test A 127.0.0.4
blunt.test A 127.0.0.5
looking.test A 127.0.0.6
second.test MX 20 mx.test
second.test MX 10 closed.test
third.test MX 10 lame.test
third.test MX 10 closed.test
third.test MX 30 mx.test
down.test MX 10 lame.test
blunted.test MX 10 blunt.test
looped.test MX 5 looking.test
backup.test MX 10 me.test
backup.test MX 20 mx.test
backed.test MX 10 mx.test
backed.test MX 20 me.test
backed.test MX 30 closed.test
null.test MX 0 .
plain.test A 127.0.0.3
servfail.test SERVFAIL
nowhere.test MX 10 missing.test
EOT
my $pid = open2(my $dns, my $dns_end, 't/lib/dnsd', $zone);
my $dns_port = <$dns> + 0;
END { close $dns_end if $dns_end; waitpid $pid, 0 if $pid }

sub start {
	$q->start({ DNSCACHEIP => "127.0.0.1:$dns_port" }, '-H', 'me.test', '-p', $port,
	    as_root ? ('-s', '12347:12347') : ());
}
start();

submit('hello', '', 'a@good.test', 'b@good.test');
ok $q->empty, 'a message to two at one domain';
my ($said) = $good->said;
is scalar(() = $said =~ /^RCPT/mg), 2, 'goes there once';
like $said, qr/^MAIL FROM:<s\@sender\.test> SIZE=\d+\r\n/m, 'from its sender';
is scalar(my @c = $good->said), 1, 'over one connection';

$q->end;
submit("message $_", '', "u$_\@good.test") for 1 .. 40;
start();
ok $q->empty, 'forty messages to one domain';
is scalar(() = told($good) =~ /^MAIL/mg), 41, 'all arrive';
cmp_ok scalar(@c = $good->said), '<', 25, 'and share connections';

submit('dsn', "ret hdrs\nenvid Q Q+1\nbody 8bitmime\n",
    "d\@good.test\nnotify failure,delay\norcpt rfc822;d+x\@old.test");
ok $q->empty, 'DSN parameters';
like told($good), qr/ RET=HDRS ENVID=Q\+20Q\+2B1\r\n/, 'RET and ENVID';
like told($good), qr/^RCPT TO:<d\@good\.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;d\+2Bx\@old\.test\r\n/m,
    'NOTIFY and ORCPT';

my $name = submit('picky', '', 'yes@picky.test', 'no@picky.test', 'later@picky.test');
ok wait_for(sub { messages($sender) == 1 }), 'a refusal is returned';
like told($sender), qr/^MAIL FROM:<> .*no\@picky\.test.*550 nobody of that name/ms,
    'with what the server said';
ok stated($name, qr/^last later\@picky\.test: 4\.2\.1 /m), 'who is to come back waits, with the reason';
ok stated($name, qr/^done yes\@picky\.test$/m), 'who has it is done';

# a domain beyond ASCII is looked up as the DNS has it
submit('idn', "smtputf8 yes\n", "u\@b\xc3\xbccher.test");
ok wait_for(sub { told($mx) =~ /^RCPT TO:<u\@b\xc3\xbccher\.test>/m }), 'the MX of a domain beyond ASCII';

# a second message over one connection goes along with its commands
$q->end;
submit("number $_\n.\n..dots\r\nend\r" . ($_ == 6 ? "xxxx\n" x 14000 : ''), '',
    $_ == 4 ? 'no@chunk.test' : $_ == 5 ? 'bad@chunk.test' : ("c$_\@chunk.test", $_ == 3 ? 'no@chunk.test' : ()))
    for 1 .. 8;
start();
ok wait_for(sub { messages($sender) == 4 && 2 == (() = $q->queue) }), 'to a server with CHUNKING'; # picky.test's are left
my $chunks = told($chunk);
like $chunks, qr/^BDAT 41 LAST\r\nSubject: \d+\r\n\r\nnumber \d\r\n\.\r\n\.\.dots\r\nend\r\n(?=MAIL|QUIT|RSET)/m,
    'by BDAT, and dots are not doubled';
is scalar(grep { /\A(?:(?!^DATA).)*^BDAT/ms } $chunk->said), 0, 'none before one was taken';
like $chunks, qr/^DATA\r\nSubject: \d+\r\n\r\nnumber 6\r\n/m, 'a large one by DATA';
like $chunks, qr/RCPT TO:<no\@chunk\.test>\r\n(?:BDAT 41 LAST\r\n[^@]*end\r\nRSET|DATA\r\n\.)/, 'one for nobody is forgotten';
like told($sender), qr/550 nobody/, 'and returned';
like told($sender), qr/554 bad content/, 'so is one whose content is refused';

submit("\xc3\xa4", '', 'x@old.test');
ok wait_for(sub { told($old) =~ /^=C3=A4\r?$/m }), '8-bit text for a server without 8BITMIME is encoded';
$subject = " \xc3\xa4";
submit('x', '', 'x@old.test');
$subject = '';
ok wait_for(sub { messages($sender) >= 4 && told($sender) =~ /5\.6\.3/ }), 'that in a header';
like told($sender), qr/5\.6\.3/, 'is returned';

$name = submit('secret', '', 'x@secure.test');
ok stated($name, qr/^last x\@secure\.test: 4\.7\.4 .*TLS is required/m), 'no TLS where the route wants it: it waits, and says why';
$name = submit('require', "requiretls yes\n", 'x@good.test');
ok stated($name, qr/^last /m), 'REQUIRETLS without TLS: it waits';
unlike told($good) . told($mx), qr/^(?:secret|require)\r$/m, 'nothing of them was sent';

$name = submit('dead', '', 'x@dead.test');
ok stated($name, qr/^last x\@dead\.test: 4\.4\.1 .*refused/m), 'a server that is down, and why';
my $before = slurp(scratch . '/log');
$name = submit('dead too', '', 'y@dead.test');
ok stated($name, qr/^last /m), 'the next message for it';
my $log = substr slurp(scratch . '/log'), length $before;
unlike $log, qr/prog=tlsclient/, 'waits without another try';

# ----------------------------------------------------------------- by MX records
sub delivered {
	my ($to, $what) = @_;
	my $n = length told($mx);
	my $message = submit($to, '', $to);
	ok wait_for(sub { !-e "$dir/queue/incoming/$message" # from where it moves to
	    && !-e "$dir/queue/active/$message" }), $what;
	like substr(told($mx), $n), qr/^RCPT TO:<\Q$to\E>/m,
	    'by the right host';
}
sub returned {
	my ($to, $text, $what) = @_;
	my ($n, $from) = (messages($sender), length told($sender));
	submit($to, '', $to);
	ok wait_for(sub { messages($sender) > $n }), "$what: returned";
	like substr(told($sender), $from), $text, 'with the reason';
}
sub waits {
	my ($to, $text, $what) = @_;
	my $message = submit($to, '', $to);
	ok stated($message, $text), "$what: waits, with the reason";
}
delivered('a@one.test', 'an MX record');
delivered('a@ONE.Test', 'in any case');
delivered('a@second.test', 'the second host, where the first is down');
delivered('a@third.test', 'or will not now');
delivered('a@plain.test', 'no MX record but an address');
delivered('a@[127.0.0.3]', 'an address literal');
delivered('a@backed.test', 'a better host than ourselves');
returned('a@backup.test', qr/5\.4\.6.*MX/s, 'nobody better than ourselves');
returned('a@looped.test', qr/5\.4\.6.*loops/s, 'a host that is ourselves');
returned('a@null.test', qr/5\.1\.10/, 'a null MX');
returned('a@nodomain.test', qr/5\.1\.2/, 'no such domain');
returned('a@nowhere.test', qr/5\.4\.4/, 'an MX host without address');
returned('a@blunted.test', qr/5\.3\.2.*no mail here/s, '554 at the greeting');
waits('a@servfail.test', qr/4\.4\.3/, 'a DNS server in trouble');
waits('a@down.test', qr/421 not now/, '421 at the greeting');

# ------------------------------------ who tells of success (RFC 3461, 5.2)
$q->compile('aliases', "all\@example.test: u1\@good.test, u2\@old.test\none\@example.test: u3\@old.test\n");
# what the sender gets told about a message to TO with NOTIFY, which should be WANT
sub notices {
	my ($to, $notify, $want, $name, $there) = @_;
	my $before = messages($sender);
	submit('tell me', '', "$to\nnotify $notify");
	ok wait_for($there), "$to: sent";
	wait_for(sub { messages($sender) > $before }, $want ? 30 : 2);
	is join(' ', map { /^Action: (\w+)/m } (split /^\.\r$/m, told($sender))[$before .. messages($sender) - 1]),
	    $want, $name;
}
notices('t1@good.test', 'success', '', 'a server with DSN tells itself', sub { told($good) =~ /RCPT TO:<t1@.*NOTIFY=SUCCESS\r/ });
notices('t2@old.test', 'success,failure', 'relayed', 'for another we do', sub { told($old) =~ /RCPT TO:<t2@/ });
notices('one@example.test', 'success', 'relayed', 'so for an alias of one', sub { told($old) =~ /RCPT TO:<u3@/ });
notices('all@example.test', 'success,failure', 'expanded', 'an alias of several is told of once, by us',
    sub { told($good) =~ /RCPT TO:<u1@.*NOTIFY=FAILURE\r/ && told($old) =~ /RCPT TO:<u2@/ });
notices('all@example.test', 'delay', '', 'if that is asked', sub { told($good) =~ /RCPT TO:<u1@.*NOTIFY=DELAY\r/ });

# ------------------------------------------- killed at any time, nothing is lost
$q->end;
unlink glob "$dir/queue/{active,state}/*";
my $n = 30;
for my $i (1 .. $n) {
	start() if $i % 6 == 1;
	submit("kill $i.", '', "k$i\@good.test");
	next if $i % 6;
	sleep rand 0.15;
	strike($q->{pid}, "$dir/queue");
}
due_now("$dir/queue");
start();
ok Postern::Queue::emptied("$dir/queue", 60), 'after five times kill -9 the queue empties';
my $all = told($good);
is scalar(grep { $all =~ /^kill $_\.\r$/m } 1 .. $n), $n, 'every message arrived';
$q->end;
$_->end for $good, $sender, $picky, $old, $chunk, $mx, $lame, $blunt, $self;
done_testing;
