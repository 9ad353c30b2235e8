#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# A running instance against the tables in doc/privileges.md: users, chroots,
# no-new-privileges, modes, and that fronts reach neither keys nor hashes.
use strict;
use warnings;
use IO::Socket::UNIX ();
use Test::More;
use lib 't/lib';
use Postern;
use Postern::Instance;

plan skip_all => 'one user id a role needs root' unless as_root;

my $doc = slurp('doc/privileges.md');
my (%row, %mode);
while ($doc =~ /^\| ([^|]+?) \| ([^|]+?) \| ([^|]+?) \| [^|]+\|$/mg) {
	$row{$_} = { user => $2, chroot => $3 } for split /, /, $1;
}
delete @row{'process', '---'};
while ($doc =~ /^\| (`[^|]+`) \| (\d+) (\w+)(?::(\w+))? \| [^|]+\|$/mg) {
	$mode{$_} = { mode => oct $2, user => $3, group => $4 }
	    for map { tr/`//dr } split /, /, $1;
}
cmp_ok keys %row, '>=', 13, 'the table of processes is there';
cmp_ok keys %mode, '>=', 8, 'and that of files';

my $user = 'alice@example.test';
# no CA listens there: the renewer tries, and waits
my $i = Postern::Instance->new(['--acme', '--acme-url', 'http://127.0.0.1:9/'], $user);
my $dir = $i->{dir};
run('certtool', 'dkim', '--dir', $dir, '--selector', 's1', '--type', 'ed25519')->{code} and die 'no key';
my %uid = (root => 0, slurp("$dir/etc/instance") =~ /^role_(\w+)=(\d+):/mg);
is keys %uid, 12, 'eleven roles and root';
my %distinct = reverse %uid;
is keys %distinct, 12, 'all different';

# ------------------------------------------------------------------ files
my %real = ('tls/HOST.pem' => 'tls/localhost.pem',
    'etc/dkim/DOMAIN/SELECTOR.pem' => 'etc/dkim/example.test/s1.pem',
    'mail/DOMAIN/USER' => 'mail/example.test/alice');
for my $name (sort keys %mode) {
	my $want = $mode{$name};
	my @st = stat "$dir/" . ($real{$name} // $name);
	ok @st, "$name is there" or next;
	is sprintf('%o', $st[2] & 07777), sprintf('%o', $want->{mode}),
	    "$name: mode";
	is $st[4], $uid{ $want->{user} }, "$name: user";
	is $st[5], $uid{ $want->{group} }, "$name: group" if $want->{group};
}

# ------------------------------------------------------------------ processes
sub status {
	my ($pid) = @_;
	open my $f, '<', "/proc/$pid/status" or return;
	local $/;
	my %s = (<$f> // '') =~ /^(\w+):[ \t]*(.*)$/mg;
	return \%s;
}

# Everything of the instance now: {name => [{pid, uid, status, root}...]}, by
# the names of the table; PARTS tells the two processes of one program apart.
sub processes {
	my (%found, %parent);
	for my $pid ($i->family) {
		my $s = status($pid) or next;
		next if $s->{State} =~ /^Z/;
		my ($name) = split /\0/, Postern::Instance::command($pid);
		my @u = split ' ', $s->{Uid};
		my $root = readlink "/proc/$pid/root";
		push @{ $found{ $name =~ s{.*/}{}r } }, { pid => $pid,
		    ppid => $s->{PPid}, uids => \@u, status => $s,
		    root => $root // '?' };
	}
	return \%found;
}

# Checks that process P is what the row NAME says.
sub conforms {
	my ($name, $p) = @_;
	my $want = $row{$name} or return fail "no row for $name";
	my $id = $uid{ $want->{user} };
	is "@{ $p->{uids} }", join(' ', ($id) x 4), "$name runs as $want->{user}";
	is $p->{root}, $want->{chroot} eq '-' ? '/' : "$dir/$want->{chroot}",
	    "$name: chroot";
	return if $id == 0;
	return if $name =~ /^s6-/; # s6-applyuidgid made it what it is
	my ($own) = split ' ', $p->{status}{Gid};
	is $p->{status}{Groups} =~ s/\b$own\b|\s+//gr, '',
	    "$name has no supplementary groups";
	is $p->{status}{NoNewPrivs}, 1, "$name: no new privileges";
	is $p->{status}{CapEff}, '0' x 16, "$name: no capabilities";
}

sub only { my (@p) = @_; is @p, 1, 'one such process'; return $p[0] }

$i->up;
my $p = processes();
conforms('s6-svscan', $_) for @{ $p->{'s6-svscan'} };
conforms('s6-supervise', $p->{'s6-supervise'}[0]);
conforms('s6-log', $_) for @{ $p->{'s6-log'} }[0, 1];
conforms('tcplisten', $_) for @{ $p->{tcplisten} };
my ($spawner) = grep { $_->{uids}[0] == 0 } @{ $p->{queued} };
my ($manager) = grep { $_->{ppid} == $spawner->{pid} } @{ $p->{queued} };
conforms('queued spawner', $spawner);
conforms('queued manager', $manager);
my ($master) = grep { my $m = $_; grep { $_->{ppid} == $m->{pid} }
    @{ $p->{tlsd} } } @{ $p->{tlsd} };
conforms('tlsd master', $master);
my %engine;
push @{ $engine{ slurp("/proc/$_->{pid}/comm") =~ s/tlsd-|\n//gr } }, $_
    for grep { $_ != $master } @{ $p->{tlsd} };
ok @{ $engine{$_} // [] }, "tlsd has a $_" for 'worker', 'signer';
is @{ $engine{worker} }, @{ $engine{signer} }, 'each worker has a signer';
for my $kind (sort keys %engine) {
	for my $e (@{ $engine{$kind} }) {
		conforms("tlsd $kind", $e);
		is $e->{status}{Seccomp}, $ENV{POSTERN_VARIANT} eq 'san' ? 0 : 2,
		    "tlsd $kind: system calls are filtered";
	}
}

conforms('s6-ipcserverd', only(@{ $p->{'s6-ipcserverd'} // [] }));
is @{ $p->{dnssecd} // [] }, 2, 'dnssecd is two processes';
for (@{ $p->{dnssecd} // [] }) {
	conforms('dnssecd', $_);
	is $_->{status}{Seccomp}, $ENV{POSTERN_VARIANT} eq 'san' ? 0 : 2,
	    'dnssecd: system calls are filtered';
}
my $question = IO::Socket::UNIX->new(Peer => "$dir/run/mtasts/mtasts.sock");
wait_for(sub { ($p = processes())->{mtasts} && $p->{mtasts}[0]{status}{NoNewPrivs} });
conforms('mtasts', only(@{ $p->{mtasts} // [] }));
close $question;

my ($renewer) = grep { $_->{uids}[0] == 0 } @{ $p->{certtool} };
conforms('certtool renew', $renewer);

# The processes that a connection to SERVICE brings: all are forks of tcplisten.
sub session {
	my ($service) = @_;
	my %old = map { $_ => 1 } $i->family;
	my $c = client($i->port($service));
	my $new = sub { grep { !$old{ $_->{pid} } } @{ processes()->{tcplisten} } };
	if ($service eq 'acme-http') { # it waits for a request
		wait_for(sub { grep { $_->{status}{NoNewPrivs} } $new->() });
	} else {
		$c->line;
	}
	return ($c, $new->());
}

my ($http, @responder) = session('acme-http');
conforms('acmehttp', only(@responder));
$http->close;

my ($smtp, @new) = session('smtp');
conforms('smtpd front', only(@new));
my ($submission, @two) = session('submission');
my ($monitor) = grep { $_->{uids}[0] == 0 } @two;
my ($runner) = grep { $_->{ppid} == $monitor->{pid} } @two;
my ($front) = grep { $_->{ppid} == $runner->{pid} } @two;
conforms('smtpd monitor', $monitor);
conforms('smtpd runner', $runner);
conforms('smtpd front', $front);

my ($pop, @pop) = session('pop3');
($monitor) = grep { $_->{uids}[0] == 0 } @pop;
($front) = grep { $_->{ppid} == $monitor->{pid} } @pop;
conforms('pop3login monitor', $monitor);
conforms('pop3login front', $front);

spew("$dir/etc/ip.smtp", ":deny,MESSAGE=\"no\"\n");
utime time + 2, time + 2, "$dir/etc/ip.smtp";
run('make', '-s', '-C', $dir);
my ($refused, @refuse) = session('smtp');
conforms('refuse', only(@refuse));
$refused->close;
spew("$dir/etc/ip.smtp", ":allow,TLS=\"offer\"\n");
utime time + 4, time + 4, "$dir/etc/ip.smtp";
run('make', '-s', '-C', $dir);

# ------------------------------------------------------------- what is in reach
# The files a process holds open that lie in the instance.
sub open_files {
	my ($pid) = @_;
	return grep { /^\Q$dir\E/ } map { readlink($_) // () }
	    glob "/proc/$pid/fd/*";
}
sub mapped { return slurp("/proc/$_[0]/maps") }

for my $p ($front, @new) {
	my $held = join "\n", open_files($p->{pid}), mapped($p->{pid});
	unlike $held, qr/users\.cdb/, "$p->{pid}: no hashes in reach";
	unlike $held, qr/\.pem/, 'no key';
	unlike $held, qr{/mail/}, 'no mail';
}
unlike join("\n", open_files($front->{pid})), qr{/limits/},
    'nor the count of the connection, where a monitor holds it';

# ------------------------------------------------------------- after the login
$pop->send("STLS\r\n");
$pop->line;
ok $pop->tls, 'STLS';
$pop->send("USER $user\r\n");
$pop->line;
$pop->send("PASS $Postern::Instance::PASSWORD\r\n");
like $pop->line, qr/^\+OK/, 'a login';
ok wait_for(sub { !-e "/proc/$front->{pid}" }), 'the front is gone';
my ($session) = grep { $_->{pid} == $monitor->{pid} }
    map { @$_ } values %{ processes() };
conforms('pop3d', $session);
unlike join("\n", open_files($session->{pid}), mapped($session->{pid})),
    qr/users\.cdb|\.pem/, 'no hashes, no key';

# ------------------------------------------------------------------ deliver
run('swaks', '--server', '127.0.0.1:' . $i->port('smtp'), '-tls', '--to', $user,
    '--from', 'x@example.org', '--silent', '3');
my @held;
wait_for(sub { @held = $i->mails($user) });
is +(stat($held[0] // '/'))[4], $uid{ $row{deliver}{user} },
    'what deliver wrote belongs to its user';
done_testing;
