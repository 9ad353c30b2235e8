#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# mtasts: policies from HTTPS and from the cache, in time and out of it, and all
# that can be wrong with them.
use strict;
use warnings;
use IPC::Open2;
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Https;

my $dir = scratch;
my @good = map { "$_.example" } qw(enforce testing none moved big html long gone
    keep new slow bad change short);
my $r = run('certtool', 'selfsigned', '-o', "$dir/https.pem", '-c', "$dir/ca.pem",
    map { "mta-sts.$_" } @good);
is $r->{code}, 0, 'a certificate for the policy hosts' or diag $r->{err};
my $https = Postern::Https->new("$dir/https.pem");
mkdir "$dir/cache";

my $zone = spew("$dir/zone", map { "_mta-sts.$_ TXT v=STSv1; id=1;\n"
    . "mta-sts.$_ A 127.0.0.1\n" } @good, 'wrong.example', 'down.example');
spew($zone, slurp($zone), <<'EOT');
_mta-sts.two.example TXT v=STSv1; id=1;
_mta-sts.two.example TXT v=STSv1; id=2;
_mta-sts.other.example TXT v=spf1 -all
_mta-sts.noid.example TXT v=STSv1; what=1;
_mta-sts.nohost.example TXT v=STSv1; id=1;
_mta-sts.lame.example SERVFAIL
EOT
my ($dns, $dns_in, $dns_out, $port);
sub dns {
	if ($dns) {
		close $dns_in;
		waitpid $dns, 0;
	}
	$dns = open2($dns_out, $dns_in, 't/lib/dnsd', $zone);
	$port = <$dns_out> + 0;
}
dns();
END { local $?; if ($dns) { close $dns_in; waitpid $dns, 0 } $https->end if $https }

sub mtasts {
	my ($domain, @options) = @_;
	$r = run({ env => { DNSCACHEIP => "127.0.0.1:$port" } }, 'mtasts', '-d',
	    "$dir/cache", '-A', "$dir/ca.pem", '-p', $https->{port}, @options,
	    $domain);
	return $r->{out};
}
# as if SECONDS had passed since the policy of DOMAIN was fetched
sub later {
	my ($domain, $seconds) = @_;
	my $file = "$dir/cache/$domain";
	spew($file, slurp($file) =~ s/^(fetched|until|when) (\d+)/"$1 " . ($2 - $seconds)/mger);
}
sub policy { return "version: STSv1\r\nmode: $_[0]\r\n"
    . join('', map { "mx: $_\r\n" } @_[1 .. $#_]) . "max_age: 604800\r\n" }

# ---------------------------------------------------------------------- modes
$https->policy('enforce.example', policy('enforce', 'mx1.enforce.example', '*.Example.NET'));
like mtasts('enforce.example'), qr/\Amode enforce\nid 1\nuntil \d+\nmx mx1\.enforce\.example\nmx \*\.example\.net\nend\n\z/,
    'a policy that is enforced';
is $r->{code}, 0, 'is printed';
like $r->{err}, qr/event=fetched domain=enforce\.example id=1 mode=enforce/, 'and logged';
my ($until) = $r->{out} =~ /^until (\d+)/m;
cmp_ok abs($until - time - 604800), '<', 120, 'it holds for its time';
$https->policy('testing.example', policy('testing', 'mx.testing.example') =~ s/\r//gr);
like mtasts('TESTING.example.'), qr/\Amode testing\n.*^mx mx\.testing\.example\n/ms,
    'one for testing, with LF line ends';
$https->policy('none.example', policy('none'));
like mtasts('none.example'), qr/\Amode none\nid 1\n/, 'one that wants nothing';
is mtasts('nothing.example'), "mode none\nend\n", 'a domain without';
is mtasts('other.example'), "mode none\nend\n", 'a record about something else';
is mtasts('two.example'), "mode none\nend\n", 'two records are none';
is mtasts('noid.example'), "mode none\nend\n", 'nor is one without id';
is mtasts('lame.example'), "mode none\nend\n", 'nor one that cannot be looked up';
is $r->{code}, 0, 'which is no error';

# ------------------------------------------------------------------- the cache
is $https->asked('enforce.example'), 1, 'fetched once';
mtasts('enforce.example');
is $https->asked('enforce.example'), 1, 'then kept';
later('enforce.example', 2 * 86400);
like mtasts('enforce.example'), qr/^mode enforce/, 'days later';
is $https->asked('enforce.example'), 2, 'it is fetched anew, long before it ends';
spew($zone, slurp($zone) =~ s/^(_mta-sts\.change.*id)=1/$1=2/mr);
$https->policy('change.example', policy('testing', 'a.example'));
mtasts('change.example');
later('change.example', 60);
$https->policy('change.example', policy('enforce', 'b.example'));
like mtasts('change.example'), qr/^mode testing/, 'the same id: the same policy';
spew($zone, slurp($zone) =~ s/^(_mta-sts\.change.*id)=2/$1=3a/mr);
dns();
like mtasts('change.example'), qr/\Amode enforce\nid 3a\n.*^mx b\.example/ms,
    'another id: another policy';

$https->policy('keep.example', policy('enforce', 'mx.keep.example'));
mtasts('keep.example');
$https->answer('keep.example', "HTTP/1.1 404 Not here\r\nContent-Length: 0\r\n\r\n");
later('keep.example', 2 * 86400);
like mtasts('keep.example'), qr/\Amode enforce\n.*^failed sts-policy-fetch-error the policy host answers 404\n/ms,
    'a policy stays in force where it cannot be fetched anew';
my $asked = $https->asked('keep.example');
mtasts('keep.example');
is $https->asked('keep.example'), $asked, 'which is not tried again at once';
later('keep.example', 301);
mtasts('keep.example');
is $https->asked('keep.example'), $asked + 1, 'but some minutes later';
spew($zone, slurp($zone) =~ s/^_mta-sts\.keep.*\n//mr);
dns();
like mtasts('keep.example'), qr/^mode enforce/, 'or where its record is gone';
later('keep.example', 6 * 86400);
is mtasts('keep.example'), "mode none\nend\n", 'until it ends';

spew("$dir/cache/bad.example", 'rubbish');
$https->policy('bad.example', policy('testing', 'x.example'));
like mtasts('bad.example'), qr/^mode testing/, 'a damaged file is as good as none';
spew("$dir/cache/old.example", 'x');
utime 1, 1, "$dir/cache/old.example", "$dir/cache/.swept";
$https->policy('new.example', policy('testing', 'x.example'));
mtasts('new.example');
ok !-e "$dir/cache/old.example", 'what has ended is removed';
ok -e "$dir/cache/change.example", 'what has not stays';

# ------------------------------------------------------------- no policy at all
sub refused {
	my ($domain, $re, $what, @options) = @_;
	like mtasts($domain, @options), qr/\Amode none\nfailed $re.*\nend\n\z/, $what;
	is $r->{code}, 0, 'no error';
}
$https->answer('moved.example', "HTTP/1.1 301 There\r\nLocation: https://mta-sts.enforce.example/.well-known/mta-sts.txt\r\nContent-Length: 0\r\n\r\n");
refused('moved.example', 'sts-policy-fetch-error .*301', 'a redirection is not followed');
$https->answer('html.example', "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" . policy('enforce', 'a.example'));
refused('html.example', 'sts-policy-fetch-error .*text/plain', 'another type');
$https->policy('big.example', policy('enforce', 'a.example') . "x: y\n" x 20000);
refused('big.example', 'sts-policy-fetch-error', 'too large');
$https->answer('long.example', "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n" . policy('enforce', 'a.example') . "x: y\n" x 20000);
refused('long.example', 'sts-policy-fetch-error', 'too large, without saying so');
$https->policy('wrong.example', policy('enforce', 'a.example'));
refused('wrong.example', 'sts-webpki-invalid', 'a certificate for other names');
$https->answer('slow.example', 'SLEEP');
refused('slow.example', 'sts-policy-fetch-error', 'a host that says nothing', '-t', 1);
refused('nohost.example', 'sts-policy-fetch-error .*no address', 'no host');
$https->policy('short.example', "version: STSv1\nmode: enforce\nmax_age: 1\n");
refused('short.example', 'sts-policy-invalid it names no mx', 'a policy without hosts');
$r = run({ env => { DNSCACHEIP => "127.0.0.1:$port" } }, 'mtasts', '-d',
    "$dir/cache", '-p', $https->{port}, 'gone.example');
like $r->{out}, qr/^failed sts-webpki-invalid/m, 'an authority that nobody trusts';
$r = run({ env => { DNSCACHEIP => "127.0.0.1:$port" } }, 'mtasts', '-d',
    "$dir/cache", '-p', free_port, 'down.example');
like $r->{out}, qr/^failed sts-policy-fetch-error/m, 'nobody listens';
$r = run({ env => { DNSCACHEIP => "127.0.0.1:$port", PATH => "$dir:$ENV{POSTERN_BIN}" } },
    "$ENV{POSTERN_BIN}/mtasts", '-d', "$dir/cache", '-p', free_port, '-t', 1, 'slow.example');
is $r->{code}, 0, 'without curl';

# ----------------------------------------------------------- the command line
$r = run({ in => "enforce.example\n", env => { DNSCACHEIP => "127.0.0.1:$port" } },
    'mtasts', '-d', "$dir/cache");
like $r->{out}, qr/^mode enforce/, 'the domain on standard input';
is run({ in => $_ }, 'mtasts', '-d', "$dir/cache")->{code}, 100, "no domain: $_"
    for '', 'a..b', '../x', 'x' x 300 . "\n";
is run('mtasts', '-d', "$dir/cache", $_)->{code}, 100, "no domain: '$_'"
    for '', '/etc/passwd', '.x', 'a/b', ('x' x 60 . '.') x 4 . 'example';
is run('mtasts', '-d', "$dir/nowhere", 'a.example')->{code}, 100, 'no folder';
is run('mtasts', 'a', 'b')->{code}, 100, 'two domains';
done_testing;
