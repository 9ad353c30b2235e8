#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# smtpd: policies as commands and on sockets, at each state, in order; and two
# of other people, postgrey and policyd-spf.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::INET ();
use IO::Socket::UNIX ();
use IPC::Open2;
use Postern;
use Smtp;
use Socket qw(inet_aton);
use Test::More;

my $q = queue;
my $dir = scratch;
chmod 0755, $dir;
my $from = 'MAIL FROM:<a@b.test>';
my $ok = 'RCPT TO:<alice@example.test>';

# answer NAME [STATE=ACTION...]: a policy that notes each request, by its NAME
spew("$dir/answer", <<"END");
#!/usr/bin/perl
use strict;
\$| = 1;
my \$name = shift;
my %action = map { split /=/, \$_, 2 } \@ARGV;
my %r;
while (<STDIN>) {
	chomp;
	if (/^([^=]+)=(.*)/) { \$r{\$1} = \$2; next }
	open my \$log, '>>', "$dir/asked" or die;
	print \$log "\$name \$\$ ", join('|', map { "\$_=\$r{\$_}" } sort keys %r), "\\n";
	close \$log;
	my \$a = \$action{\$r{protocol_state}} // 'DUNNO';
	exit if \$a eq 'die' || (\$a eq 'once' && !-e "$dir/once" && open my \$f, '>', "$dir/once");
	print "action=", \$a eq 'once' ? 'OK' : \$a, "\\n\\n";
	%r = ();
}
END
chmod 0755, "$dir/answer";
my $all = 'at=connect,mail,rcpt,data,end';

# what has been asked: NAME STATE, with these attributes; and forgets it
sub asked {
	my (@attribute) = @_;
	my @line = split /\n/, -e "$dir/asked" ? slurp("$dir/asked") : '';
	unlink "$dir/asked";
	return join ' ', map {
		my ($name, $pid, $rest) = split ' ', $_, 3;
		my %r = map { split /=/, $_, 2 } split /\|/, $rest;
		join ':', $name, $r{protocol_state}, @r{@attribute};
	} @line;
}
# the codes of a session up to a message, of one or two recipients
sub session {
	my ($port, @more) = @_;
	my $c = client($port);
	my $r = substr reply($c), 0, 3;
	return $r if $r ne '220';
	$r .= ' ' . replies($c, 'EHLO c.test', $from, $ok, @more, 'DATA');
	return $r if $r !~ /354$/;
	$c->send("Subject: x\r\n\r\nx\r\n.\r\n");
	return $r . ' ' . (reply($c) =~ /^(\d+)/)[0];
}
sub server { return smtp({}, '-q', $q, map { ('-p', $_) } @_) }
sub mails { my @m = queued($q); unlink glob "$q/incoming/*"; return @m }

# -------------------------------------------------------------------- states
my $port = server("$all $dir/answer one", "$all '$dir/answer' two RCPT=OK");
is(session($port), '220 250 250 250 354 250', 'a session');
is(asked('sender', 'recipient', 'recipient_count', 'helo_name', 'size'), join(' ', map { ("one:$_", "two:$_") }
    'CONNECT:::0::0', 'MAIL:a@b.test::0:c.test:0', 'RCPT:a@b.test:alice@example.test:0:c.test:0',
    'DATA:a@b.test:alice@example.test:1:c.test:0', 'END-OF-MESSAGE:a@b.test:alice@example.test:1:c.test:17'),
    'each is asked at each state, in order, and told what is known');
session($port, 'RCPT TO:<bob@example.test>');
like(asked('recipient', 'recipient_count'), qr/one:DATA::2 .*two:END-OF-MESSAGE::2$/,
    'of two recipients none is told');
is(scalar(mails), 2, 'both are queued');
my $c = greeted($port);
replies($c, $from, $ok);
asked();
$c->send("BDAT 1\r\nxBDAT 1 LAST\r\ny");
reply($c) for 1, 2;
is(asked(), 'one:DATA two:DATA one:END-OF-MESSAGE two:END-OF-MESSAGE', 'BDAT: once a message');
mails;
is(session(server("$dir/answer one RCPT=OK")), '220 250 250 250 354 250', 'without at=');
is(asked(), 'one:RCPT', 'at RCPT only');
mails;
session(server("$all $dir/answer one RCPT=OK END-OF-MESSAGE=OK", "$all $dir/answer two"));
is(asked(), 'one:CONNECT two:CONNECT one:MAIL two:MAIL one:RCPT one:DATA two:DATA one:END-OF-MESSAGE',
    'OK ends the list, at that state');
mails;

# ------------------------------------------------------------------- actions
my %at = (CONNECT => '554', MAIL => '220 250 554 503 503', RCPT => '220 250 250 554 554',
    DATA => '220 250 250 250 554', 'END-OF-MESSAGE' => '220 250 250 250 354 554');
my $yes = "$dir/answer yes RCPT=OK";
is(session(server("$all $dir/answer no '$_=REJECT no'", $yes)), $at{$_}, "REJECT at $_") for sort keys %at;
like(session(server("$all $dir/answer no '$_=421 4.7.0 go'", $yes)), qr/421(?: end)*$/, "421 at $_") for sort keys %at;
is(session(server("$all $dir/answer no '$_=FILTER x'", $yes)) =~ /451/ ? 1 : 0, 1, "an unknown action at $_")
    for sort keys %at;
is(session(server("$all $dir/answer no $_=die", $yes)) =~ /451/ ? 1 : 0, 1, "death at $_") for sort keys %at;
is(scalar(mails), 0, 'nothing was queued');
SKIP: {
	skip 'root has shut itself in', 2 if as_root;
	is(session(server("$dir/answer one RCPT=once")), '220 250 250 250 354 250', 'one that died once is asked again');
	is(scalar(mails), 1, 'and answered');
}
$c = greeted(server("$all $dir/answer no 'DATA=450 4.7.1 not now'", $yes));
replies($c, $from, $ok);
$c->send("BDAT 6 LAST\r\nNOOP\r\nQUIT\r\n");
like($c->rest, qr/\A450 4\.7\.1 not now\r\n221 .*\r\n\z/, 'a refusal at DATA, to BDAT: the chunk is read');
asked();
is(session(server("$dir/answer grey 'RCPT=DEFER_IF_PERMIT later'", "$dir/answer no 'RCPT=550 5.1.1 none'")),
    '220 250 250 550 554', 'DEFER_IF_PERMIT: a refusal behind it counts');
is(asked(), 'grey:RCPT no:RCPT', 'so the next is asked');
is(session(server("$dir/answer grey 'RCPT=DEFER_IF_PERMIT later'", $yes)), '220 250 250 450 554', 'else it does');
is(session(server("$dir/answer soft 'RCPT=DEFER_IF_REJECT 4.7.1 not sure'", "$dir/answer no 'RCPT=$_->[0]'")), "220 250 250 $_->[1] 554",
    "DEFER_IF_REJECT, then $_->[0]") for ['REJECT no', 450], ['550 5.1.1 none', 450], ['451 4.3.0 later', 451];
is(session(server("$dir/answer soft 'RCPT=DEFER_IF_REJECT not sure'", $yes)), '220 250 250 250 354 250', 'then OK');
mails;
for my $at ('MAIL', 'RCPT', 'DATA') {
	is(session(server("$all $dir/answer x '$at=BCC spy\@example.test'", $yes), 'RCPT TO:<bob@example.test>'), '220 250 250 250 250 354 250',
	    "BCC at $at");
	my ($m) = mails;
	my @spy = grep { $_ eq 'spy@example.test' } @{ $m->{to} };
	is_deeply([@{ $m->{to} }[0, 1], scalar @spy], ['alice@example.test', 'bob@example.test', 1], 'one recipient more, once');
	is(session(server("$all $dir/answer x '$at=REDIRECT jail\@example.test'", $yes), 'RCPT TO:<bob@example.test>'),
	    '220 250 250 250 250 354 250', "REDIRECT at $at");
	is_deeply((mails)[0]{to}, ['jail@example.test'], 'one recipient for all');
	is(session(server("$all $dir/answer x '$at=HOLD suspicious'", $yes)), '220 250 250 250 354 250', "HOLD at $at");
	like(slurp(glob "$q/incoming/*"), qr/^hold yes$/m, 'the envelope says so');
	mails;
}
is(session(server("$all $dir/answer x 'DATA=$_'", $yes)), '220 250 250 250 451', "$_: no such address") for 'BCC', 'REDIRECT x y@example.test';
is(session(server("$all $dir/answer x 'END-OF-MESSAGE=$_'", $yes)), '220 250 250 250 354 451', "$_ at the end: too late")
    for 'HOLD', 'BCC a@example.test', 'REDIRECT a@example.test';
is(session(server("$all $dir/answer x '$_=DISCARD'", $yes)), '220 250 250 250 354 250', "DISCARD at $_")
    for 'MAIL', 'RCPT', 'DATA', 'END-OF-MESSAGE';
is(scalar(mails), 0, 'was thrown away');
session(server("$all $dir/answer x 'MAIL=PREPEND X-A: mail' 'RCPT=PREPEND X-B: rcpt' 'DATA=PREPEND X-C: data' "
    . "'END-OF-MESSAGE=PREPEND X-D: end' 'CONNECT=WARN of this'", $yes), 'RCPT TO:<bob@example.test>');
like((mails)[0]{text}, qr/\+0000\nX-A: mail\nX-B: rcpt\nX-C: data\nSubject/, 'PREPEND up to DATA, once each');
ok(logged(qr/event=policy-warning text="of this"/), 'WARN goes into the log');
ok(logged(qr/event=policy-refused state=END-OF-MESSAGE .*reply="554 5\.7\.1 no" why="REJECT no"/),
    'and so does what was refused');
unlink "$dir/asked";

# ------------------------------------------------------------------- sockets
my $tcp = free_port;
serve('tcpserver', '-HRl0', '127.0.0.1', $tcp, "$dir/answer", 'tcp');
serve('socat', "UNIX-LISTEN:$dir/sock,fork", "EXEC:$dir/answer unix RCPT=OK");
wait_port($tcp);
wait_for(sub { IO::Socket::UNIX->new(Peer => "$dir/sock") }) or die 'no socket';
is(session(server("inet:127.0.0.1:$tcp", "$all unix:$dir/sock")), '220 250 250 250 354 250', 'TCP and Unix sockets');
is(asked(), 'unix:CONNECT unix:MAIL tcp:RCPT unix:RCPT unix:DATA unix:END-OF-MESSAGE', 'asked as commands are');
is(scalar(mails), 1, 'queued');
is(session(server("unix:$dir/none", $yes)), '220 250 250 451 554', 'no such socket is no yes');
is(session(server('inet:127.0.0.1:' . free_port, $yes)), '220 250 250 451 554', 'nor is a closed port');

for my $bad ('', 'at=rcpt', 'at=rcpt,now x', 'at= x', "'x", 'unix:', 'unix:/x y', 'inet:localhost:25', 'inet:127.0.0.1',
	'inet:127.0.0.1:0', 'inet:127.0.0.1:65536', 'unix:/' . 'x' x 200, join ' ', 1 .. 33) {
	is(run('smtpd', '-H', 'x.test', '-q', $q, '-p', $bad)->{code}, 100, "-p '" . substr($bad, 0, 20) . "' is none");
}

# ------------------------------------------------------- of other people
SKIP: {
	skip 'no postgrey', 3 unless -x '/usr/sbin/postgrey';
	my $p = free_port;
	my $user = as_root ? 'postgrey' : getpwuid $>;
	mkdir "$dir/grey";
	chown((getpwnam $user)[2, 3], "$dir/grey") if as_root;
	serve('/usr/sbin/postgrey', "--inet=127.0.0.1:$p", "--dbdir=$dir/grey", '--delay=1', "--user=$user",
	    '--group=' . getgrgid((getpwnam $user)[3]));
	wait_port($p) or skip 'postgrey does not start here', 3;
	my $s = server("inet:127.0.0.1:$p", "$dir/answer yes RCPT=OK");
	is(session($s), '220 250 250 450 554', 'postgrey: later');
	select undef, undef, undef, 2.2;
	is(session($s), '220 250 250 250 354 250', 'postgrey: now');
	like((mails)[0]{text}, qr/\nX-Greylist: delayed /, 'with its field');
}
SKIP: {
	skip 'no policyd-spf', 6 unless -x '/usr/bin/policyd-spf';
	spew("$dir/spf.conf", "debugLevel = 0\nTestOnly = 1\nHELO_reject = Fail\nMail_From_reject = Fail\n"
	    . "PermError_reject = False\nTempError_Defer = False\nskip_addresses = 192.0.2.0/24\n");
	# who is asked about is on the list of those that are not looked up: no DNS
	my $r = run({ env => { PROTO => 'TCP', TCPREMOTEIP => '192.0.2.7' },
	    in => "EHLO c.test\r\n$from\r\n$ok\r\nDATA\r\nx\r\n.\r\nQUIT\r\n" },
	    'smtpd', '-H', 'mx.test', '-q', $q, '-p', "/usr/bin/policyd-spf $dir/spf.conf", '-p', $yes);
	like($r->{out}, qr/^354 .*\n250 /m, 'policyd-spf takes the place of a policy');
	like((mails)[0]{text}, qr/\nX-Comment: SPF (?:not applicable|check N\/A)|\nX-Comment: SPF skipped/i, 'its field is put in');
	my $listen = join '.', 127, 64 + ($$ >> 16), $$ >> 8 & 255, $$ & 255; # ours alone
	skip 'a DNS server on port 53, for the real thing, cannot be had', 4 unless as_root && run('unshare', '-m', 'true')->{code} == 0
	    && IO::Socket::INET->new(Proto => 'udp', LocalAddr => $listen, LocalPort => 53);
	spew("$dir/zone", "b.test TXT v=spf1 ip4:192.0.2.7 -all\n");
	my $pid = open2(my $said, my $in, top . '/t/lib/dnsd', "$dir/zone");
	chomp(my $dns = <$said>);
	serve('socat', "UDP4-LISTEN:53,bind=$listen,fork", "UDP4:127.0.0.1:$dns");
	my $hex = sprintf '%08X:0035 ', unpack 'V', inet_aton($listen);
	wait_for(sub { slurp('/proc/net/udp') =~ $hex }) or die 'no DNS server';
	spew("$dir/resolv.conf", "nameserver $listen\noptions timeout:10 attempts:2\n");
	spew("$dir/spf.conf", "debugLevel = 0\nTestOnly = 1\nHELO_reject = False\nMail_From_reject = Fail\n");
	my $spf = sub {
		my ($ip) = @_;
		return run({ env => { PROTO => 'TCP', TCPREMOTEIP => $ip }, in => "EHLO c.test\r\n$from\r\n$ok\r\nDATA\r\nx\r\n.\r\nQUIT\r\n" },
		    'unshare', '-m', '--propagation', 'private', 'sh', '-c', 'mount --bind "$0" /etc/resolv.conf && exec "$@"', "$dir/resolv.conf",
		    'smtpd', '-H', 'mx.test', '-q', $q, '-p', "/usr/bin/policyd-spf $dir/spf.conf", '-p', $yes);
	};
	$r = $spf->('192.0.2.7');
	like($r->{out}, qr/^354 .*\n250 /m, 'SPF: who may send for the domain') or diag $r->{out}, $r->{err};
	like((mails)[0]{text}, qr/\nReceived-SPF: Pass /, 'and the message says so');
	$r = $spf->('192.0.2.8');
	like($r->{out}, qr/^550 5\.7\.23 .*SPF/m, 'SPF: who may not');
	is(scalar(mails), 0, 'nothing is queued');
	close $in;
	waitpid $pid, 0;
}
done_testing;
