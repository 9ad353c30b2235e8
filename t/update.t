#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# An instance of an older version, brought up to date: what is new comes, what
# was changed or removed there stays, and mail arrives as before.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Instance;

my $user = 'alice@example.test';
my $i = Postern::Instance->new($user);
my $dir = $i->{dir};

sub update { return run('postern', 'update', $dir, @_) }
sub says {
	my ($r, $what, @lines) = @_;
	is $r->{code}, 0, $what or diag $r->{err};
	is join('', sort split /^/, $r->{out}), join('', sort map { "$_\n" } @lines), 'and says so';
}
sub add { my ($file, $text) = @_; spew("$dir/$file", slurp("$dir/$file") . $text) }
# as another version would have made it, and nobody changed it
sub older { my ($file) = @_; add($_, "# older\n") for $file, "made/$file" }
my $nothing = "$dir is as this version makes it";
my %new = map { $_ => slurp("$dir/$_") } 'service/smtp/run', 'service/pop3/run', 'Makefile', 'etc/ip.smtp';

# -------------------------------------------------------------- made by this one
says update(), 'nothing to do', $nothing;
add('etc/domains', "example.org\n");
add('service/smtp/run', "# ours\n");
says update(), 'changed here, not in this version', $nothing;
is slurp("$dir/service/smtp/run"), "$new{'service/smtp/run'}# ours\n", 'it stays';

# ------------------------------------------------------------------ an older one
older($_) for 'service/smtp/run', 'service/pop3/run', 'Makefile', 'etc/ip.smtp';
system 'rm', '-r', "$dir/service/mtasts", "$dir/made/service/mtasts", "$dir/service/pop3s" and die;
my $mode = (stat "$dir/service/pop3/run")[2];
says update(), 'an older one', 'Makefile: replaced', 'etc/ip.smtp: replaced',
    'service/mtasts/log/run: new', 'service/mtasts/run: new',
    'service/pop3/run: replaced',
    'service/smtp/run: kept, as it was changed here; new in made/service/smtp/run';
is slurp("$dir/$_"), $new{$_}, "$_ is new" for 'service/pop3/run', 'Makefile', 'etc/ip.smtp';
is slurp("$dir/service/smtp/run"), "$new{'service/smtp/run'}# ours\n# older\n", 'what was changed stays';
is slurp("$dir/made/service/smtp/run"), $new{'service/smtp/run'}, 'beside the new one';
is +(stat "$dir/service/pop3/run")[2], $mode, 'a program stays one';
ok -x "$dir/service/mtasts/run", 'a new one is one';
ok !-e "$dir/service/pop3s", 'what was removed stays so';
like slurp("$dir/etc/users"), qr/^\Q$user\E:/m, 'users stay';
says update(), 'once is enough', $nothing;
says update('--replace'), 'replaced all the same',
    'service/smtp/run: replaced; what was changed is in .old';
is slurp("$dir/service/smtp/run"), $new{'service/smtp/run'}, 'by the new one';
like slurp("$dir/service/smtp/run.old"), qr/# ours/, 'beside the former';
like slurp("$dir/etc/domains"), qr/^example\.org$/m, 'rules are not';

# ------------------------------------------- from before there was made, or DANE
my $settings = slurp("$dir/etc/instance");
my @roles = $settings =~ /^role_(?:dns|sts)=.*\n/mg;
spew("$dir/etc/instance", $settings =~ s/^role_(?:dns|sts)=.*\n//mgr);
system 'rm', '-r', "$dir/made", "$dir/service/dnssecd", "$dir/service/mtasts" and die;
add('service/pop3/run', "# ours\n");
my $dnssec = -r '/usr/share/dns/root.key';
says update(), 'one of before', (map { 'etc/instance: ' . s/\n/ added/r } @roles),
    (map { ("service/$_/log/run: new", "service/$_/run: new") }
	$dnssec ? 'dnssecd' : (), 'mtasts'),
    'service/pop3/run: kept, as it was changed here; new in made/service/pop3/run';
is join('', sort split /^/, slurp("$dir/etc/instance") =~ s/^\n//mgr),
    join('', sort split /^/, $settings =~ s/^\n//mgr), 'with the ids of all roles';
ok !-e "$dir/service/pop3s", 'what was removed stays so';
says update('--replace'), 'and replaced',
    'service/pop3/run: replaced; what was changed is in .old';

# -------------------------------------------------------------------- it is up
system 'rm', '-r', "$dir/made/service/pop3s" and die;
says update(), 'a service comes back when it is forgotten that it was there',
    'service/pop3s/log/run: new', 'service/pop3s/run: new';
$i->up;
is run('postern', 'status', $dir)->{code}, 0, 'it runs';
older('service/smtp/run');
says update(), 'while it is up', 'service/smtp/run: replaced',
    "$dir is up: postern down, and up, start what is new";
is run({ in => "Subject: x\n\nafter\n" }, 'swaks', '--server', '127.0.0.1:' . $i->port('smtp'),
    '--to', $user, '--from', 'x@example.org', '--silent', '3')->{code}, 0, 'mail is taken';
is run('curl', '-s', '-k', '--user', "$user:$Postern::Instance::PASSWORD",
    '--retry', '30', '--retry-delay', '1', '--retry-all-errors', 
    'pop3s://127.0.0.1:' . $i->port('pop3s') . '/1')->{code}, 0, 'and read';

# ------------------------------------------------------------------- refusals
is run('postern', 'update')->{code}, 100, 'no instance is named';
is update('--what')->{code}, 100, 'an unknown option';
is run('postern', 'update', scratch)->{code}, 100, 'no instance';
my $r = run('postern', 'update', "$dir/etc");
like $r->{err}, qr/^postern: \Q$dir\E\/etc is no instance/, 'and why';
SKIP: {
	skip 'only root has instances with roles', 2 if !as_root;
	spew("$dir/etc/instance", slurp("$dir/etc/instance") =~ s/^role_.*\n//mgr);
	$r = update();
	is $r->{code}, 100, 'an instance of somebody else';
	like $r->{err}, qr/is run by an ordinary user/, 'and why';
	spew("$dir/etc/instance", $settings);
}
SKIP: {
	skip 'root can write everywhere', 3 if as_root;
	older('service/pop3/run');
	chmod 0555, "$dir/service/pop3";
	$r = update();
	chmod 0755, "$dir/service/pop3";
	is $r->{code}, 111, 'a file that cannot be written';
	like $r->{err}, qr{cannot make \Q$dir\E/service/pop3/run\.new}, 'is named';
	says update(), 'and comes next time', 'service/pop3/run: replaced',
	    "$dir is up: postern down, and up, start what is new";
}
done_testing;
