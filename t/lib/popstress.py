# SPDX-License-Identifier: ISC
# popstress.py PORT SECONDS CLIENTS USER=MAILDIR...: clients (poplib) that fetch,
# delete, change their mind and break off at random, while mail arrives and
# another program moves it from new to cur; every reply is compared with what a
# model of the maildrop allows; for SECONDS, and until enough has been done. Prints
# what that was, then each mistake.
import functools, os, poplib, random, ssl, sys, threading, time

port, seconds, clients = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
PASSWORD = 'secret'
done = {'sessions': 0, 'commands': 0, 'busy': 0, 'aborted': 0, 'deleted': 0}
enough = {'sessions': 10, 'commands': 100, 'aborted': 1, 'deleted': 5}
mistakes, lock, end = [], threading.Lock(), time.time() + seconds
tls = ssl.create_default_context()
tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE


def goes_on():
    now = time.time()
    return now < end or now < end + 100 and any(done[i] < enough[i] for i in enough)


def mistake(*what):
    with lock:
        mistakes.append(' '.join(str(w) for w in what))


@functools.lru_cache(None)
def content(n):
    r = random.Random(n)
    line = lambda: b''.join(r.choice((b'.', b'..', b'a', b'text ', b'\xe4', b'\t')) for _ in range(r.randrange(60)))
    text = b'Subject: %d\n\n' % n + b'\n'.join(line() for _ in range(r.randrange(200)))
    return text.replace(b'\n', b'\r\n') if n % 7 == 0 else text + b'\n' * (n % 3)


@functools.lru_cache(None)
def wire(n):  # the lines that are sent
    lines = content(n).replace(b'\r\n', b'\n').split(b'\n')
    return lines[:-1] if lines[-1] == b'' else lines


@functools.lru_cache(None)
def octets(n):
    return sum(len(l) + 2 for l in wire(n))


class Box:
    """What is in the maildrop: surely, perhaps, and no more."""
    def __init__(self, user, path):
        self.user, self.path, self.lock = user, path, threading.Lock()
        self.sure, self.maybe, self.leaving, self.gone = set(), set(), set(), set()
        self.active = self.started = self.next = 0

    def name(self, n):
        return '%d.M%dP1.host' % (1700000000 + n, n)

    def deliver(self):
        self.next += 1
        n, name = self.next, self.name(self.next)
        size = ',S=%d,W=%d' % (len(content(n)), octets(n)) if n % 2 else ''
        with open(self.path + '/tmp/' + name, 'wb') as f:
            f.write(content(n))
        with self.lock:
            self.maybe.add(n)
        os.rename(self.path + '/tmp/' + name, self.path + '/new/' + name + size)
        with self.lock:
            self.sure.add(n)

    def shuffle(self):
        for sub, to, flags in (('new', 'cur', ':2,'), ('cur', 'cur', ':2,S')):
            names = os.listdir(self.path + '/' + sub)
            if names:
                x = random.choice(names)
                try:
                    os.rename('%s/%s/%s' % (self.path, sub, x), '%s/%s/%s' % (self.path, to, x.split(':')[0] + flags))
                except FileNotFoundError:
                    pass


class Session:
    def __init__(self, box, r):
        self.box, self.r, self.deleted, self.counted = box, r, set(), False

    def login(self):  # or why not, and whether another session can be why
        b = self.box
        with b.lock:
            others, started = b.active, b.started
            b.active += 1
            b.started += 1
        self.counted = True
        self.p = poplib.POP3('127.0.0.1', port, timeout=120)
        if self.r.random() < 0.2:
            self.p.stls(tls)
        self.p.user(b.user)
        try:
            self.p.pass_(PASSWORD)
        except poplib.error_proto as e:
            with b.lock:
                return e, others or b.started > started + 1
        return None, False

    def leave(self):
        if self.counted:
            with self.box.lock:
                self.box.active -= 1
        self.counted = False

    def open(self):
        b, began = self.box, time.time()
        while True:
            with b.lock:
                sure, gone = set(b.sure), set(b.gone)
            refused, fair = self.login()
            if not refused:
                break
            if b'[IN-USE]' not in refused.args[0] or not fair and time.time() > began + 30:
                mistake('refused', refused)
                return False
            if fair:
                done['busy'] += 1
                return False
            self.leave()  # the server may yet be at the end of the session before
            time.sleep(0.1)
        uids = [l.split() for l in self.p.uidl()[1]]
        self.n = [int(u.decode().split('.M')[1].split('P')[0]) for _, u in uids]
        with b.lock:
            if not sure - b.gone - b.leaving <= set(self.n) <= b.maybe - gone:
                mistake('messages', sorted(sure - b.gone - b.leaving - set(self.n)), sorted(set(self.n) - b.maybe), sorted(set(self.n) & gone))
        if [int(i) for i, _ in uids] != list(range(1, len(uids) + 1)) or [u.decode() for _, u in uids] != [b.name(n) for n in self.n]:
            mistake('UIDL', uids)
        return True

    def left(self):
        return [i for i in range(len(self.n)) if i not in self.deleted]

    def same(self, what, got, want):
        if got != want:
            mistake(what, got, 'for', want)

    def fails(self, call, *arg):
        try:
            mistake(call.__name__, *arg, 'succeeded', call(*arg))
        except poplib.error_proto:
            pass

    def whole(self):
        p, left = self.p, self.left()
        what = self.r.randrange(6)
        if what == 0:
            self.same('STAT', p.stat(), (len(left), sum(octets(self.n[i]) for i in left)))
        elif what == 1:
            self.same('LIST', p.list()[1], [b'%d %d' % (i + 1, octets(self.n[i])) for i in left])
        elif what == 2:
            self.same('UIDL', p.uidl()[1], [b'%d %s' % (i + 1, self.box.name(self.n[i]).encode()) for i in left])
        elif what == 3 and self.r.random() < 0.3:
            p.rset()
            self.deleted.clear()
        elif what == 4:
            self.same('CAPA', 'UIDL' in p.capa(), True)
        else:
            bad = len(self.n) + 1 + self.r.randrange(3)
            for call in (p.retr, p.dele, p.list, p.uidl):
                self.fails(call, self.r.choice((0, bad, 4294967297)))

    def one(self):
        p, left = self.p, self.left()
        if not left:
            return
        i = self.r.choice(left)
        n, what = self.n[i], self.r.randrange(7)
        if what < 2:
            self.same('RETR', p.retr(i + 1)[1], wire(n))
        elif what == 2:
            k = self.r.choice((0, 1, 5, 1000))
            lines = wire(n)
            head = lines.index(b'') + 1 if b'' in lines else len(lines)
            self.same('TOP', p.top(i + 1, k)[1], lines[:head + k])
        elif what == 3:
            p.dele(i + 1)
            self.deleted.add(i)
            for call in (p.dele, p.retr, p.list, p.uidl):
                self.fails(call, i + 1)
        elif what == 4:
            self.same('LIST', p.list(i + 1).split()[1:3], [b'%d' % (i + 1), b'%d' % octets(n)])
        elif what == 5:
            self.same('UIDL', p.uidl(i + 1).split()[1:3], [b'%d' % (i + 1), self.box.name(n).encode()])
        else:  # ahead, and a part of a command behind
            p.sock.sendall(b'LIST %d\r\nNOOP\r\nTOP %d 0\r\nNO' % (i + 1, i + 1))
            self.same('LIST ahead', p._getresp(), b'+OK %d %d' % (i + 1, octets(n)))
            self.same('NOOP ahead', p._getresp()[:3], b'+OK')
            p._getlongresp()
            p.sock.sendall(b'OP\r\n')
            self.same('NOOP', p._getresp()[:3], b'+OK')

    def close(self):
        b = self.box
        if self.r.random() < 0.3:
            self.p.close()
            time.sleep(0.3)  # until the server knows
            done['aborted'] += 1
            return
        gone = {self.n[i] for i in self.deleted}
        with b.lock:
            b.leaving |= gone
        self.p.quit()
        with b.lock:
            b.gone |= gone
            b.leaving -= gone
        done['deleted'] += len(gone)

    def run(self):
        try:
            if self.open():
                done['sessions'] += 1
                for _ in range(self.r.randrange(30)):
                    done['commands'] += 1
                    self.whole() if self.r.random() < 0.25 else self.one()
                self.close()
        except (OSError, EOFError, ValueError, poplib.error_proto) as e:
            mistake('failed', repr(e))
        finally:
            self.leave()


def client(who):
    r = random.Random(who)
    while goes_on() and len(mistakes) < 20:
        Session(r.choice(boxes), r).run()


def mail(box):
    while goes_on():
        if len(box.maybe) - len(box.gone) < 60:
            box.deliver()
        box.shuffle()
        time.sleep(0.02)


boxes = [Box(*a.split('=', 1)) for a in sys.argv[4:]]
for b in boxes:
    for _ in range(20):
        b.deliver()
threads = [threading.Thread(target=client, args=(i,)) for i in range(clients)] + [threading.Thread(target=mail, args=(b,)) for b in boxes]
for t in threads:
    t.start()
for t in threads:
    t.join()
for b in boxes:
    left = {}
    for sub in ('new', 'cur'):
        for x in os.listdir(b.path + '/' + sub):
            left[int(x.split('.M')[1].split('P')[0])] = open('%s/%s/%s' % (b.path, sub, x), 'rb').read()
    if set(left) != b.maybe - b.gone or b.leaving:
        mistake('at the end', sorted(set(left) ^ (b.maybe - b.gone)))
    for n in left:
        if left[n] != content(n):
            mistake('changed', n)
print(' '.join('%s=%d' % i for i in done.items()))
for m in mistakes:
    print(m[:2000])
