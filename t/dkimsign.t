#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# dkimsign: what it signs verifies with dkimpy and Mail::DKIM and the records
# of certtool, whatever the message looks like, and what it does not sign it
# passes on as it is, with a reason; and an instance that signs.
use strict;
use warnings;
use lib 't/lib';
use MIME::QuotedPrint;
use Net::DNS ();
use Postern;
use Postern::Dkim ();
use Postern::Instance;
use Smtp;
use Test::More;

my $dir = scratch;
chmod 0755, $dir;

my $dns = ''; # the records of the keys
sub dkimpy { return Postern::Dkim::dkimpy($_[0], $dns) }

# Mail::DKIM's verdicts: it knows RSA
sub maildkim {
	my ($text) = @_;
	require Mail::DKIM::Verifier;
	no warnings qw(redefine once);
	local *Mail::DKIM::DNS::query = sub {
		my ($name) = @_;
		return map { Net::DNS::RR->new(s/\n/ /gr) } grep { /^\Q$name\E\. / }
		    split /(?<=\))\n/, slurp("$dir/dns") =~ s/^;.*\n//gmr;
	};
	my $v = Mail::DKIM::Verifier->new;
	$v->PRINT($text =~ s/\r?\n/\r\n/gr);
	$v->CLOSE;
	return join ' ', map { $_->result } grep { $_->algorithm =~ /^rsa/ } $v->signatures;
}

# ------------------------------------------------------------------- the keys
my $keys = "$dir/keys";
mkdir $keys;
sub key {
	my ($domain, $selector, $type) = @_;
	mkdir "$keys/$domain";
	my $r = run('certtool', 'dkim', '--domain', $domain, '--selector', $selector,
	    '--type', $type, '--key', "$keys/$domain/$selector.pem");
	$dns .= $r->{out};
	spew("$dir/dns", $dns);
}
key('example.test', 'a-rsa', 'rsa2048');
key('example.test', 'b-ed', 'ed25519');
my %auth = (SMTPAUTHUSER => 'alice@example.test');

# signs a message; the result of run
sub signed {
	my ($text, @option) = @_;
	my %env = ref $option[0] ? %{ shift @option } : %auth;
	return run({ in => $text, env => \%env }, 'dkimsign', @option, $keys, 'cat');
}

my $head = "From: Alice <alice\@example.test>\nTo: bob\@example.org,\n\tcarol\@example.org\n"
    . "Subject:  two  words \t here \nDate: Tue, 24 Nov 2026 10:00:00 +0000\nMessage-ID: <1\@example.test>\n";
my $r = signed("$head\nHello\n");
is $r->{code}, 0, 'signs' or diag $r->{err};
like $r->{out}, qr/^DKIM-Signature: .*\n(?:\t.*\n)+DKIM-Signature: .*\n(?:\t.*\n)+\Q$head\E\nHello\n\z/,
    'two fields, and the message as it was';
unlike $r->{out}, qr/^.{79}/m, 'no line is long';
is dkimpy($r->{out}), 'pass pass', 'dkimpy: both';
is maildkim($r->{out}), 'pass', 'Mail::DKIM: RSA';
my $tags = $r->{out} =~ s/\n\s+/ /gr;
like $tags, qr/ t=\d+;/, 't=';
unlike $tags, qr/^DKIM-Signature:.* (?:l|x)=/m, 'no l=, and no x=';
like $r->{err}, qr/event=signed domain=example\.test selector=a-rsa user=alice\@example\.test\n/, 'the log';
my ($t, $x) = signed("$head\nx\n", '-x', 7)->{out} =~ / t=(\d+);\s+x=(\d+);/;
is $x - $t, 7 * 86400, '-x';

# any change is seen
for my $c (['the text', sub { s/Hello/Hallo/ }], ['From', sub { s/^From: Alice/From: Mallory/m }],
    ['a second From', sub { $_ = "From: mallory\@example.net\n$_" }],
    ['another Subject behind it', sub { s/^Date:/Subject: buy\nDate:/m }],
    ['a Reply-To', sub { $_ = "Reply-To: mallory\@example.net\n$_" }],
    ['a Content-Type', sub { $_ = "Content-Type: text/html\n$_" }],
    ['more text', sub { $_ .= "more\n" }]) {
	local $_ = $r->{out};
	$c->[1]->();
	isnt $_, $r->{out}, "changed: $c->[0]";
	is dkimpy($_), 'fail fail', 'breaks both';
}

# --------------------------------------------------------- what mail looks like
my %odd = (
    'no body' => $head, 'an empty body' => "$head\n", 'empty lines alone' => "$head\n\n\n\n",
    'space alone' => "$head\n \n\t\n", 'empty lines behind' => "$head\nx\n\n \n\n",
    'empty lines in front' => "$head\n\n\nx\n", 'no last line end' => "$head\nx",
    'many empty lines' => "$head\nx" . "\n" x 5000 . "y\n",
    'space' => "$head\n  a   b\t\tc  \n\td \n", 'long lines' => "$head\n" . 'x y ' x 50000 . "\n",
    'long words' => "$head\n" . 'x' x 200000 . "\n", '8bit' => "$head\ngr\xfc\xdfe \xff\n",
    'dots' => "$head\n.\n..\n.x\n", 'a name with space' => $head =~ s/^Subject:/SUBJECT \t:/mr . "\nx\n",
    'an empty field' => "Cc:\n${head}\nx\n", 'a field of space' => "Cc: \n  \n \t\n${head}\nx\n",
    'a long field' => $head =~ s/^To: /'To: ' . "someone\@example.org,\n " x 5000/mer . "\nx\n",
    'many fields' => join('', map { "Received: $_\n" } 1 .. 500) . "${head}\nx\n",
    'repeated fields' => "To: x\@example.org\nSubject: a\nSubject: b\n$head\nx\n",
    'a list' => "List-Id: <a.example.test>\nList-Unsubscribe: <https://example.test/>\n$head\nx\n",
    'a group' => $head =~ s/^From: .*/From: "A, B" (comment \@x.test) <alice\@EXAMPLE.test>/mr . "\nx\n",
    '300 KB' => "$head\n" . "0123456789 abcdef\n" x 20000);
for my $name (sort keys %odd) {
	my $out = signed($odd{$name})->{out};
	# which does not know the space that RFC 5322 has for old times' sake
	is dkimpy($out), 'pass pass', "dkimpy: $name" unless $name eq 'a name with space';
	is maildkim($out), 'pass', "Mail::DKIM: $name" unless $name eq 'no body';
	is substr($out, -length $odd{$name}), $odd{$name}, 'as it was';
}
$r = signed("$head\nx  \r\ny\r\n" =~ s/\r?\n/\r\n/gr);
is dkimpy($r->{out}), 'pass pass', 'CR LF';
unlike $r->{out}, qr/\r/, 'becomes LF';
$r = signed("$head\na\rb\r");
is dkimpy($r->{out}), 'pass pass', 'a CR alone';
like $r->{out}, qr/\na\nb\n\z/, 'is a line end, as smtpsend has it';

# what is encoded before it is signed
my $eight = "${head}MIME-Version: 1.0\nContent-Type: text/plain; charset=latin1\n\ngr\xfc\xdfe \n" . 'x' x 1000 . "\n";
$r = signed($eight, '-7');
is dkimpy($r->{out}), 'pass pass', '-7';
is maildkim($r->{out}), 'pass', 'Mail::DKIM too';
unlike $r->{out}, qr/[\x80-\xff]|^.{79}/m, 'all of it is short lines of ASCII';
is decode_qp($r->{out} =~ s/.*?\n\n//sr), $eight =~ s/.*?\n\n//sr, 'and says what it said';
is signed("$head\nx\n", '-7')->{out} =~ s/.*?(?=^From)//smr, "$head\nx\n", 'else it goes on as it was';
for my $text ("Subject: gr\xfc\xdfe\n$head\nx\n",
    "${head}Content-Type: multipart/signed; boundary=x\n\n--x\n\ngr\xfc\xdfe\n--x--\n") {
	$r = signed($text, '-7');
	is dkimpy($r->{out}), 'pass pass', 'what cannot be encoded is signed';
	is substr($r->{out}, -length $text), $text, 'as it is';
}
$r = signed($head . "\n" . "gr\xfc\xdfe\n" x 50000, '-7');
is dkimpy($r->{out}), 'pass pass', 'a large one';
is $r->{out} =~ s/.*?\n\n//sr, "gr=FC=DFe\n" x 50000, 'is whole';
is signed($eight, {}, '-7')->{out}, $eight, 'what is not signed stays as it is';

# RFC 8463, A.3: the same hash of the same body
$r = signed("$head\nHi.\n\nWe lost the game.  Are you hungry yet?\n\nJoe.\n\n");
like $r->{out} =~ s/\n\s+//gr, qr/bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;/, 'the body of RFC 8463';

# ------------------------------------------------------------ what is not signed
my $from = 'From: alice@example.test';
my %not = (
    'there is no From field' => "To: a\@b.test\n\nx\n", 'there is no From field ' => "\nx\n",
    'there is no From field  ' => '', 'there are several From fields' => "$from\n$from\n\nx\n",
    'From has addresses of several domains' => "$from, b\@example.org\n\nx\n",
    'From holds no proper address' => "From: alice\n\nx\n", 'From holds no proper address ' => "From:\n\nx\n",
    'From has a domain that is no host name' => "From: a\@[127.0.0.1]\n\nx\n",
    'From has a domain that is no host name ' => "From: a\@\xcc\x88b.test\n\nx\n",
    'the domain in From has no keys' => "From: a\@example.org\n\nx\n",
    'the header has a line that is no field' => "$from\nhello world\n\nx\n",
    'the header has a line that is no field ' => " $from\n\nx\n",
    'the header holds a NUL' => "$from\nA: \0\n\nx\n",
    'the header is too long' => "$from\nA: " . "x\n " x 150000 . "\n\nx\n",
    'the header has too many fields' => "$from\n" . "A: b\n" x 1000 . "\nx\n",
    'the signature would be too long' => "$from\n" . "Resent-Message-ID: b\n" x 900 . "\nx\n");
for my $why (sort keys %not) {
	my $reason = $why =~ s/ +$//r;
	$r = signed($not{$why});
	is $r->{code}, 0, "unsigned: $reason";
	is $r->{out}, $not{$why}, 'as it was';
	like $r->{err}, qr/event=unsigned reason="\Q$reason\E" user=alice/, 'says why';
	$r = run({ in => $not{$why}, env => \%auth }, 'sh', '-c', 'exec 6>&1; dkimsign -r "$@"', 'x', $keys, 'cat');
	is $r->{code}, 82, '-r';
	is $r->{out}, "Dthe message cannot be signed: $reason\n", 'refuses it, and says why';
}
$r = signed("$head\nx\n", {});
is $r->{out}, "$head\nx\n", 'a stranger is not signed for';
like $r->{err}, qr/reason="nobody has logged in"/, 'for that reason';
is dkimpy(signed("$head\nx\n", { RELAYCLIENT => '' })->{out}), 'pass pass', 'RELAYCLIENT';
is dkimpy(signed("$head\nx\n", {}, '-a')->{out}), 'pass pass', '-a';

# ------------------------------------------------------------ other keys
my $sub = $head =~ s/alice\@example/alice\@sub.sub.example/r;
is dkimpy(signed("$sub\nx\n")->{out}), 'pass pass', 'the keys of the domain above';
key('sub.sub.example.test', 's', 'ed25519');
$r = signed("$sub\nx\n");
like $r->{out} =~ s/\n\s+/ /gr, qr/d=sub\.sub\.example\.test; s=s;/, 'its own keys';
is dkimpy($r->{out}), 'pass', 'and no others';
key('xn--bcher-kva.test', 's', 'ed25519');
$r = signed("From: a\@B\xc3\xbccher.test\n\nx\n");
like $r->{out} =~ s/\n\s+/ /gr, qr/d=xn--bcher-kva\.test;/, 'a domain beyond ASCII';
is dkimpy($r->{out}), 'pass', 'signs as the DNS has it';
spew("$keys/$_", 'no key') for 'example.test/notes', 'example.test/.pem', 'example.test/a b.pem';
is dkimpy(signed("$head\nx\n")->{out}), 'pass pass', 'other files are passed over';
for my $type ('EC', 'RSA') {
	run('openssl', 'genpkey', '-algorithm', $type, '-pkeyopt',
	    $type eq 'EC' ? 'ec_paramgen_curve:P-256' : 'rsa_keygen_bits:768', '-out', "$keys/example.test/c.pem");
	is signed("$head\nx\n")->{code}, 81, "a key of another kind: $type";
}
spew("$keys/example.test/c.pem", 'no key');
$r = signed("$head\nx\n");
is $r->{code}, 81, 'a file that holds none is a failure for now';
is $r->{out}, '', 'and nothing goes on';
like $r->{err}, qr/c\.pem: it holds no private key/, 'it says which';
unlink "$keys/example.test/c.pem";
SKIP: {
	skip 'root can read everything', 2 if as_root;
	chmod 0, "$keys/example.test/a-rsa.pem";
	is signed("$head\nx\n")->{code}, 81, 'an unreadable key';
	chmod 0600, "$keys/example.test/a-rsa.pem";
	chmod 0, "$keys/example.test";
	is signed("$head\nx\n")->{code}, 81, 'an unreadable folder';
	chmod 0755, "$keys/example.test";
}
is run({ in => "$head\nx\n", env => \%auth }, 'dkimsign', "$dir/none", 'cat')->{code}, 81, 'no keys at all';
is run('dkimsign', $keys)->{code}, 100, 'no program';
is run({ in => $head }, 'dkimsign', $keys, "$dir/none")->{code}, 100, 'one that is not there';

# ---------------------------------------------------- behind smtpd, and onwards
my $q = queue;
my $policy = top . "/t/lib/policy $dir/asked";
chmod 0755, $keys;
my @as = as_root ? ('-F', '0:0') : ();
my $c = greeted(smtp({}, '-q', $q, '-p', $policy, @as, '-f', "dkimsign -a $keys enqueue"));
my $orcpt = 'rfc822;b+2Bc@example.org';
is replies($c, 'MAIL FROM:<alice@example.test> BODY=8BITMIME RET=HDRS ENVID=a+3Db SMTPUTF8',
    'RCPT TO:<alice@example.test>', "RCPT TO:<bob\@example.test> NOTIFY=SUCCESS,DELAY ORCPT=$orcpt",
    'RCPT TO:<carol@example.test> NOTIFY=NEVER', 'DATA'), '250 250 250 250 354', 'smtpd and a filter';
$c->send("$head\ngr\xfc\xdfe\n.\n" =~ s/\n/\r\n/gr);
like reply($c), qr/^250 /, 'takes it';
my ($file) = glob "$q/incoming/*";
my ($envelope, $text) = split /\n\n/, slurp($file), 2;
is dkimpy($text), 'pass pass', 'signed';
is $envelope =~ s/^(?:postern-queue|connid|time) .*\n//gmr, <<'END' =~ s/\n$//r, 'the envelope is whole';
from alice@example.test
body 8bitmime
smtputf8 yes
ret hdrs
envid a=b
to alice@example.test
to bob@example.test
notify success,delay
orcpt rfc822;b+c@example.org
to carol@example.test
notify never
END
unlink $file;
my $long = 'y' x 440;
is replies($c, 'MAIL FROM:<alice@example.test>', map { "RCPT TO:<u$_\@example.test> NOTIFY=NEVER ORCPT=rfc822;$_$long\@x.test" }
    1 .. 400) =~ s/ 250//gr =~ s/( 452)+$/ some/r, '250 some', 'notes have a bound';

for my $notes ("body 9bit\n", "body 7bit", "notify never\n", "to a\@b\nret full\n", "to a\@b\nnotify never,delay\n", "x y\n",
    "to a\@b\norcpt rfc822\n", "envid a b\n", "to a\@b\nnotify success,\n", "\n", "body \n", "ret full\n\nret full\n") {
	$r = run({ in => $notes, env => { QUEUENOTES => $notes } }, 'sh', '-c',
	    'printf "Fa@b.test\0Ta@b\0\0" > "$1/e"; exec enqueue -q "$2" 1< "$1/e"', 'x', $dir, $q);
	is $r->{code}, 91, "QUEUENOTES: $notes";
}
is scalar(() = glob "$q/incoming/*"), 0, 'nothing was queued';

# ------------------------------------------------------------------ an instance
my $i = Postern::Instance->new('alice@example.test', 'bob@example.test');
for my $type ('ed25519', 'rsa2048') {
	$r = run('certtool', 'dkim', '--dir', $i->{dir}, '--selector', $type, '--type', $type);
	is $r->{code}, 0, "certtool dkim: $type" or diag $r->{err};
	$dns .= $r->{out};
}
spew("$dir/dns", $dns);
$i->up;
for my $service ('submission', 'submissions') {
	$r = run('swaks', '--server', '127.0.0.1', '--port', $i->port($service),
	    $service eq 'submission' ? '-tls' : '-tlsc', '--auth', 'PLAIN', '--auth-user', 'alice@example.test',
	    '--auth-password', $Postern::Instance::PASSWORD, '--from', 'alice@example.test', '--to', 'bob@example.test',
	    '--h-Subject', $service, '--body', "Hello  \n\n.\n");
	is $r->{code}, 0, "$service of an instance" or diag $r->{out};
}
wait_for(sub { 2 <= (() = $i->mails('bob@example.test')) });
my @mail = map { slurp($_) } $i->mails('bob@example.test');
is @mail, 2, 'delivered';
is dkimpy($_), 'pass pass', 'and signed' for @mail;
SKIP: {
	skip 'one user id a role needs root', 1 unless as_root;
	my %id = slurp("$i->{dir}/etc/instance") =~ /^role_(\w+)=(\d+):/mg;
	my @owner = map { (stat)[4] } glob "$i->{dir}/etc/dkim/example.test/*.pem";
	is "@owner", "$id{dkim} $id{dkim}", 'the keys are for the role dkim alone';
}
$i->down;
done_testing;
