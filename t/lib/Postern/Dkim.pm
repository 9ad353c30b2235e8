# SPDX-License-Identifier: ISC
# What dkimpy says of the signatures of a message.
package Postern::Dkim;
use strict;
use warnings;
use Exporter 'import';
use Postern;

our @EXPORT = qw(dkimpy);
my $program = <<'END';
import dkim, re, sys
def dns(name, timeout=5):
    name = name.decode().rstrip('.')
    text = re.sub(r'(?m)^;.*$', '', open(sys.argv[1]).read())
    for m in re.finditer(r'(\S+)\. IN TXT \(([^)]*)\)', text):
        if m.group(1) == name:
            return ''.join(re.findall(r'"([^"]*)"', m.group(2))).encode()
message = open(sys.argv[2], 'rb').read()
n = len(dkim.DKIM(message).headers) and sum(
    1 for h in dkim.DKIM(message).headers if h[0].lower() == b'dkim-signature')
for i in range(n):
    try:
        good = dkim.DKIM(message).verify(i, dnsfunc=dns)
    except dkim.DKIMException as e:
        good = False
    print('pass' if good else 'fail', end=' ')
END

# dkimpy(TEXT, RECORDS): its verdict on each signature, "pass" or "fail", in
# order, by the records that certtool dkim printed; or its error.
sub dkimpy {
	my ($text, $records) = @_;
	my $r = run({ env => { PYTHONDONTWRITEBYTECODE => 1 } }, '/usr/bin/python3',
	    spew(scratch . '/verify.py', $program), spew(scratch . '/dkim.dns', $records),
	    spew(scratch . '/dkim.message', $text));
	return $r->{err} ? $r->{err} : $r->{out} =~ s/ $//r;
}

1;
