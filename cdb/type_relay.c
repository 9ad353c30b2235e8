/* SPDX-License-Identifier: ISC */
/* relay: who may send to domains that are not ours. What would make this an
 * open relay is refused. */
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "log.h"
#include "net.h"
#include "nets.h"
#include "type.h"

/* The shortest prefix a relay line may have, by where it lies: the first that
 * holds it counts. 64:ff9b::/96 and 2002::/16 have all of IPv4 in them. */
static const struct {
	const char *net;
	unsigned int plen, min;
} relay_widths[] = {{"0.0.0.0", 0, 8}, {"64:ff9b::", 96, 104},
    {"2002::", 16, 24}, {"fc00::", 7, 7}, {"fe80::", 10, 10}, {"::", 0, 20}};

enum { RELAY_PATTERN = 64 }; /* bytes of one */

/* All lines together: at most this share of the addresses. */
static const double relay_share[] = {1.0 / 16, 1.0 / 64};

static void
relay_open(struct compile *c, const char *what)
{
	source_error(&c->source,
	    "%s: that makes an open relay, for anybody to "
	    "send spam through; name only networks and domains you answer for",
	    what);
}

/* 1 if a prefix is too wide to relay for. */
static int
relay_wide(const struct ip *ip, unsigned int plen)
{
	struct ip net;
	size_t i;

	for (i = 0; i < sizeof relay_widths / sizeof *relay_widths; i++)
		if (ip_scan(relay_widths[i].net, &net) &&
		    plen >= relay_widths[i].plen &&
		    ip_match(&net, ip, relay_widths[i].plen))
			return plen < relay_widths[i].min;
	return 1;
}

/* 1 if all prefixes of COVER together are too much to relay for. */
static int
relay_much(struct cover *cover)
{
	return cover->share[0] > relay_share[0] ||
	    cover->share[1] > relay_share[1];
}

/* Reads the address S (N bytes) into *NET, if it is not too wide. 1, or 0,
 * said. */
static int
relay_net(struct compile *c, const char *s, size_t n, struct net *net)
{
	const char *wrong = net_scan(s, n, net);
	unsigned int plen;
	struct ip ip;

	if (n == 1 && *s == '*')
		relay_open(c, "*");
	else if (wrong)
		source_error(&c->source, "%.*s: %s", (int)n, s, wrong);
	else {
		net_prefix(net, 0, &ip, &plen);
		if (!relay_wide(&ip, plen))
			return 1;
		relay_open(c, s);
	}
	return 0;
}

static void
relay_ip(struct compile *c, char **field, int n)
{
	struct net net;

	if (n != 2)
		source_error(&c->source, "write: ip ADDRESS");
	else if (relay_net(c, field[1], strlen(field[1]), &net)) {
		compile_begin(c);
		compile_puts(c, ".verdict", "allow");
		nets_add(c, field[1], strlen(field[1]));
	}
}

static void
relay_to(struct compile *c, char **field, int n)
{
	char key[sizeof "to:." + ADDRESS_DOMAIN_MAX] = "to:";
	const char *domain = n == 2 ? field[1] : "";
	int dot = *domain == '.';

	if (n != 2) {
		source_error(&c->source, "write: to DOMAIN, or to .DOMAIN");
		return;
	}
	if (strcmp(domain, "*") == 0 || strcmp(domain, ".") == 0 ||
	    (dot && !strchr(domain + 1, '.'))) {
		relay_open(c, domain);
		return;
	}
	if (!type_domain(key + 3, sizeof key - 3, domain)) {
		source_error(&c->source, "%s: not a domain name", domain);
		return;
	}
	compile_begin(c);
	compile_puts(c, ".verdict", "allow");
	compile_unique(c, key, strlen(key), domain);
}

/* Spells the pattern S of a list (N bytes) as net_scan reads it, into TO:
 * "10.*" is "10.", "10.*.7" is "10.0-255.7.". Its length; 0 it is too long. */
static size_t
relay_spell(char *to, const char *s, size_t n)
{
	size_t i, len = 0, dots = 0;

	if (n > 2 && memcmp(s + n - 2, ".*", 2) == 0)
		n--;
	while (n > 3 && memcmp(s + n - 3, ".*.", 3) == 0)
		n -= 2;
	for (i = 0; i < n && len < RELAY_PATTERN; i++) {
		dots += s[i] == '.';
		if (s[i] == '*' && n > 1)
			len += (size_t)sprintf(to + len, "0-255");
		else
			to[len++] = s[i];
	}
	if (i < n)
		return 0;
	if (n && s[n - 1] != '.' && dots < 3 &&
	    strspn(to, "0123456789.-") >= len)
		to[len++] = '.';
	return len;
}

/* One pattern of a from line's list into COVER. 1, or 0, said. A pattern with
 * '!' before it only takes away. */
static int
relay_pattern(struct compile *c, const char *s, size_t n, struct cover *cover)
{
	unsigned int i, plen;
	struct net net;
	struct ip ip;
	int not = *s == '!';
	char text[RELAY_PATTERN + 8] = "";

	if (!(n = relay_spell(text, s + not, n - (size_t) not )))
		source_error(&c->source, "%s: not an address pattern", s);
	if (!n || !relay_net(c, text, n, &net))
		return 0;
	for (i = 0; !not &&i < net.count; i++) {
		net_prefix(&net, i, &ip, &plen);
		if (cover_add(cover, &ip, plen, c->source.line) < 0)
			compile_nomem(c);
	}
	return 1;
}

/* The address list of a from line: patterns, and all together not too wide.
 * 1, or 0, said. */
static int
relay_list(struct compile *c, const char *list)
{
	struct cover cover;
	const char *p, *end;
	int good = 1;

	cover_init(&cover);
	for (p = list; good; p = end + 1) {
		end = p + strcspn(p, ",");
		good = relay_pattern(c, p, (size_t)(end - p), &cover);
		if (!*end)
			break;
	}
	cover_compute(&cover, 0, 0);
	if (good && relay_much(&cover)) {
		relay_open(c, list);
		good = 0;
	}
	cover_free(&cover);
	return good;
}

/* from ADDRESS LIST: that sender, from these addresses; from! ADDRESS: from
 * anywhere, though a sender can be forged. */
static void
relay_from(struct compile *c, char **field, int n)
{
	char key[sizeof "from:" + ADDRESS_MAX], *address = key + 5;
	int anywhere = strcmp(field[0], "from!") == 0;

	if (n < 2 || n > 3 - anywhere) {
		source_error(
		    &c->source, "write: from ADDRESS LIST, or from! ADDRESS");
		return;
	}
	memcpy(key, "from:", 5);
	if (!address_valid(field[1], strlen(field[1]), 1) ||
	    !address_key(address, field[1])) {
		source_error(&c->source, "%s: not an address", field[1]);
		return;
	}
	if (n == 3 && !relay_list(c, field[2]))
		return;
	if (n == 2 && !anywhere)
		source_warn(&c->source,
		    "counts for nothing: anybody can forge "
		    "a sender; write the client addresses it counts from "
		    "(from %s 192.0.2.0/24), or from! %s",
		    address, address);
	compile_begin(c);
	compile_puts(c, ".verdict", n == 2 && !anywhere ? "deny" : "allow");
	compile_puts(c, "list", anywhere ? "*" : n == 3 ? field[2] : "");
	compile_unique(c, key, strlen(key), address);
}

/* popauth 15m: seconds of a number with s, m, h or d behind. */
static void
relay_popauth(struct compile *c, char **field, int n)
{
	static const char units[] = "smhd";
	static const unsigned long seconds[] = {1, 60, 3600, 86400};
	unsigned long v = 0;
	char number[LOG_NUM];
	const char *p = n == 2 ? field[1] : "", *unit;

	while (*p >= '0' && *p <= '9' && v < 1000000)
		v = v * 10 + (unsigned long)(*p++ - '0');
	unit = *p ? strchr(units, *p) : 0;
	if (n != 2 || !unit || p[1] || !v ||
	    (v *= seconds[unit - units]) > 86400) {
		source_error(&c->source,
		    "write: popauth TIME, as in 90s, 15m or 1h, up to 24h");
		return;
	}
	compile_begin(c);
	compile_puts(c, ".verdict", "allow");
	compile_puts(c, "seconds", log_u64(number, v));
	compile_unique(c, "popauth", 7, "popauth");
}

void
relay_line(struct compile *c, char *text, size_t size)
{
	static const struct {
		const char *word;
		void (*line)(struct compile *, char **, int);
	} words[] = {{"ip", relay_ip}, {"to", relay_to}, {"from", relay_from},
	    {"from!", relay_from}, {"popauth", relay_popauth}};
	char *field[4];
	int n = source_fields(text, field, 4);
	size_t i;

	(void)size;
	for (i = 0; n != 0 && i < sizeof words / sizeof *words; i++)
		if (strcmp(field[0], words[i].word) == 0) {
			words[i].line(c, field, n);
			return;
		}
	source_error(
	    &c->source, "%s: not ip, to, from, from! or popauth", field[0]);
}

void
relay_end(struct compile *c)
{
	nets_end(c);
	if (relay_much(&c->cover))
		relay_open(c, "all ip lines together");
}
