/* SPDX-License-Identifier: ISC */
/* Messages to and from DNS servers. Replies are read by glibc's parser, which
 * checks the bounds. */
#include "dnsmsg.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

struct dnsmsg {
	ns_msg msg;
	int next;               /* the record that is read next */
	char name[NS_MAXDNAME]; /* what is asked for */
};

int
dnsmsg_query(unsigned char *buf, const char *name, int type)
{
	unsigned char *p = buf + NS_HFIXEDSZ;
	size_t n;

	memset(buf, 0, NS_HFIXEDSZ);
	if (getrandom(buf, 2, 0) != 2)
		return 0;
	buf[2] = 1; /* recursion desired */
	if (type == DNSMSG_TLSA)
		buf[3] = 0x20; /* does DNSSEC protect the answer? */
	buf[5] = 1;            /* one question */
	for (; *name; name += n + (name[n] == '.')) {
		n = strcspn(name, ".");
		*p++ = (unsigned char)n;
		memcpy(p, name, n);
		p += n;
	}
	*p++ = 0;
	NS_PUT16(type, p);
	NS_PUT16(ns_c_in, p);
	return (int)(p - buf);
}

static enum resolve_result
dnsmsg_open(struct dnsmsg *d, const unsigned char *s, int n)
{
	ns_rr question;

	if (ns_initparse(s, n, &d->msg) < 0 ||
	    ns_msg_count(d->msg, ns_s_qd) != 1 ||
	    ns_parserr(&d->msg, ns_s_qd, 0, &question) < 0)
		return RESOLVE_TEMP;
	strcpy(d->name, ns_rr_name(question));
	d->next = 0;
	switch (ns_msg_getflag(d->msg, ns_f_rcode)) {
	case ns_r_noerror:
		return RESOLVE_FOUND;
	case ns_r_nxdomain:
		return RESOLVE_NONE;
	default:
		return RESOLVE_TEMP;
	}
}

static int
dnsmsg_name(const struct dnsmsg *d, const ns_rr *rr, char *name)
{
	return dn_expand(ns_msg_base(d->msg), ns_msg_end(d->msg),
		   ns_rr_rdata(*rr), name, NS_MAXDNAME) >= 0;
}

/* The next record of TYPE about the name, following aliases. 1; 0 no more; -1
 * malformed. */
static int
dnsmsg_next(struct dnsmsg *d, ns_type type, ns_rr *rr)
{
	while (d->next < ns_msg_count(d->msg, ns_s_an)) {
		if (ns_parserr(&d->msg, ns_s_an, d->next++, rr) < 0)
			return -1;
		if (ns_rr_class(*rr) != ns_c_in ||
		    strcasecmp(ns_rr_name(*rr), d->name) != 0)
			continue;
		if (ns_rr_type(*rr) == type)
			return 1;
		if (ns_rr_type(*rr) == ns_t_cname &&
		    !dnsmsg_name(d, rr, d->name))
			return -1;
	}
	return 0;
}

enum resolve_result
dnsmsg_ips(
    const unsigned char *s, int n, unsigned char len, struct resolve_ips *a)
{
	size_t before = a->n;
	struct dnsmsg d;
	struct ip *ip;
	ns_rr rr;
	int r;

	if ((r = dnsmsg_open(&d, s, n)) != RESOLVE_FOUND)
		return r;
	while (a->n < RESOLVE_MAX &&
	    (r = dnsmsg_next(&d, len == 4 ? ns_t_a : ns_t_aaaa, &rr)) > 0) {
		if (ns_rr_rdlen(rr) != len)
			return RESOLVE_TEMP;
		ip = &a->ip[a->n++];
		memcpy(ip->b, ns_rr_rdata(rr), len);
		ip->len = len;
		ip_unmap(ip);
	}
	if (a->n == RESOLVE_MAX)
		return RESOLVE_FOUND;
	return r < 0 ? RESOLVE_TEMP : a->n > before;
}

enum resolve_result
dnsmsg_names(const unsigned char *s, int n, struct resolve_names *names)
{
	char name[NS_MAXDNAME];
	struct dnsmsg d;
	ns_rr rr;
	int r;

	names->n = 0;
	if ((r = dnsmsg_open(&d, s, n)) != RESOLVE_FOUND)
		return r;
	while (names->n < RESOLVE_MAX &&
	    (r = dnsmsg_next(&d, ns_t_ptr, &rr)) > 0) {
		if (!dnsmsg_name(&d, &rr, name))
			return RESOLVE_TEMP;
		if (hostname_clean(names->name[names->n], name))
			names->n++;
	}
	if (names->n == RESOLVE_MAX)
		return RESOLVE_FOUND;
	return r < 0 ? RESOLVE_TEMP : names->n > 0;
}

/* The MX record RR. 1 it can be used; 0 not; -1 malformed. */
static int
dnsmsg_mx(const struct dnsmsg *d, const ns_rr *rr, struct resolve_mx *mx)
{
	const unsigned char *p = ns_rr_rdata(*rr);
	char name[NS_MAXDNAME];

	if (ns_rr_rdlen(*rr) < 3)
		return -1;
	mx->preference = (unsigned int)p[0] << 8 | p[1];
	if (dn_expand(ns_msg_base(d->msg), ns_msg_end(d->msg), p + 2, name,
		sizeof name) < 0)
		return -1;
	if (name[0] && strcmp(name, ".") != 0)
		return hostname_clean(mx->name, name);
	mx->name[0] = 0;
	return 1;
}

enum resolve_result
dnsmsg_mxs(const unsigned char *s, int n, struct resolve_mxs *m)
{
	struct dnsmsg d;
	int r, some = 0, good;
	ns_rr rr;

	m->n = 0;
	if ((r = dnsmsg_open(&d, s, n)) != RESOLVE_FOUND)
		return r;
	while (m->n < RESOLVE_MAX && (r = dnsmsg_next(&d, ns_t_mx, &rr)) > 0) {
		some = 1;
		if ((good = dnsmsg_mx(&d, &rr, &m->mx[m->n])) < 0)
			return RESOLVE_TEMP;
		m->n += (size_t)good;
	}
	if (r < 0)
		return RESOLVE_TEMP;
	return some ? RESOLVE_FOUND : RESOLVE_NONE;
}

/* The strings of the TXT record RR, put together. 1; 0 it does not fit; -1
 * malformed. */
static int
dnsmsg_txt(const ns_rr *rr, char *text)
{
	const unsigned char *p = ns_rr_rdata(*rr);
	const unsigned char *end = p + ns_rr_rdlen(*rr);
	size_t n = 0;

	for (; p < end; p += 1 + *p) {
		if (*p >= end - p)
			return -1;
		if (n + *p >= RESOLVE_TEXT || memchr(p + 1, 0, *p))
			return 0;
		memcpy(text + n, p + 1, *p);
		n += *p;
	}
	text[n] = 0;
	return 1;
}

enum resolve_result
dnsmsg_txts(const unsigned char *s, int n, struct resolve_txts *t)
{
	struct dnsmsg d;
	int r, good;
	ns_rr rr;

	t->n = 0;
	if ((r = dnsmsg_open(&d, s, n)) != RESOLVE_FOUND)
		return r;
	while (t->n < RESOLVE_MAX && (r = dnsmsg_next(&d, ns_t_txt, &rr)) > 0) {
		if ((good = dnsmsg_txt(&rr, t->text[t->n])) < 0)
			return RESOLVE_TEMP;
		t->n += (size_t)good;
	}
	return r < 0 ? RESOLVE_TEMP : t->n > 0;
}

enum resolve_result
dnsmsg_tlsas(const unsigned char *s, int n, struct resolve_tlsas *t)
{
	enum { NUMBERS = 3 }; /* before the data: usage, selector, type */
	const unsigned char *p;
	struct tlsa *one;
	struct dnsmsg d;
	ns_rr rr;
	int r;

	t->n = 0;
	if ((r = dnsmsg_open(&d, s, n)) != RESOLVE_FOUND)
		return r;
	t->secure = ns_msg_getflag(d.msg, ns_f_ad) != 0;
	while (t->n < RESOLVE_MAX &&
	    (r = dnsmsg_next(&d, (ns_type)DNSMSG_TLSA, &rr)) > 0) {
		if (ns_rr_rdlen(rr) <= NUMBERS ||
		    ns_rr_rdlen(rr) - NUMBERS > TLSA_DATA_MAX)
			continue;
		one = &t->record[t->n++];
		p = ns_rr_rdata(rr);
		one->usage = p[0];
		one->selector = p[1];
		one->type = p[2];
		one->n = (size_t)ns_rr_rdlen(rr) - NUMBERS;
		memcpy(one->data, p + NUMBERS, one->n);
	}
	return r < 0 ? RESOLVE_TEMP : t->n > 0;
}
