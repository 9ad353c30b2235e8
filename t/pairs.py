# SPDX-License-Identifier: ISC
# pairs.py FILE.cdb PAIRS: random nested networks compiled as ip rules, and
# PAIRS addresses asked about; the answers against Python's ipaddress.
import ipaddress, random, subprocess, sys
random.seed(7)
file, pairs = sys.argv[1], int(sys.argv[2])
classes = {32: ipaddress.IPv4Network, 128: ipaddress.IPv6Network}


def net(bits):
    plen = random.randint(0, bits)
    a = random.getrandbits(bits)
    if random.random() < .8:  # crowd them, so that they nest
        a = (0x0a << bits - 8) | (a & ((1 << 6) - 1)) | (a & 0xf << bits - 12)
    return classes[bits]((a >> bits - plen << bits - plen, plen))


def address(nets):
    n = random.choice(nets) if random.random() < .9 else \
        net(random.choice([32, 128]))
    return random.choice([n[0], n[-1],
        n[random.randrange(min(n.num_addresses, 1 << 60))]])


def longest(masks, a):
    """The longest network that holds A, one mask after the other."""
    for mask, nets in masks[a.version]:
        if int(a) & mask in nets:
            return nets[int(a) & mask]


def by_mask(nets):
    masks = {4: {}, 6: {}}
    for n in nets:
        masks[n.version].setdefault(int(n.netmask), {})[int(n[0])] = n
    return {v: sorted(m.items(), reverse=True) for v, m in masks.items()}


def batch(count):
    nets = {net(bits): random.choice(['allow', 'deny'])
        for bits in (32, 128) for _ in range(400)}
    source = ''.join('%s:%s\n' % i for i in nets.items()) + ':deny\n'
    subprocess.run(['cdbrules', 'compile', 'ip', file], input=source, text=True,
        check=True, stderr=subprocess.DEVNULL)
    names, masks, bad = list(nets), by_mask(nets), 0
    ask = [address(names) for _ in range(count)]
    out = subprocess.run(['cdbrules', 'explain', 'ip', file] +
        [str(a) for a in ask], text=True, stdout=subprocess.PIPE).stdout
    for a, got in zip(ask, out.split('\n\n'), strict=True):
        best = longest(masks, a)
        want = '%s %s' % (nets[best], best) if best else 'deny '
        line = got.split(': ', 1)[1].rsplit(':', 1)[0]
        if '%s %s' % (got.split('\n')[0], line) != want:
            bad += 1
            print(a, got, want)
    return bad


bad, done = 0, 0
while done < pairs:
    n = min(3000, pairs - done)
    bad += batch(n)
    done += n
print(done, 'pairs,', bad, 'wrong')
