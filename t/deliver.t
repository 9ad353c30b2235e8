#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# deliver: success, sizes in the name, -a, refusals, a full disk.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Postern;

my $md = scratch . '/Maildir';
my $message = "Subject: x\n\nhello\r\n.dot\nno end";

sub files { my ($d) = @_; return my @f = glob "$md/$d/*" }

sub deliver {
	my ($in, @args) = @_;
	return run({ in => $in }, 'deliver', @args);
}

my $r = deliver($message, '-f', 'a@example.test', '-r', 'b@example.test',
    $md);
is $r->{code}, 0, 'delivered into a Maildir that was not there';
my @new = files('new');
is @new, 1, 'one file in new';
my $text = "Return-Path: <a\@example.test>\nDelivered-To: b\@example.test\n"
    . $message;
is slurp($new[0]), $text, 'with its two header fields, byte for byte';
my $crlf = $text;
$crlf =~ s/(?<!\r)\n/\r\n/g;
like $new[0], qr/,S=@{[length $text]},W=@{[length $crlf]}$/, 'sizes';
is files('tmp'), 0, 'nothing left in tmp';
is +(stat $new[0])[2] & 0777, 0600, 'mode';
like $r->{err}, qr/event=delivered .*to=b\@example.test/, 'logged';

rmdir "$md/tmp";
is deliver('x', $md)->{code}, 0, 'tmp is made if it is missing';
unlink files('new');
rmdir "$md/new";
is deliver('x', $md)->{code}, 0, 'and so is new';
unlink @new, files('new');
is deliver('', '-f', '', $md)->{code}, 0, 'an empty message, null sender';
is slurp((files('new'))[0]), "Return-Path: <>\n", 'is stored';
unlink files('new');

my $big = join '', map { "line $_\n" } 1 .. 30000;
is deliver($big, '-i', 'id1', $md)->{code}, 0, 'larger than the buffer';
is slurp((files('new'))[0]), $big, 'byte for byte';
my $w = length($big) + 30000;
like +(files('new'))[0], qr{/id1\.[^/]*,W=$w$}, 'the id is in the name';

is deliver($big, '-a', '-i', 'id1', $md)->{code}, 0, 'again';
is files('new'), 1, 'it was there: not delivered twice';
my ($name) = (files('new'))[0] =~ m{([^/]+)$};
rename "$md/new/$name", "$md/cur/$name:2,S";
is deliver($big, '-a', '-i', 'id1', $md)->{code}, 0, 'again, now read';
is files('new'), 0, 'not delivered twice';
unlink "$md/cur/$name:2,S";
my ($host) = $name =~ /^id1\.(.*?),/;
spew("$md/tmp/id1.$host.99", 'half');
is deliver("Subject: y\n\n", '-a', '-i', 'id1', $md)->{code}, 0,
    'again, gone';
like slurp((files('new'))[0]), qr/^X-Postern-Possible-Duplicate: yes\n/,
    'delivered and marked';
is files('tmp'), 0, 'what the earlier try left is gone';
unlink files('new');

is deliver('x', '-f', "a\nb", $md)->{code}, 100, 'LF in the sender';
is deliver('x', '-i', '../x', $md)->{code}, 100, 'a path as id';
is deliver('x')->{code}, 100, 'no Maildir';
is deliver('x', '-z', $md)->{code}, 100, 'unknown option';
my $none = deliver('x', '/proc/none/Maildir');
is $none->{code}, 111, 'cannot be made';
like $none->{err}, qr{event=not-delivered .*maildir=/proc/none/Maildir .*error=}, 'and the log says which';
is files('new'), 0, 'nothing was stored';
like deliver('', '-h')->{out}, qr/^usage: deliver/, '-h';

SKIP: {
	skip 'needs root for a small file system', 3 unless as_root;
	my $m = scratch . '/small';
	mkdir $m;
	skip 'no tmpfs to mount', 3
	    if system "mount -t tmpfs -o size=64k none $m 2>/dev/null";
	is deliver($big, "$m/Maildir")->{code}, 111, 'a full disk';
	is my @left = glob("$m/Maildir/*/*"), 0, 'leaves nothing behind';
	is deliver("x\n", "$m/Maildir")->{code}, 0, 'a small one fits';
	system "umount $m";
}
done_testing;
