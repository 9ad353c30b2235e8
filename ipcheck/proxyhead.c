/* SPDX-License-Identifier: ISC */
/* The header of the PROXY protocol, versions 1 and 2, as bytes. */
#include "proxyhead.h"

#include <string.h>

enum {
	V1_MAX = 107,      /* CR LF included */
	V1_PREFIX = 6,     /* "PROXY " */
	V2_SIGNATURE = 12, /* then command, family, and two bytes of length */
	V2_FIXED = 16,
	V2_LOCAL = 0x20,
	V2_PROXY = 0x21,
	V2_UNSPEC = 0x00,
	V2_TCP4 = 0x11,
	V2_TCP6 = 0x21,
	V2_UNIX = 0x31,
	V2_UNIX_SIZE = 216, /* two paths */
	V2_TLV = 3          /* type and length of an extension */
};

static const char v1_prefix[] = "PROXY ";
static const char v2_signature[] = "\r\n\r\n\0\r\nQUIT\n";

static int
proxyhead_bad(struct proxyhead *h, const char *why)
{
	h->bad = why;
	return -1;
}

/* 1 if P and TEXT are the same as far as both N and SIZE reach. */
static int
proxyhead_like(const unsigned char *p, size_t n, const char *text, size_t size)
{
	return memcmp(p, text, n < size ? n : size) == 0;
}

/* --------------------------------------------------------------- version 1 */

static int
v1_port(const char *s, uint16_t *port)
{
	unsigned long v = 0;
	size_t n;

	for (n = 0; s[n] >= '0' && s[n] <= '9' && n < 5; n++)
		v = v * 10 + (unsigned long)(s[n] - '0');
	*port = (uint16_t)v;
	return n && !s[n] && v <= 65535 && (n == 1 || *s != '0');
}

/* An address with colons if SIX, with dots only if not. */
static int
v1_address(const char *s, int six, struct ip *ip)
{
	return !!strchr(s, ':') == six && ip_scan(s, ip);
}

/* The text behind "PROXY ", which it cuts to pieces. */
static int
v1_text(struct proxyhead *h, char *s)
{
	char *field[5];
	size_t i;
	int six;

	field[0] = strsep(&s, " ");
	h->named = 0;
	if (strcmp(field[0], "UNKNOWN") == 0)
		return 1;
	six = strcmp(field[0], "TCP6") == 0;
	if (!six && strcmp(field[0], "TCP4") != 0)
		return proxyhead_bad(h, "neither TCP4, TCP6 nor UNKNOWN");
	for (i = 1; i < 5; i++)
		if (!(field[i] = strsep(&s, " ")))
			return proxyhead_bad(h, "too few fields");
	if (s)
		return proxyhead_bad(h, "too many fields");
	if (!v1_address(field[1], six, &h->remote) ||
	    !v1_address(field[2], six, &h->local))
		return proxyhead_bad(h, "no address of the family");
	if (!v1_port(field[3], &h->remote_port) ||
	    !v1_port(field[4], &h->local_port))
		return proxyhead_bad(h, "no port number");
	h->named = 1;
	return 1;
}

/* P is "PROXY " as far as N reaches. */
static int
v1_scan(struct proxyhead *h, const unsigned char *p, size_t n)
{
	char text[V1_MAX];
	size_t i;

	for (i = 0; i < n && i < V1_MAX && p[i] != '\r'; i++) {
		if (p[i] < ' ' || p[i] >= 127)
			return proxyhead_bad(h, "a byte that is not text");
		text[i] = (char)p[i];
	}
	if (i + 2 > V1_MAX)
		return proxyhead_bad(h, "line too long");
	if (n < i + 2) {
		h->len = n + 1;
		return 0;
	}
	if (p[i + 1] != '\n')
		return proxyhead_bad(h, "CR without LF");
	text[i] = 0;
	h->len = i + 2;
	return v1_text(h, text + V1_PREFIX);
}

/* --------------------------------------------------------------- version 2 */

static unsigned int
v2_number(const unsigned char *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static void
v2_address(struct ip *ip, const unsigned char *p, unsigned char len)
{
	memcpy(ip->b, p, len);
	ip->len = len;
	ip_unmap(ip);
}

static void
v2_addresses(struct proxyhead *h, const unsigned char *p, unsigned char len)
{
	v2_address(&h->remote, p, len);
	v2_address(&h->local, p + len, len);
	h->remote_port = (uint16_t)v2_number(p + 2 * len);
	h->local_port = (uint16_t)v2_number(p + 2 * len + 2);
	h->named = 1;
}

/* 1 if the N bytes at P are whole extensions (TLVs), one behind the other. */
static int
v2_extensions(const unsigned char *p, size_t n)
{
	size_t size;

	for (; n > 0; p += size, n -= size) {
		if (n < V2_TLV)
			return 0;
		size = V2_TLV + v2_number(p + 1);
		if (size > n)
			return 0;
	}
	return 1;
}

/* The N bytes at P behind the fixed part of a header for FAMILY. */
static int
v2_block(
    struct proxyhead *h, unsigned int family, const unsigned char *p, size_t n)
{
	size_t size;

	switch (family) {
	case V2_UNSPEC:
		return 1;
	case V2_TCP4:
		size = 2 * 4 + 4;
		break;
	case V2_TCP6:
		size = 2 * 16 + 4;
		break;
	case V2_UNIX:
		size = V2_UNIX_SIZE;
		break;
	default:
		return proxyhead_bad(h, "not for a TCP connection");
	}
	if (n < size)
		return proxyhead_bad(h, "too short for its addresses");
	if (!v2_extensions(p + size, n - size))
		return proxyhead_bad(h, "an extension beyond the end");
	if (family != V2_UNIX)
		v2_addresses(h, p, family == V2_TCP4 ? 4 : 16);
	return 1;
}

/* P is the signature as far as N reaches. */
static int
v2_scan(struct proxyhead *h, const unsigned char *p, size_t n)
{
	h->len = V2_FIXED;
	if (n < V2_FIXED)
		return 0;
	h->len += v2_number(p + V2_SIGNATURE + 2);
	if (h->len > PROXYHEAD_MAX)
		return proxyhead_bad(h, "too long");
	if (p[V2_SIGNATURE] != V2_LOCAL && p[V2_SIGNATURE] != V2_PROXY)
		return proxyhead_bad(h, "unknown version or command");
	if (n < h->len)
		return 0;
	h->named = 0;
	if (p[V2_SIGNATURE] == V2_LOCAL)
		return 1;
	return v2_block(
	    h, p[V2_SIGNATURE + 1], p + V2_FIXED, h->len - V2_FIXED);
}

/* -------------------------------------------------------------------- both */

int
proxyhead_scan(struct proxyhead *h, const unsigned char *p, size_t n)
{
	h->bad = 0;
	if (n == 0) {
		h->len = 1;
		return 0;
	}
	if (proxyhead_like(p, n, v1_prefix, V1_PREFIX))
		return v1_scan(h, p, n);
	if (proxyhead_like(p, n, v2_signature, V2_SIGNATURE))
		return v2_scan(h, p, n);
	return proxyhead_bad(h, "no header");
}

int
proxyhead_begins(const unsigned char *p, size_t n)
{
	return (n >= V1_PREFIX && proxyhead_like(p, n, v1_prefix, V1_PREFIX)) ||
	    (n >= V2_SIGNATURE &&
		proxyhead_like(p, n, v2_signature, V2_SIGNATURE));
}
