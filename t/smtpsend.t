#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# smtpsend to a sane server and to hostile ones: the right outcome at each
# stage, in bounded time and memory, and no bare CR or LF on the wire.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use lib 't/lib';
use Postern;
use Postern::Server;

my $message = "Subject: hello\n\n.dot\nlast without an end";

# one message to SCRIPT's server: (result of run, what the server was told). It
# waits for us for a second where that is what is tried, else for minutes.
sub try_send {
	my ($o, @script) = @_;
	my $s = Postern::Server->new(@script);
	my $r = run({ in => $o->{in} // $message, env => $o->{env} // {} },
	    'prlimit', ($ENV{POSTERN_VARIANT} eq 'san' ? () : '--as=400000000'),
	    'tlsclient', @{ $o->{tls} // ['-l', 'off'] }, '127.0.0.1', $s->{port},
	    'smtpsend', '-H', 'me.test', @{ $o->{options} // [] },
	    '-f', $o->{from} // 'a@b.test', @{ $o->{to} // ['c@d.test'] });
	my ($said) = $s->said;
	$s->end;
	return ($r, $said // '');
}

my ($r, $said) = try_send({ to => ['c@d.test', 'e@f.test'] });
is $r->{code}, 0, 'delivered';
is $r->{out}, join('', map { "delivered 2.0.0 <$_> 127.0.0.1 said: 250 taken\n" }
    'c@d.test', 'e@f.test'), 'and says so of each';
is $said, join("\r\n", 'EHLO me.test', 'MAIL FROM:<a@b.test> SIZE=43',
    'RCPT TO:<c@d.test>', 'RCPT TO:<e@f.test>', 'DATA', 'Subject: hello', '',
    '..dot', 'last without an end', '.', 'QUIT', ''), 'the dialogue';

for my $in ("a\r\n.\r\nb\n", "a\n.\nb\n", "a\r.\rb\n", "a\r.\r\nb\n", "a\n.\rb",
    "a\r\r\n.\r\r\nb\n", "\r", ".\r", "x\r", "a\r\n\r\n.", "\n.\r\n.\n") {
	($r, $said) = try_send({ in => $in });
	is $r->{code}, 0, 'sent: ' . $in =~ s/([\r\n])/$1 eq "\r" ? '\r' : '\n'/ger;
	unlike $said, qr/\r(?!\n)|(?<!\r)\n/, 'no bare CR or LF';
	is scalar(() = $said =~ /^\.\r\n/mg), 1, 'and one end';
}

# Every refusal: what the server does, and how it must end.
my $ehlo = "250-mx.test\n250 PIPELINING";
my @refusals = (
	['554 at the greeting', [greeting => '554 5.3.2 go away'], 'failed 5.3.2', 100],
	['421 at the greeting', [greeting => '421 busy'], 'deferred 4.0.0', 111],
	['250 at the greeting', [greeting => '250 hm'], 'deferred 4.5.0', 111],
	['two codes in one reply', [greeting => "220-a\n250 b"], 'deferred 4.4.2', 111],
	['no number', [MAIL => 'ok'], 'deferred 4.4.2', 111],
	['a code of 999', [MAIL => '999 x'], 'deferred 4.4.2', 111],
	['no separator', [MAIL => '250x'], 'deferred 4.4.2', 111],
	['it is ourselves', [EHLO => '250 me.test'], 'failed 5.4.6', 100],
	['EHLO and HELO refused', [EHLO => '500 no', HELO => '550 5.7.1 no'],
	    'failed 5.7.1', 100],
	['MAIL refused', [MAIL => '550 5.7.1 you are a spammer'], 'failed 5.7.1', 100],
	['MAIL refused for now', [MAIL => '451 later'], 'deferred 4.0.0', 111],
	['RCPT refused', [RCPT => '550 5.1.1 nobody'], 'failed 5.1.1', 100],
	['RCPT refused for now', [RCPT => '450 4.2.1 greylisted'], 'deferred 4.2.1', 111],
	['a status that belies its code', [RCPT => '450 5.1.1 x'], 'deferred 4.0.0', 111],
	['334 for RCPT', [RCPT => '334 x'], 'deferred 4.5.0', 111],
	['DATA refused', [DATA => '554 5.5.1 no'], 'failed 5.5.1', 100],
	['250 for DATA', [DATA => '250 ok'], 'deferred 4.5.0', 111],
	['421 at DATA', [DATA => '421 4.3.2 bye'], 'deferred 4.3.2', 111],
	['content refused', [dot => '554 5.7.1 spam'], 'failed 5.7.1', 100],
	['content refused for now', [dot => '452 4.3.1 full'], 'deferred 4.3.1', 111],
	['354 for the content', [dot => '354 more'], 'deferred 4.5.0', 111],
	['too large', [EHLO => "250-mx\n250 SIZE 20"], 'failed 5.3.4', 100],
);
for my $pipelined (1, 0) {
	for (@refusals) {
		my ($name, $script, $want, $code) = @$_;
		($r, $said) = try_send({}, EHLO => $pipelined ? $ehlo : '250 mx.test',
		    @$script);
		is $r->{code}, $code, "$name, pipelining $pipelined: exit code";
		like $r->{out}, qr/^\Q$want\E <c\@d\.test> /, 'and result';
	}
}

for my $stage (qw(greeting EHLO MAIL RCPT DATA dot)) {
	my $from = time;
	($r) = try_send({ options => ['-t', '1'] }, $stage => sub { sleep 100; undef });
	like $r->{out}, qr/^deferred 4\.4\.2 .* did not answer in time/,
	    "a stall at $stage";
	cmp_ok time - $from, '<', 60, 'ends in time';
	($r) = try_send({}, $stage => sub { POSIX::_exit(0) });
	like $r->{out}, qr/^deferred 4\.4\.2 .* (?:closed|broke) the connection/,
	    "a close at $stage";
	($r) = try_send({ options => ['-t', '1'] }, $stage => sub {
		while (print { $_[0]{s} } "250-lies and lies\r\n" x 100) { }
		undef;
	});
	is $r->{code}, 111, "a reply without an end at $stage";
	like $r->{out}, qr/is no SMTP reply|closed|broke/, 'is given up';
	($r) = try_send({ options => ['-t', '1'] }, $stage => sub {
		while (print { $_[0]{s} } 'x' x 65536) { }
		undef;
	});
	is $r->{code}, 111, "a line without an end at $stage";
}
($r) = try_send({ options => ['-T', '2'] }, RCPT => sub {
	for (1 .. 20) { print { $_[0]{s} } "250-slow\r\n"; sleep 1 }
	undef;
});
like $r->{out}, qr/^deferred 4\.4\.2/, 'one that drips is given up in time';

($r, $said) = try_send({}, EHLO => '500 what');
is $r->{code}, 0, 'HELO, for who knows no EHLO';
like $said, qr/^EHLO .*\nHELO me\.test\r\nMAIL FROM:<a\@b\.test>\r\n/s, 'and no more';

($r, $said) = try_send({ to => [qw(a@x.test no@x.test b@x.test)] },
    RCPT => sub { $_[1] =~ /no@/ ? '550-5.1.1 not' . "\n550 5.1.1 here" : '250 ok' });
is $r->{code}, 100, 'one of three refused';
like $r->{out}, qr/^delivered .*\nfailed 5\.1\.1 <no\@x\.test> .* said: 550 not here\ndelivered /,
    'each has its own result';
($r, $said) = try_send({}, RCPT => '550 5.1.1 no');
like $said, qr/DATA\r\n\.\r\nQUIT/, 'a server that takes DATA for nobody gets nothing';
my @many = map { "user$_\@x.test" } 1 .. 300;
($r, $said) = try_send({ to => \@many });
is scalar(() = $r->{out} =~ /^delivered/mg), 300, 'three hundred recipients';

($r) = try_send({}, MAIL => "550 \x01\e[31m\xff" . 'y' x 900);
like $r->{out}, qr/said: 550 \?\?\[31m\?y+\n\z/, 'what a server says is cleaned';
cmp_ok length $r->{out}, '<', 700, 'and cut';

($r) = try_send({ in => "Subject: \xc3\xa4\n\nx\n" }, EHLO => $ehlo);
like $r->{out}, qr/^failed 5\.6\.3 .*8BITMIME.* header/, '8-bit text in a header and no 8BITMIME';
($r, $said) = try_send({ in => "Subject: x\n\n\xc3\xa4\n" });
like $said, qr/ BODY=8BITMIME\r\n/, 'and with it';
($r) = try_send({ tls => ['-s', '-l', 'require'] });
like $r->{out}, qr/^deferred 4\.7\.4 .*TLS is required/, 'TLS required, not offered';
($r) = try_send({ tls => ['-s', '-l', 'require'] },
    EHLO => "250-mx\n250 STARTTLS", STARTTLS => '220 go');
like $r->{out}, qr/^deferred 4\.7\.0/, 'offered and broken';
($r) = try_send({ tls => ['-s', '-l', 'offer'] }, EHLO => "250-mx\n250 STARTTLS",
    STARTTLS => "220 go\n250 injected");
like $r->{out}, qr/^deferred 4\.[47]/, 'more than the answer to STARTTLS';

my $auth = spew(scratch . '/auth', "alice\nsecret\n");
sub with_auth {
	return run({ in => $message }, 'sh', '-c', 'exec "$@" 3<"$0"', $auth,
	    'tlsclient', '-l', 'off', '127.0.0.1', $_[0]{port}, 'smtpsend', '-H',
	    'me.test', '-a', '3', 'c@d.test');
}
my $s = Postern::Server->new(EHLO => "250-mx\n250 AUTH PLAIN LOGIN");
$r = with_auth($s);
like $r->{out}, qr/^deferred 4\.7\.0 .*no TLS/, 'no password in clear';
unlike join('', $s->said), qr/AUTH/, 'not even asked';
$s->end;

is run('smtpsend')->{code}, 100, 'no recipient';
is run('smtpsend', "a\@b.test\r\nDATA")->{code}, 100, 'a recipient that is none';
is run('smtpsend', '-f', 'x>', 'a@b.test')->{code}, 100, 'nor a sender';
is run('smtpsend', '-q', 'a@b.test')->{code}, 100, '-q has no recipients';
like run('smtpsend', '-h')->{out}, qr/^usage: smtpsend/, '-h';

SKIP: {
	skip 'no smtp-sink', 3 unless grep { -x "$_/smtp-sink" } split /:/, $ENV{PATH};
	my $port = free_port;
	my @user = as_root ? ('-u', 'nobody') : ();
	serve('smtp-sink', @user, "127.0.0.1:$port", '10');
	ok wait_port($port), 'smtp-sink of Postfix';
	$r = run({ in => $message }, 'tlsclient', '-l', 'off', '127.0.0.1', $port,
	    'smtpsend', '-H', 'me.test', '-f', 'a@b.test', 'c@d.test', 'e@f.test');
	is $r->{code}, 0, 'takes it' or diag $r->{out}, $r->{err};
	like $r->{out}, qr/^(?:relayed|delivered) .*\n(?:relayed|delivered) /, 'for both';
}
done_testing;
