#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# smtpd -f: QMAILQUEUE programs in the queue's place, by exit code and text,
# and a chain of them that ends in enqueue.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Smtp;
use Test::More;

my $q = queue;
my $dir = scratch;
chmod 0755, $dir;
chmod 0777, $dir if as_root;
my $policy = top . "/t/lib/policy $dir/asked";
spew("$dir/filter", <<"END");
#!/usr/bin/perl
# filter NEXT...: what the message says decides
use strict;
my \$text = '';
1 while sysread STDIN, \$text, 65536, length \$text;
my (\$code) = \$text =~ /^Exit: (\\d+)/m;
kill 'KILL', \$\$ if \$text =~ /^Die:/m;
exit 0 if \$text =~ /^Taken:/m;
if (\$text =~ /^Say: (.*)/m) { open my \$f, '>&=', 6 or exit 120; syswrite \$f, "\$1\\n"; exit 82 }
exit \$code if \$code;
my (\$r, \$w);
pipe \$r, \$w;
if (!(my \$pid = fork)) { close \$r; syswrite \$w, "X-Filter: was here\\n\$text"; exit 0 }
close \$w;
open STDIN, '<&', \$r;
exec \@ARGV;
exit 120;
END
chmod 0755, "$dir/filter";
my $ok = 'RCPT TO:<alice@example.test>';
sub server { return smtp({}, '-q', $q, '-p', $policy, '-s', 1000000, '-f', @_) }

# the reply to a message with this header field
sub sent {
	my ($c, $field, $body) = @_;
	replies($c, 'MAIL FROM:<a@b.test>', $ok, 'RCPT TO:<bob@example.test>', 'DATA');
	$c->send("$field\r\n\r\n" . ($body // "x\r\n") . ".\r\n");
	return reply($c) // 'end';
}
my $large = join '', map { 'y' x 70 . "\r\n" } 1 .. 10000;
my $port = server("$dir/filter enqueue");
my $c = greeted($port);
like(sent($c, 'A: b'), qr/^250 2\.0\.0 ok, queued as /, 'a filter and enqueue');
my @m = queued($q);
is(scalar @m, 1, 'one message');
is($m[0]{from}, 'a@b.test', 'sender');
is_deeply($m[0]{to}, ['alice@example.test', 'bob@example.test'], 'recipients');
like($m[0]{text}, qr/^Received: \(enqueue [^\n]*\n[^\n]*\nX-Filter: was here\nReceived: from client\.test .*\nA: b\n\nx\n\z/s,
    'through both');
unlink glob "$q/incoming/*";
my %code = (11 => qr/^554 5\.3\.0 /, 31 => qr/^554 5\.7\.1 message refused$/, 40 => qr/^554 5\.3\.0 /, 10 => qr/^451 4\.3\.0 /,
    41 => qr/^451 4\.3\.0 /, 71 => qr/^451 4\.3\.0 /, 91 => qr/^451 4\.3\.0 /, 81 => qr/^451 4\.3\.0 /, 1 => qr/^451 4\.3\.0 /,
    82 => qr/^451 4\.3\.0 /);
like(sent($c, "Exit: $_"), $code{$_}, "exit code $_") for sort keys %code;
is(sent($c, 'Say: Dthis is spam'), '554 5.3.0 this is spam', 'text for good');
is(sent($c, 'Say: Znot now'), '451 4.3.0 not now', 'text for now');
like(sent($c, 'Say: Kwhat'), qr/^451 4\.3\.0 cannot/, 'text that is neither');
is(length sent($c, 'Say: D' . 'y' x 900), 472, 'long text is cut');
$c = greeted($port);
like(sent($c, 'Die: now'), qr/^451/, 'one that dies');
like(sent($c, 'Taken: yes'), qr/^250/, 'exit code 0');
like(sent($c, 'A: b', $large), qr/^250/, 'a large message');
@m = queued($q);
is(scalar(() = $m[0]{text} =~ /^y{70}$/mg), 10000, 'all of it');
unlink glob "$q/incoming/*";
like(sent($c, 'A: b', "x\ny\r\n"), qr/^550 5\.6\.11 /, 'what smtpd refuses');
$c->send("MAIL FROM:<a\@b.test>\r\n$ok\r\n");
reply($c) for 1, 2;
$c->send("BDAT 6\r\nA: b\r\nRSET\r\n");
is(join(' ', map { substr reply($c), 0, 3 } 1, 2), '250 250', 'or the client forgets');
replies($c, 'MAIL FROM:<a@b.test>', $ok, 'DATA');
$c->send("A: b\r\n");
goes_away($c);
sleep 1; # for a filter that does not know it yet
is(scalar(() = glob "$q/incoming/*"), 0, 'is not queued');
ok(logged(qr/event=filter-refused exit=31 reply="554 5\.7\.1 message refused"/), 'the log tells of refusals');

like(sent(greeted(server("/bin/sh -c 'exit 0'")), 'A: b', $large), qr/^250/, 'one that reads nothing');
like(sent(greeted(server("/bin/sh -c 'exit 31'")), 'A: b', $large), qr/^554/, 'and refuses');
like(sent(greeted(server("$dir/none")), 'A: b'), qr/^451/, 'one that is not there');
is(run('smtpd', '-H', 'x.test', '-q', $q, '-f', $_)->{code}, 100, "-f '$_'") for '', "'x";
is(scalar queued($q), 0, 'nothing was queued');
done_testing;
