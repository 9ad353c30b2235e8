#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Clients of others fetch and delete by POP3S and after STLS, byte for byte:
# curl, mpop, fetchmail, getmail6, Net::POP3, poplib, mutt.
use strict;
use warnings;
use lib 't/lib';
use Postern;
use Postern::Instance;
use Test::More;

my $dir = scratch;
my $user = 'alice@example.test';
my $i = Postern::Instance->new($user);
$i->up;
my ($pw, $ca) = ($Postern::Instance::PASSWORD, $i->ca);
my $box = "$i->{dir}/mail/example.test/alice/Maildir";
my ($owner) = as_root ? slurp("$i->{dir}/etc/instance") =~ /^role_mail=(\S+)/m : ();
# what clients like to spoil: dots, blank lines, trailing spaces, 8 bits, length
my $head = "From: a\@b.test\nTo: alice\@example.test\nDate: Tue, 24 Nov 2026 00:00:00 +0000\nMessage-ID: <%d\@b.test>\nSubject: %d\n\n";
my @body = (".\n..\n.dot\n", "a \n\n\nb\t\n", "\xc3\xa4 \xe4\n" . 'x' x 900 . "\n", "line\n" x 5000);
my @mail = map { sprintf($head, $_, $_) . $body[$_ - 1] } 1 .. 4;
my $all = join "\0", sort @mail;

sub fill {
	unlink glob "$box/{new,cur}/*";
	spew("$box/new/170000000$_.M1P$_.host", $mail[$_ - 1]) for 1 .. 4;
	run('chown', '-R', $owner, $box) if $owner;
}
# what a client wrote, one text a mail: from its first field on, with LF
sub same {
	my ($name, $r, @text) = @_;
	my $got = join "\0", sort map { s/\r\n/\n/gr =~ s/^.*?(?=^From: a\@b)//msr } @text;
	ok($got eq $all, "$name: all of it, byte for byte") or diag scalar @text, ' mails; ', ref $r ? "$r->{out}\n$r->{err}" : $r;
	is(join(' ', map { s/.*\///r } glob "$box/{new,cur}/*"), '', "$name: and nothing is left");
}
sub maildir { my ($m) = @_; return map { slurp($_) } glob "$m/{new,cur}/*" }
sub mbox { # undoes the From_ lines and the quoting of mboxrd
	my ($file) = @_;
	return () unless -e $file;
	return map { s/^>(>*From )/$1/gmr =~ s/\n\n\z/\n/r } grep { length } split /^From \S+.*\n/m, slurp($file);
}

for my $service ('pop3s', 'pop3') {
	my ($port, $tls) = ($i->port($service), $service eq 'pop3s');
	my $how = $tls ? 'POP3S' : 'STLS';

	fill();
	my @text;
	my @curl = ('curl', '-sS', '--cacert', $ca, '--ssl-reqd', '--user', "$user:$pw");
	my $r;
	for (1 .. 4) {
		$r = run(@curl, "$service://localhost:$port/$_");
		push @text, $r->{out};
	}
	run(@curl, "$service://localhost:$port/", '-I', '-X', 'DELE 1') for 1 .. 4; # in sessions of their own
	same("curl, $how", $r, @text);

	fill();
	my $out = "$dir/mpop.$service";
	mkdir "$out$_" for '', '/new', '/cur', '/tmp';
	spew("$dir/mpoprc", "defaults\ntls on\ntls_starttls " . ($tls ? 'off' : 'on') . "\ntls_trust_file $ca\naccount a\nhost localhost\n"
	    . "port $port\nuser $user\npassword \"$pw\"\ndelivery maildir $out\nkeep off\nreceived_header off\nuidls_file $out.uidls\n");
	chmod 0600, "$dir/mpoprc";
	$r = run('mpop', '-C', "$dir/mpoprc", 'a');
	same("mpop, $how", $r, maildir($out));

	SKIP: {
		skip 'no fetchmail, or nobody to run it', 2 if run('fetchmail', '-V')->{code} == 127 || !getpwuid $>;
		fill();
		mkdir "$dir/fetched.$service";
		spew("$dir/fetchmailrc", "set no bouncemail\nset invisible\npoll localhost service $port proto POP3 user \"$user\" "
		    . "password \"$pw\" " . ($tls ? 'ssl' : "sslproto 'TLS1.2+'") . " sslcertck sslcertfile $ca fetchall no keep no rewrite "
		    . "mda \"cat > $dir/fetched.$service/\$\$\"\n");
		chmod 0600, "$dir/fetchmailrc";
		$r = run({ env => { HOME => $dir, FETCHMAILHOME => $dir } }, 'fetchmail', '-f', "$dir/fetchmailrc", '--pidfile', "$dir/fetchmail.pid");
		same("fetchmail, $how", $r, map { slurp($_) } glob "$dir/fetched.$service/*");
	}

	SKIP: {
		skip 'no getmail', 2 if run('getmail', '--version')->{code};
		fill();
		$out = "$dir/getmail.$service";
		mkdir "$out$_" for '', '/new', '/cur', '/tmp';
		# it knows no STLS for POP3
		skip 'getmail has no STLS', 2 if !$tls;
		mkdir "$dir/getmailrc.d", 0700;
		# root's mail it gives to somebody else
		my $as = as_root ? "user = nobody\n" : '';
		run('chown', '-R', 'nobody', $out) if as_root;
		chmod 0755, $dir;
		spew("$dir/getmailrc.d/getmailrc", "[retriever]\ntype = SimplePOP3SSLRetriever\nserver = localhost\nport = $port\n"
		    . "username = $user\npassword = $pw\nca_certs = $ca\n[destination]\ntype = Maildir\npath = $out/\n$as"
		    . "[options]\ndelete = true\nread_all = true\ndelivered_to = false\nreceived = false\n");
		$r = run({ env => { HOME => $dir } }, 'getmail', '--getmaildir', "$dir/getmailrc.d");
		same("getmail6, $how", $r, maildir($out));
	}

	fill();
	require Net::POP3;
	my $pop = Net::POP3->new('localhost', Port => $port, Timeout => 60, $tls ? (SSL => 1, SSL_ca_file => $ca) : ());
	$pop->starttls(SSL_ca_file => $ca) if !$tls;
	$pop->login($user, $pw);
	@text = map { join '', @{ $pop->get($_) } } 1 .. 4;
	$pop->delete($_) for 1 .. 4;
	$pop->quit;
	same("Net::POP3, $how", '', @text);

	fill();
	my $class = $tls ? "poplib.POP3_SSL('localhost', $port, context=c)" : "poplib.POP3('localhost', $port)";
	$r = run({ in => <<"END" }, 'python3', '-');
import poplib, ssl, sys
c = ssl.create_default_context(cafile='$ca')
p = $class
${\ ($tls ? '' : 'p.stls(context=c)') }
p.user('$user')
p.pass_('$pw')
n = p.stat()[0]
for i in range(1, n + 1):
    sys.stdout.buffer.write(b'\\0' + b''.join(l + b'\\n' for l in p.retr(i)[1]))
    p.dele(i)
p.quit()
END
	same("poplib, $how", $r, grep { length } split /\0/, $r->{out});

	SKIP: {
		skip 'no mutt', 2 if run('mutt', '-v')->{code};
		fill();
		$out = "$dir/mutt.$service";
		spew("$dir/muttrc", <<"END");
set ssl_ca_certificates_file="$ca"
set certificate_file="$ca"
set ssl_starttls=yes
set ssl_force_tls=yes
set pop_user='$user'
set pop_pass='$pw'
set pop_delete=yes
set mbox_type=Maildir
set copy=no
set folder='$dir'
set move=no
set delete=yes
set sleep_time=0
set confirmcreate=no
set confirmappend=no
push "<tag-pattern>~A<enter><tag-prefix><save-message>$out<enter><quit>"
END
		my $scheme = $tls ? 'pops' : 'pop';
		$r = run({ env => { HOME => $dir, TERM => 'xterm' } }, 'script', '-qec', "mutt -n -F $dir/muttrc -f $scheme://localhost:$port", '/dev/null');
		same("mutt, $how", 'mutt', map { s/^(?:Status|Content-Length|Lines): .*\n//gmr } maildir($out));
	}
}
done_testing;
