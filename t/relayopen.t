#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Relay after a login by POP3: from the address it came from, for a while, if it
# was inside TLS and the user may send; for no other, however the state file is
# damaged; and a mailbox owner cannot write there.
use strict;
use warnings;
use lib 't/lib';
use Fcntl ':DEFAULT';
use Postern;
use Postern::Instance;
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = scratch;
my $relay = "$dir/relay";
mkdir $relay, 0700 or die;
my $state = "$relay/opened";

# ------------------------------------------------------------ relayopen alone
sub relayopen {
	my ($env, @arg) = @_;
	return run({ env => { PROTO => 'TCP', %$env } }, 'relayopen', @arg);
}
my %tls = (SSL_PROTOCOL => 'TLSv1.3');
my $r = relayopen({ TCPREMOTEIP => '192.0.2.1' }, $relay);
is $r->{code}, 0, 'outside TLS';
ok !-e $state, 'nothing is noted';
is relayopen({ TCPREMOTEIP => '192.0.2.1', %tls, MAILGROUPS => 'a' }, '-g', "$dir/none", $relay)->{code}, 0, '-g, no groups';
ok !-e $state, 'nothing is noted';
$r = relayopen({ TCPREMOTEIP => '192.0.2.1', %tls, USER => 'al@x.test' }, $relay, 'sh', '-c', 'echo next; exit 7');
is $r->{code}, 7, 'inside TLS';
is $r->{out}, "next\n", 'then the next program';
like $r->{err}, qr/event=login-noted ip=192\.0\.2\.1 user=al\@x\.test$/m, 'logged';
is relayopen({ TCPREMOTEIP => $_ }, '-c', $relay)->{code}, 0, "-c $_" for '192.0.2.9', '2001:db8:1:2::5', '::ffff:192.0.2.77';
is relayopen({ TCPREMOTEIP => $_, %tls }, $relay)->{code}, 111, "no address: $_" for 'x', '192.0.2', '';
is run({ env => {%tls} }, 'relayopen', $relay)->{code}, 111, 'no client';
is relayopen({ TCPREMOTEIP => '192.0.2.1', %tls }, "$dir/nowhere")->{code}, 111, 'no folder';
is relayopen({ TCPREMOTEIP => '192.0.2.1', %tls }, "$dir/nowhere", 'true')->{code}, 0, 'but the login goes on';
chmod 0770, $relay;
$r = relayopen({ TCPREMOTEIP => '192.0.2.8', %tls }, $relay);
is $r->{code}, 111, 'a folder that others may write to';
like $r->{err}, qr/cannot note the login/, 'with a reason';
chmod 0700, $relay;
is run(@$_)->{code}, 100, "@$_" for ['relayopen'], ['relayopen', '-x', $relay], ['relayopen', $relay, 'no-such-program'];

# ------------------------------------------------------------ what relaycheck makes of it
sub compile {
	my ($type, $text) = @_;
	is run({ in => $text }, 'cdbrules', 'compile', $type, "$dir/$type.cdb")->{code}, 0, "compile $type";
}
compile(domains => "example.test\n");
compile(mailboxes => '');
compile(relay => "popauth 15m\n");
my $log;
sub verdict {
	my ($ip, @arg) = @_;
	@arg = ('-o', $relay) if !@arg;
	my $q = "request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=$ip\nrecipient=x\@far.example\n\n";
	my $r = run({ in => $q }, 'relaycheck', '-c', $dir, @arg);
	$log = $r->{err};
	return $r->{out} =~ /^action=(\w+)/ ? $1 : "exit $r->{code}";
}
sub noted { relayopen({ TCPREMOTEIP => $_[0] }, '-c', $relay) }
noted($_) for '192.0.2.1', '2001:db8:1:2::5', '::ffff:192.0.2.77';
is verdict($_), 'OK', "$_ may relay" for '192.0.2.1', '2001:db8:1:2::5', '2001:db8:1:2:ffff::', '192.0.2.77', '::ffff:192.0.2.1';
is verdict($_), '554', "$_ may not" for '192.0.2.2', '192.0.3.1', '2001:db8:1:3::5', '::192.0.2.1', '::1', '', 'x';
like $log, qr/why="not logged in/, 'nor does the log say so';
is verdict('192.0.2.1'), 'OK', 'again';
like $log, qr/why="login by POP3 or IMAP: relay line 1: popauth 15m"/, 'the log says why';
is verdict('192.0.2.1', '-L'), '554', 'without -o';
like $log, qr/line 1 \(popauth\) counts for nothing: there is no -o/, 'and says that';
is verdict('192.0.2.1', '-L', '-o', $relay), '550', 'with -L there is no way out';
is verdict('192.0.2.1', '-o', "$dir/nowhere"), '554', 'no such folder: nobody';
chmod 0777, $relay;
is verdict('192.0.2.1'), 'exit 100', 'a folder others may write to';
chmod 0700, $relay;
compile(relay => "popauth 5s\n");
sleep 5.1;
is verdict('192.0.2.1'), '554', 'after its time';
my $again; # within its time, which is short
wait_for(sub { noted('192.0.2.1'); ($again = verdict('192.0.2.1')) eq 'OK' });
is $again, 'OK', 'and again';
compile(relay => "to x.example\n");
is verdict('192.0.2.1'), '554', 'without a rule popauth';
compile(relay => "popauth 15m\n");

# ------------------------------------------------------------ many, and damage
noted("198.51.100.$_") for 1 .. 40;
is scalar(grep { verdict("198.51.100.$_") eq 'OK' } 1 .. 40), 40, 'forty addresses';
cmp_ok -s $state, '<=', 600000, 'the file stays small';
my $good = slurp($state);
for my $try (1 .. 20) {
	my $bad = $good;
	substr($bad, int rand length $bad, 1) ^= chr(1 + int rand 255) for 1 .. 2000;
	spew($state, $bad);
	is verdict("198.51.101.$try"), '554', 'damage opens nothing';
}
spew($state, substr $good, 0, 10);
is verdict('198.51.100.1'), '554', 'a file cut off opens nothing';
noted('198.51.100.1');
is verdict('198.51.100.1'), 'OK', 'and is made anew';
is verdict('198.51.100.2'), '554', 'without what it held';
unlink $state;
symlink "$dir/elsewhere", $state;
isnt noted('198.51.100.1')->{code}, 0, 'no link is followed';
ok !-e "$dir/elsewhere", 'nor made';
unlink $state;
spew($state, "SSL_PROTOCOL=x\0RELAYCLIENT=\0" x 50000);
is verdict("198.51.100.$_"), '554', 'nonsense opens nothing' for 1, 2;
unlink $state;

# ------------------------------------------------------------ in an instance
my $i = Postern::Instance->new('alice@example.test', 'bob@example.test', 'free@example.test');
my $pw = $Postern::Instance::PASSWORD;
$i->up(DNSCACHEIP => "127.0.0.1:1");
my $root = $i->{dir};
sub rule {
	my ($file, $text, $ahead) = @_;
	spew("$root/etc/$file", $text);
	utime time + $ahead, time + $ahead, "$root/etc/$file";
	is run('make', '-s', '-C', $root)->{code}, 0, "make: $file";
}
rule('relay', "popauth 12s\n", 2);
rule('groups', slurp("$root/etc/groups") . "free pop=* smtp=\n", 2);
rule('users', slurp("$root/etc/users") =~ s/^(free\@.*)$/$1 groups=free/mr =~ s/::groups=\S* groups=/::groups=/r, 2);
rule('ip.pop3', ":allow,TLS=\"offer\"\n", 2);

# the same chain as that of the service smtp, with a way out: into the queue
my $port = free_port;
my @role = as_root ? ('-u', slurp("$root/etc/instance") =~ /^role_smtp=(\S+)/m) : ();
my $pid = fork // die;
if (!$pid) {
	POSIX::setsid();
	chdir $root or die;
	open STDERR, '>>', "$dir/smtp.log";
	exec 'tcplisten', '127.0.0.1', $port, 'smtpd', @role, '-H', 'localhost', '-q', 'queue', '-p',
	    'relaycheck -c cdb -o run/relay';
}
wait_port($port) or die 'no listener';
my $mail = spew("$dir/mail", "From: me\@example.org\r\nSubject: t\r\n\r\nhello\r\n");
sub send_from {
	my ($ip, $port) = @_;
	my $r = run('curl', '-sS', '--interface', $ip, "smtp://127.0.0.1:$port", '--mail-from', 'me@example.org',
	    '--mail-rcpt', 'x@far.example', '-T', $mail);
	return $r->{code} == 0 ? 'taken' : $r->{err} =~ /RCPT failed: (\d+)/ ? $1 : $r->{err};
}
sub login_from {
	my ($ip, $user, $tls) = @_;
	my $service = $tls ? 'pop3s' : 'pop3';
	return run('curl', '-sS', '--interface', $ip, '--cacert', $i->ca, '--user', "$user\@example.test:$pw", '--resolve',
	    "localhost:" . $i->port($service) . ":127.0.0.1", "$service://localhost:" . $i->port($service) . '/', '-I', '-X', 'STAT')->{code};
}
is send_from('127.0.0.2', $port), 554, 'no relay before a login';
is login_from('127.0.0.2', 'alice', 0), 0, 'a login in the clear';
is send_from('127.0.0.2', $port), 554, 'opens nothing';
is login_from('127.0.0.2', 'free', 1), 0, 'a login of a user who may not send';
is send_from('127.0.0.2', $port), 554, 'opens nothing';
isnt run('curl', '-sS', '--interface', '127.0.0.2', '-k', '--user', 'alice@example.test:wrong', 'pop3s://127.0.0.1:' . $i->port('pop3s'))->{code},
    0, 'a wrong password';
is send_from('127.0.0.2', $port), 554, 'opens nothing';
my ($t, $login, $sent);
wait_for(sub { # within its time, which is short
	$login = login_from('127.0.0.2', 'alice', 1);
	$t = time;
	return ($sent = send_from('127.0.0.2', $port)) eq 'taken';
});
is $login, 0, 'a login by POP3S';
is $sent, 'taken', 'lets its address relay';
is send_from('127.0.0.3', $port), 554, 'and no other';
ok wait_for(sub { $i->log('pop3s') =~ /prog=relayopen connid=\S+ event=login-noted ip=127\.0\.0\.2 user=alice\@example\.test/ }),
    'and who has opened it';
ok scalar(glob "$root/queue/*/*"), 'the mail is in the queue';
sleep 0.1 while time < $t + 12.2;
is send_from('127.0.0.2', $port), 554, 'until its time is over';
rule('relay', "popauth 15m\n", 4);
is send_from('127.0.0.2', $port), 'taken', 'the rule of now counts';
rule('relay', "# nobody\n", 6);
is send_from('127.0.0.2', $port), 554, 'without a rule nobody';
rule('relay', "popauth 15m\n", 8);
my $out = run('curl', '-sS', '--ssl-reqd', '--cacert', $i->ca, '--interface', '127.0.0.2', 'smtp://localhost:' . $i->port('smtp'), '--mail-from',
    'me@example.org', '--mail-rcpt', 'x@far.example', '-T', $mail);
unlike $out->{err}, qr/RCPT failed/, 'the instance itself lets it go on, too';
SKIP: {
	skip 'one user id a role needs root', 3 unless as_root;
	is sprintf('%o %d', (stat "$root/run/relay")[2] & 07777, (stat _)[4]), '700 0', 'the folder is root\'s alone';
	my ($uid) = slurp("$root/etc/instance") =~ /^role_mail=(\d+)/m;
	my $try = run('perl', '-e', '$> = $< = shift; open my $f, ">>", shift and exit 0; exit 9', $uid, "$root/run/relay/opened");
	is $try->{code}, 9, 'a mailbox owner cannot write there';
	my $c = client($i->port('pop3s'));
	$c->tls;
	$c->line;
	$c->send("USER alice\@example.test\r\nPASS $pw\r\n");
	$c->line, $c->line;
	my @held = grep { m{/run/relay} } map { readlink($_) // () } map { glob "/proc/$_/fd/*" } $i->family;
	is "@held", '', 'and holds nothing of it open';
}
kill 'TERM', $pid;
waitpid $pid, 0;
done_testing;
