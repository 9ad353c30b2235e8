# SPDX-License-Identifier: ISC
# mime.py send|binary SEED COUNT [SMTPD ARG...]: makes random MIME messages, has
# them converted, by smtpsend for a server without 8BITMIME, or by smtpd from
# BODY=BINARYMIME, and compares all parts with the originals as Python's email
# package reads them. Prints "COUNT messages, M
# parts encoded, N wrong" after what was wrong.
import email, glob, os, random, re, socket, subprocess, sys, threading

mode, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rnd = random.Random(seed)
binary = mode == 'binary'
EOL = b'\r\n' if binary else b'\n'


def noise(n):
    return bytes(rnd.choices(range(256), k=n))


def line():
    kind = rnd.randrange(12)
    if kind == 0:
        return b''
    if kind == 1:
        return b'--' + rnd.choice([b'', b'-', b'abc', b'b1x', b'b', b'--', b' b1'])
    if kind == 2:
        return rnd.choice([b'.', b'..', b'From x', b'=', b'=20', b'=\t ', b' ', b'\t'])
    if kind == 3:
        return b'x' * rnd.choice([70, 74, 75, 76, 77, 150, 997, 998, 999, 1500, 5000])
    if kind == 4:
        return 'größe '.encode('latin-1') * rnd.randrange(1, 200)
    if kind == 5:
        return 'größe \u20ac'.encode() + b' ' * rnd.randrange(4)
    text = bytes(c for c in noise(rnd.randrange(60)) if c not in b'\r\n\0')
    return text if rnd.randrange(2) else bytes(c & 127 for c in text if c & 127 not in (0, 10, 13))


def lines(eight, long):
    out = []
    for _ in range(rnd.randrange(8)):
        l = line()
        if not eight:
            l = bytes(c & 127 or 65 for c in l)
            l = l.replace(b'\r', b'?').replace(b'\n', b'?')
        out.append(l if long else l[:900])
    text = EOL.join(out)
    return text + EOL if out and rnd.randrange(3) else text


def field(name, value):
    name = rnd.choice([name, name.lower(), name.upper()])
    fold = rnd.choice([b' ', b'', EOL + b' ', b'  ', EOL + b'\t'])
    return name + b':' + fold + value + EOL


class Part:
    """head: its header fields; body: what follows; leaves: the parts in it that
    hold text or octets, in order. A leaf: binary, if it says so. A message:
    whole, with the header of its own."""


boundaries = 0


def leaf(sealed):
    p = Part()
    eight = rnd.randrange(2) and not sealed
    long = rnd.randrange(3) == 0 and not sealed
    kind = rnd.randrange(6)
    text = rnd.randrange(2)
    p.head = []
    p.binary = False
    if kind == 0:
        import base64
        p.body = base64.encodebytes(noise(rnd.randrange(200))).replace(b'\n', EOL)
        p.head.append(field(b'Content-Transfer-Encoding', b'base64'))
    elif kind == 1:
        import quopri
        p.body = quopri.encodestring(noise(100).replace(b'\r', b'')).replace(b'\n', EOL)
        p.head.append(field(b'Content-Transfer-Encoding', b'Quoted-Printable'))
    elif kind == 2 and binary and not sealed:
        p.binary = True
        p.body = rnd.choice([b'', noise(rnd.randrange(3000)), b'\r', b'\n', b'\r\n', b'\r\n\r\n', b'\0',
            b'a\rb\nc\r\n--b1x\r\nd\r', noise(100) + b'\r\n', b'--\r\n-', b'\r\r\n\n\r\n--'])
        p.head.append(field(b'Content-Transfer-Encoding', rnd.choice([b'binary', b'BINARY (raw)'])))
    else:
        p.body = lines(eight, long)
        said = rnd.randrange(3)
        if said:
            p.head.append(field(b'Content-Transfer-Encoding', rnd.choice(
                [b'8bit', b'8BIT ', b'(comment) 8bit'] if eight and said == 1 else [b'7bit', b'8bit'])))
    if text and rnd.randrange(4):
        p.head.append(field(b'Content-Type', rnd.choice([b'text/plain; charset=utf-8', b'Text/HTML', b'text/plain'])))
    elif not text:
        p.head.append(field(b'Content-Type', rnd.choice([b'application/octet-stream; name="a; boundary=x"', b'image/png'])))
    if rnd.randrange(2):
        p.head.append(field(b'X-' + b'Long' * rnd.randrange(1, 12), b'value' * rnd.randrange(20)))
    rnd.shuffle(p.head)
    p.leaves = [p]
    return p


def multipart(depth, sealed):
    global boundaries
    boundaries += 1
    name = (rnd.choice([b'b%d', b'b%dz', b'=_%d', b"b%d'()+_,-./:=?", b'b %d y']) % boundaries)
    p = Part()
    kind = rnd.choice([b'mixed', b'alternative', b'related', b'signed', b'digest', b'mixed', b'parallel'])
    inner = sealed or kind == b'signed'
    parts = []
    for _ in range(rnd.randrange(1, 4)):
        if kind == b'digest':
            q = message(depth + 1, inner)
            said = field(b'Content-Type', b'message/rfc822') if rnd.randrange(2) else b''
            parts.append(said + EOL + q.whole)
        else:
            q = part(depth + 1, inner)
            parts.append(b''.join(q.head) + EOL + q.body)
        p.leaves = getattr(p, 'leaves', []) + q.leaves
    value = b'multipart/' + kind + rnd.choice([b'; boundary="%s"', b';\tcharset=x; Boundary="%s"']) % name.replace(b'"', b'\\"')
    if not re.search(rb'[ ()=:,/?]', name) and rnd.randrange(2):
        value = b'multipart/' + kind + b'; boundary=' + name
    p.head = [field(b'Content-Type', value)]
    if rnd.randrange(3) == 0:
        p.head.append(field(b'Content-Transfer-Encoding', b'binary' if binary and not sealed else rnd.choice([b'7bit', b'8bit'])
            if not sealed else b'7bit'))
    rnd.shuffle(p.head)
    pre = rnd.choice([b'', b'preamble' + EOL, EOL])
    p.body = pre
    for q in parts:
        p.body += b'--' + name + rnd.choice([b'', b'', b' ', b'\t ']) + EOL + q + EOL
    p.body += b'--' + name + b'--' + rnd.choice([b'', EOL, EOL + b'epilogue' + EOL])
    return p


def message(depth, sealed):
    p = Part()
    q = part(depth + 1, sealed)
    p.leaves = q.leaves
    head = [field(b'Subject', b'x'), field(b'From', b'a@b.test')] + q.head
    if rnd.randrange(2):
        head.append(field(b'MIME-Version', b'1.0'))
    rnd.shuffle(head)
    p.whole = b''.join(head) + EOL + q.body
    p.head, p.body = [field(b'Content-Type', b'message/rfc822')], p.whole
    if rnd.randrange(3) == 0:
        p.head.append(field(b'Content-Transfer-Encoding', b'7bit' if sealed else b'8bit'))
    return p


def part(depth, sealed):
    kind = rnd.randrange(6)
    if depth < 5 and kind < 2:
        return multipart(depth, sealed)
    if depth < 5 and kind == 2:
        return message(depth, sealed)
    return leaf(sealed)


def leaves(m):
    return [p for p in m.walk() if not p.is_multipart()]


def structure(m):
    return [(p.get_content_type() if p.get('content-type') else '-', p.get_boundary()) for p in m.walk()]


def payload(p):
    return p.get_payload(decode=True) or b''


def normal(b):
    # smtpsend and smtpd end the last line
    return b.replace(b'\r\n', b'\n').rstrip(b'\n')


def send(text):
    """What a server without 8BITMIME gets."""
    with open(work + '/m', 'wb') as f:
        f.write(text)
    ours, theirs = socket.socketpair()
    got = []

    def serve():
        f = ours.makefile('rwb')
        def say(s):
            f.write(s + b'\r\n'); f.flush()
        say(b'220 x')
        data = False
        while True:
            l = f.readline()
            if not l:
                return
            if data:
                if l == b'.\r\n':
                    data = False
                    say(b'250 ok')
                else:
                    got.append(l[1:] if l[:1] == b'.' else l)
            elif l.upper().startswith(b'EHLO'):
                say(b'250-x'); say(b'250 SIZE 100000000')
            elif l.startswith(b'DATA'):
                data = True
                say(b'354 go')
            elif l.startswith(b'QUIT'):
                say(b'221 bye')
                return
            else:
                size = re.search(rb' SIZE=(\d+)', l)
                if size:
                    sizes.append(int(size.group(1)))
                say(b'250 ok')
    sizes = []
    t = threading.Thread(target=serve)
    t.start()
    with open(work + '/m', 'rb') as f:
        r = subprocess.run(['sh', '-c', 'exec smtpsend -H c.test -f a@b.test c@d.test 6<&%d 7>&6' % theirs.fileno()],
            stdin=f, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[theirs.fileno()])
    theirs.close()
    t.join()
    wire = b''.join(got)
    problems = []
    if r.returncode:
        return None, [r.stdout.decode(errors='replace').strip()]
    if b'\r' not in text and len(wire) not in (sizes[0], sizes[0] + 1, sizes[0] + 2):
        problems.append('SIZE=%d for %d octets' % (sizes[0], len(wire)))
    if any(c > 127 for c in wire):
        problems.append('8-bit text on the wire')
    for l in wire.split(b'\r\n'):
        if b'\r' in l or b'\n' in l:
            problems.append('a bare CR or LF')
        if len(l) > 998:
            problems.append('a line of %d octets' % len(l))
    return wire.replace(b'\r\n', b'\n'), problems


def deliver(text):
    """What smtpd puts into the queue, from BDAT in random chunks."""
    ours, theirs = socket.socketpair()
    for f in glob.glob(sys.argv[4] + '/incoming/*'):
        os.unlink(f)
    p = subprocess.Popen(['smtpd'] + sys.argv[5:] + ['-q', sys.argv[4]], stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL,
        env=dict(os.environ, TCPREMOTEIP='127.0.0.1', PROTO='TCP', TLS='off'))
    theirs.close()
    f = ours.makefile('rwb')
    def reply():
        while True:
            l = f.readline()
            if l[3:4] != b'-':
                return l.decode().strip()
    reply()
    f.write(b'EHLO c.test\r\n'); f.flush(); reply()
    f.write(b'MAIL FROM:<a@b.test> BODY=BINARYMIME\r\nRCPT TO:<alice@example.test>\r\n'); f.flush()
    replies = [reply(), reply()]
    at = 0
    while at < len(text):
        n = rnd.choice([1, 2, 3, 10, 100, 1000, 10000, 100000])
        chunk = text[at:at + n]
        at += n
        f.write(b'BDAT %d%s\r\n' % (len(chunk), b' LAST' if at >= len(text) else b'') + chunk)
        f.flush()
        replies.append(reply())
    f.write(b'QUIT\r\n'); f.flush(); reply()
    ours.close()
    p.wait()
    bad = [r for r in replies if r[:3] != '250']
    if bad:
        return None, bad[:1]
    files = glob.glob(sys.argv[4] + '/incoming/*')
    stored = open(files[0], 'rb').read().split(b'\n\n', 1)[1]
    problems = []
    if b'\r' in stored or b'\0' in stored:
        problems.append('CR or NUL is stored')
    # without what smtpd put in front
    return re.sub(rb'\AReceived:.*\n(?:[ \t].*\n)*', b'', stored), problems


work = os.environ.get('WORK', '/tmp')
wrong = encoded = 0
for number in range(count):
    boundaries = 0
    top = message(0, False)
    text = top.whole
    if not binary and rnd.randrange(3) == 0:
        text = text.replace(b'\n', b'\r\n')
    if not text:
        continue
    got, problems = (deliver if binary else send)(text)
    if got is not None:
        a, b = email.message_from_bytes(text), email.message_from_bytes(got)
        sa, sb = structure(a), structure(b)
        # a part without a Content-Type may have got one
        sb = [('-' if t == 'text/plain' and sa[i][0] == '-' else t, x) for i, (t, x) in enumerate(sb) if i < len(sa)]
        if sa != sb:
            problems.append('structure: %s / %s' % (sa, sb))
        pa, pb = leaves(a), leaves(b)
        encoded += sum(str(x.get('content-transfer-encoding')) != str(y.get('content-transfer-encoding')) for x, y in zip(pa, pb))
        for x, y in zip(pa, pb):
            if y.get('content-transfer-encoding') == 'quoted-printable' != x.get('content-transfer-encoding'):
                # who decodes must drop such space, which Python does not
                if re.search(r'[ \t]$|^.{77}', y.get_payload(), re.M):
                    problems.append('space at the end of a line, or a long one')
        for x, y, own in zip(pa, pb, top.leaves + [None] * len(pa)):
            if own is not None and own.binary:
                if payload(y) != own.body:
                    problems.append('binary: %r / %r' % (own.body[:200], payload(y)[:200]))
            elif normal(payload(x)) != normal(payload(y)):
                i = next((k for k, (u, v) in enumerate(zip(normal(payload(x)), normal(payload(y)))) if u != v), None)
                problems.append('part at %s: %r / %r' % (i, payload(x)[:200], payload(y)[:200]))
    if problems:
        wrong += 1
        if wrong <= 5:
            print('message %d of seed %d' % (number, seed), *problems[:5], sep='\n  ')
            with open(work + '/wrong.%d' % number, 'wb') as f:
                f.write(text)
            with open(work + '/wrong.%d.out' % number, 'wb') as f:
                f.write(got or b'')
print('%d messages, %d parts encoded, %d wrong' % (count, encoded, wrong))
