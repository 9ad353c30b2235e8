/* SPDX-License-Identifier: ISC */
/* Mail addresses: their syntax, and the keys they are looked up by. */
#include "address.h"

#include <string.h>

#include "idn.h"
#include "ip.h"

enum { ADDRESS_LABEL_MAX = 63, ADDRESS_NAME_MAX = 253 };

static int
address_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

/* Length of the UTF-8 character at S (N bytes, the first above 127), or 0 if
 * it is not a valid one: overlong, a surrogate, or above U+10FFFF. */
static size_t
address_utf8(const unsigned char *s, size_t n)
{
	size_t len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4, i;

	if (s[0] < 0xc2 || s[0] > 0xf4 || n < len)
		return 0;
	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

int
address_text_valid(const char *s, int utf8)
{
	size_t n = strlen(s), step;

	for (; n > 0; s += step, n -= step) {
		step = 1;
		if ((unsigned char)*s >= 128)
			step = utf8 ? address_utf8((const unsigned char *)s, n)
				    : 0;
		else if (*s <= ' ' || *s == 127)
			return 0;
		if (!step)
			return 0;
	}
	return 1;
}

/* Bytes of the atext character at S (RFC 5322, 3.2.3; RFC 6531), or 0. */
static size_t
address_atext(const char *s, size_t n, int utf8)
{
	unsigned char c = (unsigned char)s[0];

	if (address_alnum(c) ||
	    (c && c < 128 && strchr("!#$%&'*+-/=?^_`{|}~", c)))
		return 1;
	return c >= 128 && utf8 ? address_utf8((const unsigned char *)s, n) : 0;
}

/* Length of the dot-string at S, or 0 if there is none. */
static size_t
address_dot_string(const char *s, size_t n, int utf8)
{
	size_t i = 0, step;

	while (i < n) {
		if (!(step = address_atext(s + i, n - i, utf8)))
			return 0;
		while (step) {
			i += step;
			step = i < n ? address_atext(s + i, n - i, utf8) : 0;
		}
		if (i == n || s[i] != '.')
			return i;
		i++;
	}
	return 0;
}

/* Length of the quoted string at S, or 0 (RFC 5321, 4.1.2: no controls). */
static size_t
address_quoted(const char *s, size_t n, int utf8)
{
	size_t i = 1, step;

	if (n < 2 || s[0] != '"')
		return 0;
	while (i < n && s[i] != '"') {
		if (s[i] == '\\' && ++i == n)
			return 0;
		step = 1;
		if ((unsigned char)s[i] >= 128)
			step = utf8
			    ? address_utf8((const unsigned char *)s + i, n - i)
			    : 0;
		else if ((unsigned char)s[i] < ' ' || s[i] == 127)
			return 0;
		if (!step)
			return 0;
		i += step;
	}
	return i < n ? i + 1 : 0;
}

/* One label, from S on. Its length, or 0. */
static size_t
address_label(const char *s, size_t n, int utf8)
{
	size_t i = 0, step;

	while (i < n && s[i] != '.') {
		step = 1;
		if ((unsigned char)s[i] >= 128)
			step = utf8
			    ? address_utf8((const unsigned char *)s + i, n - i)
			    : 0;
		else if (!address_alnum((unsigned char)s[i]) && s[i] != '-')
			return 0;
		if (!step)
			return 0;
		i += step;
	}
	if (i > ADDRESS_LABEL_MAX || s[0] == '-' || (i && s[i - 1] == '-'))
		return 0;
	return i;
}

int
address_domain_valid(const char *s, size_t n, int utf8)
{
	size_t i = 0, len;

	if (n < 1 || n > ADDRESS_NAME_MAX)
		return 0;
	for (;;) {
		if (!(len = address_label(s + i, n - i, utf8)))
			return 0;
		i += len;
		if (i == n)
			return 1;
		if (++i == n)
			return 0;
	}
}

/* An address literal: [192.0.2.1] or [IPv6:2001:db8::1] (RFC 5321, 4.1.3). */
static int
address_literal(const char *s, size_t n)
{
	char text[IP_FMT];
	struct ip ip;
	int v6;

	if (n < 3 || s[0] != '[' || s[n - 1] != ']')
		return 0;
	s++;
	n -= 2;
	v6 = n > 5 && strncasecmp(s, "IPv6:", 5) == 0;
	if (v6) {
		s += 5;
		n -= 5;
	}
	if (n >= sizeof text || memchr(s, 0, n))
		return 0;
	memcpy(text, s, n);
	text[n] = 0;
	return ip_scan(text, &ip) && v6 == (strchr(text, ':') != 0);
}

int
address_valid(const char *s, size_t n, int utf8)
{
	size_t local;

	if (n > ADDRESS_MAX)
		return 0;
	local = n && s[0] == '"' ? address_quoted(s, n, utf8)
				 : address_dot_string(s, n, utf8);
	if (!local || local > ADDRESS_LOCAL_MAX || local == n ||
	    s[local] != '@')
		return 0;
	s += local + 1;
	n -= local + 1;
	if (n > ADDRESS_DOMAIN_MAX)
		return 0;
	return address_literal(s, n) || address_domain_valid(s, n, utf8);
}

/* The local-part S (N bytes) without needless quotes into KEY; its length. */
static size_t
address_unquote(char *key, const char *s, size_t n)
{
	size_t i, k = 0;

	if (n < 2 || s[0] != '"' || s[n - 1] != '"') {
		memcpy(key, s, n);
		return n;
	}
	for (i = 1; i < n - 1; i++) {
		if (s[i] == '\\' && i + 1 < n - 1)
			i++;
		key[k++] = s[i];
	}
	if (k && address_dot_string(key, k, 1) == k)
		return k;
	memcpy(key, s, n);
	return n;
}

static void
address_lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s + ('a' - 'A'));
}

static int
address_beyond_ascii(const char *s)
{
	while (*s && (unsigned char)*s < 128)
		s++;
	return *s != 0;
}

int
address_domain_key(char *domain, size_t size)
{
	char ascii[IDN_SIZE];
	size_t dot = *domain == '.';

	address_lower(domain);
	if (!address_beyond_ascii(domain))
		return 1;
	if (!idn_ascii(ascii, domain + dot) || dot + strlen(ascii) >= size)
		return 0;
	strcpy(domain + dot, ascii);
	return 1;
}

int
address_key(char *key, const char *s)
{
	const char *at = strrchr(s, '@');
	char ascii[IDN_SIZE];
	size_t n;

	if (!at || strlen(s) > ADDRESS_MAX)
		return 0;
	n = address_unquote(key, s, (size_t)(at - s));
	strcpy(key + n, at);
	address_lower(key);
	/* what is no such name stays, and is nobody's domain */
	if (!address_beyond_ascii(key + n) || !idn_exact(ascii, key + n + 1))
		return 1;
	if (n + 1 + strlen(ascii) > ADDRESS_MAX)
		return 0;
	strcpy(key + n + 1, ascii);
	return 1;
}

const char *
address_domain(const char *key)
{
	const char *at = strrchr(key, '@');

	return at ? at + 1 : "";
}
