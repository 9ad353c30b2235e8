# SPDX-License-Identifier: ISC
# A queue for a test, with mailboxes and rules of example.test, in the scratch
# folder; as root the queue belongs to one user and the mailboxes to another.
package Postern::Queue;
use strict;
use warnings;
use Fcntl qw(LOCK_EX LOCK_NB);
use Time::HiRes qw(sleep stat);
use Postern;

my $serial = 0;
my $hash = crypt "x", q($6$rounds=1000$salt$);

# new(USER...): a queue whose domain has these users
sub new {
	my ($class, @users) = @_;
	my $dir = scratch . '/q' . $serial++;
	my $self = bless { dir => $dir, queue => 12346,
	    uid => as_root ? 12345 : $>,
	    gid => as_root ? 12345 : (split ' ', $))[0] }, $class;
	chmod 0755, scratch;
	for my $d ('', qw(/cdb /mail /queue /queue/incoming /queue/active
	    /queue/state /queue/failed /queue/full)) {
		mkdir "$dir$d" or die "$dir$d: $!";
		chown 12346, 12346, "$dir$d" if as_root && $d =~ m{^/queue/};
	}
	$self->compile('domains', "example.test\n");
	$self->compile('aliases', "postmaster: $users[0]\@example.test\n");
	$self->users(@users);
	return $self;
}

# compile(TYPE, SOURCE): the compiled rules of that type
sub compile {
	my ($self, $type, $text) = @_;
	my $file = "$self->{dir}/cdb/$type.cdb";
	my $r = run({ in => $text }, 'cdbrules', 'compile', $type, $file);
	die "cdbrules $type: $r->{err}" if $r->{code};
	chmod 0644, $file;
}

# users(USER...): these and no other; "NAME EXTRA" gives extra fields
sub users {
	my ($self, @users) = @_;
	my $text = '';
	for (@users) {
		my ($name, $extra) = split ' ', $_, 2;
		my $home = "$self->{dir}/mail/$name";
		mkdir $home;
		chown $self->{uid}, $self->{gid}, $home if as_root;
		$text .= "$name\@example.test:{CRYPT}$hash:$self->{uid}:"
		    . "$self->{gid}::$home\::" . ($extra // '') . "\n";
	}
	$self->compile('mailboxes', $text);
}

# submit(\%o, TEXT, TO...): a message as queue_commit leaves it, moved into
# incoming/ in one step; o{from}, o{time}, o{head} (lines behind from). A TO
# may be a list: the address and the lines behind it. Returns its name.
sub submit {
	my ($self, $o, $body, @to) = @_;
	my $n = ++$serial;
	my $text = "postern-queue 1\nconnid c$n\ntime "
	    . ($o->{time} // int time) . "\nfrom "
	    . ($o->{from} // 'bob@example.test') . "\n"
	    . join('', map { "$_\n" } @{ $o->{head} // [] });
	for (@to) {
		my ($address, @lines) = ref $_ ? @$_ : $_;
		$text .= "to $address\n" . join '', map { "$_\n" } @lines;
	}
	$text .= "\n$body";
	my $name = "1700000000.M${n}P$$" . 'Q0,S=' . length $text;
	my $temp = "$self->{dir}/queue/tmp.$n";
	spew($temp, $text);
	chown 12346, 12346, $temp if as_root;
	rename $temp, "$self->{dir}/queue/incoming/$name" or die $!;
	return $name;
}

# until nobody has the queue: what queued has started may end after it
sub unlocked {
	my ($self) = @_;
	return wait_for(sub {
		open my $f, '<', "$self->{dir}/queue/lock" or return 1;
		return flock $f, LOCK_EX | LOCK_NB;
	});
}

# start(OPTION...): queued
sub start {
	my ($self, @o) = @_;
	$self->unlocked;
	my $env = ref $o[0] ? shift @o : {};
	my @role = as_root ? ('-u', '12346:12346') : ();
	return $self->{pid} = serve($env, 'queued', @role, '-H',
	    'mx.example.test', '-c', "$self->{dir}/cdb", @o,
	    "$self->{dir}/queue");
}

sub end { my ($self) = @_; return stop(delete $self->{pid}) }

# the texts of what USER has, oldest first by name
sub mails {
	my ($self, $user) = @_;
	return map { slurp($_) }
	    glob "$self->{dir}/mail/$user/Maildir/{new,cur}/*";
}

# what is in the queue, as FOLDER/NAME
sub queue { return listed("$_[0]{dir}/queue") }
sub listed {
	my ($dir) = @_;
	return my @f = map { s{.*/(\w+/[^/]+)$}{$1}r } glob "$dir/{incoming/*,active/*,state/[0-9]*,failed/*}";
}

# emptied(DIR [, SECONDS]): 1 once nothing is in the queue DIR but what writers
# left that were killed, or 0. What goes from folder to folder, or is returned, can
# be missed by who looks at one after the other: so twice nothing is found, and no
# folder has changed meanwhile.
sub emptied {
	my ($dir, $seconds) = @_;
	my $some = sub { grep { !m{/tmp\.} } listed($dir) };
	my $changed = sub { join ' ', map { (stat "$dir/$_")[9] } qw(incoming active state failed) };
	return wait_for(sub {
		my $before = $changed->();
		return 0 if $some->();
		sleep 0.02; # a folder's time counts milliseconds
		return !$some->() && $changed->() eq $before;
	}, $seconds);
}
sub empty { return emptied("$_[0]{dir}/queue") }

1;
