#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# An instance from init to down: real mail in and out with programs that are
# not ours, rules that count at once, what check and status say, refusals.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Instance;

my $i = Postern::Instance->new('alice@example.test', 'bob@example.test');
my $dir = $i->{dir};
my $pw = $Postern::Instance::PASSWORD;
my $ca = $i->ca;

sub postern { return run('postern', @_) }

sub wait_mails {
	my ($user, $n) = @_;
	return wait_for(sub { $n <= (() = $i->mails($user)) });
}

# ------------------------------------------------------------------- refusals
is postern('init', $dir, '--domain', 'x.test')->{code}, 100, 'exists already';
is postern('init', "$dir-2")->{code}, 100, 'no domain';
is postern('init', "$dir-2", '--domain', 'a b')->{code}, 100, 'a bad domain';
is postern('init', "$dir-2", '--domain', 'x.test', '--listen', 'here')->{code},
    100, 'a bad address';
ok !-e "$dir-2", 'nothing was made';
is postern('up', scratch)->{code}, 100, 'no instance';
is postern('status', $dir)->{code}, 1, 'status: down';
is run({ in => "x\n" }, 'postern', 'user', 'add', $dir,
    'alice@example.test')->{code}, 100, 'a user twice';
is run({ in => "x\n" }, 'postern', 'user', 'add', $dir,
    'carol@example.org')->{code}, 100, 'a user of another domain';
is run({ in => "\n" }, 'postern', 'user', 'add', $dir,
    'carol@example.test')->{code}, 100, 'an empty password';
for my $bad ('../x@example.test', 'carol', 'c:d@example.test', "a\nb\@x.test") {
	is run({ in => "x\n" }, 'postern', 'user', 'add', $dir, $bad)->{code},
	    100, 'a bad address for a user';
}
is $i->must('user', 'list', $dir),
    "alice\@example.test default\nbob\@example.test default\n", 'user list';

my $blocker = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1',
    LocalPort => $i->port('pop3s'), ReuseAddr => 1);
my $r = postern('up', $dir, '--detach');
is $r->{code}, 111, 'a port in use';
like $r->{err}, qr/^postern: port \d+ \(pop3s\) is in use[^\n]*\n$/,
    'one clear line';
close $blocker;

# ------------------------------------------------------------------- mail
is $i->up, "ready\n", 'up';
is postern('up', $dir, '--detach')->{code}, 100, 'up twice is refused';
is postern('status', $dir)->{code}, 0, 'status: all ready';

my $text = "From: alice\@example.test\r\nTo: alice\@example.test\r\n"
    . "Subject: t\r\nDate: Tue, 24 Nov 2026 00:00:00 +0000\r\n"
    . "Message-ID: <1\@example.org>\r\n\r\n.dot\r\n..\r\nlast line\r\n";
spew(scratch . '/mail', $text);
my %curl = (smtp => ['--ssl-reqd'], submission => ['--ssl-reqd'],
    submissions => []);
my $sent = 0;
for my $service (sort keys %curl) {
	my $scheme = $service eq 'submissions' ? 'smtps' : 'smtp';
	my @login = $service eq 'smtp' ? ()
	    : ('--user', "alice\@example.test:$pw");
	$r = run('curl', '-sS', '--cacert', $ca, @{ $curl{$service} }, @login,
	    "$scheme://localhost:" . $i->port($service), '--mail-from',
	    'alice@example.test', '--mail-rcpt', 'alice@example.test',
	    '--mail-rcpt', 'bob@example.test', '-T', scratch . '/mail');
	is $r->{code}, 0, "curl sends by $service" or diag $r->{err};
	$sent++;
}
ok wait_mails($_, $sent), "$_ has all of it"
    for 'alice@example.test', 'bob@example.test';

# the text behind the Received field, which must be what was sent
sub body { return $_[0] =~ s/^.*?(?=From: alice)//sr }

for my $service ('pop3', 'pop3s') {
	for my $n (1 .. $sent) {
		$r = run('curl', '-sS', '--cacert', $ca,
		    $service eq 'pop3' ? '--ssl-reqd' : (), '--user',
		    "bob\@example.test:$pw",
		    "$service://localhost:" . $i->port($service) . "/$n");
		is $r->{code}, 0, "curl fetches $n by $service" or diag $r->{err};
		is body($r->{out}), $text, 'byte for byte';
	}
}

for my $tls (['smtp', '-tls'], ['submissions', '-tlsc'], ['submission', '-tls']) {
	my ($service, $how) = @$tls;
	my @auth = $service eq 'smtp' ? () : ('-au', 'alice@example.test',
	    '-ap', $pw);
	$r = run('swaks', '--server', '127.0.0.1:' . $i->port($service), $how,
	    '--to', 'bob@example.test', '--from', 'alice@example.test', @auth);
	is $r->{code}, 0, "swaks sends by $service" or diag $r->{out};
	$sent++;
}
ok wait_mails('bob@example.test', $sent), 'and it arrives';

my $box = scratch . '/mpop-box';
mkdir scratch . '/mpop';
spew(scratch . '/mpoprc', "defaults\ntls on\ntls_starttls off\n"
    . "tls_trust_file $ca\naccount a\nhost localhost\nport "
    . $i->port('pop3s') . "\nuser bob\@example.test\npassword \"$pw\"\n"
    . "delivery mbox $box\nkeep on\nuidls_file " . scratch . "/mpop/uidls\n");
chmod 0600, scratch . '/mpoprc';
$r = run('mpop', '-C', scratch . '/mpoprc', 'a');
is $r->{code}, 0, 'mpop fetches' or diag $r->{err};
is +(() = slurp($box) =~ /^From /mg), $sent, 'all of it';

require Net::POP3;
my $pop = Net::POP3->new('localhost', Port => $i->port('pop3s'), SSL => 1,
    SSL_ca_file => $ca, Timeout => 60);
ok $pop, 'Net::POP3 connects';
is $pop->login('bob@example.test', $pw), $sent, 'and logs in';
is body(join '', @{ $pop->get(1) }) =~ s/\r//gr, $text =~ s/\r//gr, 'gets';
ok $pop->delete(1), 'deletes';
ok $pop->quit, 'quits';
my @left = $i->mails('bob@example.test');
is @left, $sent - 1, 'and it is gone';

# ------------------------------------------------------------------- no relay
for my $to ('x@example.org', 'bob%example.org@example.org',
    '@example.test:x@example.org', 'x@[127.0.0.1]') {
	$r = run('swaks', '--server', '127.0.0.1:' . $i->port('smtp'), '-tls',
	    '--to', $to, '--from', 'alice@example.test', '--quit-after', 'RCPT');
	like $r->{out}, qr/^<~\* +5[05]\d /m, "no relay to $to";
}
$r = run('swaks', '--server', '127.0.0.1:' . $i->port('submission'), '-tls',
    '--to', 'x@example.org', '--from', 'alice@example.test', '-au',
    'alice@example.test', '-ap', $pw, '--quit-after', 'RCPT');
like $r->{out}, qr/^<~  250 2\.1\.5 /m, 'but with a login';

# ------------------------------------------------------------------- rules
is run('make', '-s', '-C', $dir, '-q')->{code}, 0, 'make has nothing to do';
is $i->rules('ip.pop3', slurp("$dir/etc/ip.pop3") . "127.0.0.0/8:deny\n")->{code}, 0,
    'make compiles a new rule';
is client($i->port('pop3'))->line, undef, 'and the next connection obeys';
like postern('explain', $dir, '--ip', '127.0.0.1', '--service', 'pop3s')->{out},
    qr/^deny\n.*# line \d+: 127\.0\.0\.0\/8:deny$/s, 'explain tells why';
for my $rule (':deny,MESSAGE="see example.test"', ':allow,TLS="require",CONNMAX="0"') {
	$i->rules('ip.pop3', "$rule\n");
	my ($plain, $tls) = $rule =~ /MESSAGE/ ? ("-ERR [SYS/PERM] see example.test\r\n") x 2
	    : ("-ERR [SYS/TEMP] too many connections from your network\r\n", '');
	is client($i->port('pop3'))->rest, $plain, "$rule: told on the plain port";
	is client($i->port('pop3s'))->rest(1), '', 'not in clear on the TLS port';
	is run({ in => "QUIT\r\n" }, 'openssl', 's_client', '-quiet', '-verify_quiet',
	    '-CAfile', $ca, '-connect', 'localhost:' . $i->port('pop3s'))->{out}, $tls,
	    $tls ? 'but inside TLS' : 'and no handshake is done for it';
}
my $old = slurp("$dir/cdb/ip.pop3.cdb");
$r = $i->rules('ip.pop3', "no rule\n");
isnt $r->{code}, 0, 'a bad rule does not compile';
like $r->{err}, qr{^etc/ip\.pop3:1: error: }m, 'file, line and reason are told';
is slurp("$dir/cdb/ip.pop3.cdb"), $old, 'the old rules stay';
like postern('check', $dir)->{out}, qr/^error etc\/ip\.pop3/m, 'check finds it';
is postern('check', $dir)->{code}, 1, 'and exits 1';
$i->rules('ip.pop3', ":allow,TLS=\"require\"\n");
$r = postern('check', $dir);
is $r->{code}, 0, 'check: all is well again' or diag $r->{out};

# ------------------------------------------------------------------- users
is run({ in => "new\n" }, 'postern', 'user', 'passwd', $dir,
    'bob@example.test')->{code}, 0, 'another password';
my @fetch = ('curl', '-sS', '--cacert', $ca, "pop3s://localhost:"
    . $i->port('pop3s') . '/1', '--user');
is run(@fetch, 'bob@example.test:new')->{code}, 0, 'the new one is right';
isnt run(@fetch, "bob\@example.test:$pw")->{code}, 0, 'the old one wrong';
spew("$dir/etc/aliases", slurp("$dir/etc/aliases") . "team\@example.test: bob\@example.test, alice\@example.test\n");
$r = postern('user', 'del', $dir, 'bob@example.test');
is $r->{code}, 0, 'user del';
like $r->{err}, qr/etc\/aliases:\d+: warning: bob\@example\.test: there is no such mailbox/, 'which aliases lead to nobody now';
isnt run(@fetch, 'bob@example.test:new')->{code}, 0, 'bob is gone';
ok -d "$dir/mail/example.test/bob/Maildir", 'his mail stays';
is postern('user', 'del', $dir, 'bob@example.test')->{code}, 100, 'only once';

# ------------------------------------------------------------------- the log
my $id;
ok wait_for(sub { ($id) = $i->log('smtp') =~ /connid=(\S+) event=mail-accepted/ }),
    'smtpd has logged a message';
ok wait_for(sub { $i->log('tlsd') =~ /connid=\Q$id\E / }), 'one id in the log of tlsd';
ok wait_for(sub { $i->log('queued') =~ /connid=\Q$id\E event=delivered/ }), 'and of queued';
unlike join('', map { $i->log($_) } 'smtp', 'submission', 'pop3s'),
    qr/\Q$pw\E/, 'no password in a log';

# ------------------------------------------------------------------- down
my @family = $i->family;
cmp_ok @family, '>=', 15, 'a family of processes runs';
is postern('down', $dir)->{code}, 0, 'down';
# 1 if PID runs; a zombie whose parent was not ours to choose does not
sub runs {
	open my $f, '<', "/proc/$_[0]/stat" or return 0;
	return (<$f> // '') !~ /^\d+ \(.*\) Z/;
}
ok wait_for(sub { !grep { runs($_) } @family }), 'nobody is left';
is postern('down', $dir)->{code}, 0, 'down again is fine';
is postern('status', $dir)->{code}, 1, 'status: down';
is $i->up, "ready\n", 'up again';
done_testing;
