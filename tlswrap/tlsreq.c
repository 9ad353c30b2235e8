/* SPDX-License-Identifier: ISC */
/* What tlswrap asks of tlsd: writing and reading it. */
#include "tlsreq.h"

#include <string.h>

static const char tlsreq_magic[] = "tls2";

enum { TLSREQ_FIELDS = 4 };

struct tlsreq_field {
	const char *name;
	size_t at, size;
};

static const struct tlsreq_field tlsreq_fields[TLSREQ_FIELDS] = {
    {"protocol=", offsetof(struct tlsreq, protocol), TLSREQ_PROTOCOL},
    {"connid=", offsetof(struct tlsreq, connid), TLSREQ_CONNID},
    {"ip=", offsetof(struct tlsreq, ip), TLSREQ_IP},
    {"verify=", offsetof(struct tlsreq, verify), TLSREQ_VERIFY},
};

/* Letters, digits, and the few signs that addresses, connection ids and
 * protocols have: nothing that a log or an environment could misread. */
static int
tlsreq_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || (c && strchr(".,:-_/%+@", c));
}

void
tlsreq_set(char *field, size_t size, const char *value)
{
	size_t i;

	for (i = 0; value && value[i] && i < size - 1; i++)
		field[i] =
		    tlsreq_char((unsigned char)value[i]) ? value[i] : '?';
	field[i] = 0;
}

int
tlsreq_protocol(const char *s)
{
	size_t i;

	for (i = 0; s[i]; i++)
		if (!tlsreq_char((unsigned char)s[i]) ||
		    strchr(":_%+@", s[i]) ||
		    (s[i] == ',' && (i == 0 || s[i - 1] == ',')))
			return 0;
	return i > 0 && i < TLSREQ_PROTOCOL && s[i - 1] != ',';
}

size_t
tlsreq_write(char *buf, const struct tlsreq *r)
{
	const struct tlsreq_field *f;
	const char *value;
	size_t i, n = sizeof tlsreq_magic, len;

	memcpy(buf, tlsreq_magic, n);
	for (i = 0; i < TLSREQ_FIELDS; i++) {
		f = &tlsreq_fields[i];
		value = (const char *)r + f->at;
		if (!*value)
			continue;
		len = strlen(f->name);
		memcpy(buf + n, f->name, len);
		n += len;
		len = strlen(value) + 1;
		memcpy(buf + n, value, len);
		n += len;
	}
	buf[n++] = 0;
	return n;
}

/* Takes one "name=value" of N bytes. 1 or 0. */
static int
tlsreq_take(struct tlsreq *r, const char *s, size_t n)
{
	const struct tlsreq_field *f = tlsreq_fields;
	size_t i, len = 0;
	char *to;

	for (i = 0; i < TLSREQ_FIELDS; i++) {
		f = &tlsreq_fields[i];
		len = strlen(f->name);
		if (n > len && memcmp(s, f->name, len) == 0)
			break;
	}
	if (i == TLSREQ_FIELDS || n - len >= f->size)
		return 0;
	to = (char *)r + f->at;
	if (*to)
		return 0;
	for (i = len; i < n; i++)
		if (!tlsreq_char((unsigned char)s[i]) && s[i] != '?')
			return 0;
	memcpy(to, s + len, n - len);
	return 1;
}

int
tlsreq_verify(const char *s)
{
	return strcmp(s, "ask") == 0 || strcmp(s, "need") == 0;
}

static int
tlsreq_good(const struct tlsreq *r)
{
	return (!*r->protocol || tlsreq_protocol(r->protocol)) &&
	    (!*r->verify || tlsreq_verify(r->verify));
}

size_t
tlsreq_read(struct tlsreq *r, const char *s, size_t n)
{
	size_t at, len;
	const char *end;

	memset(r, 0, sizeof *r);
	if (n < sizeof tlsreq_magic ||
	    memcmp(s, tlsreq_magic, sizeof tlsreq_magic) != 0)
		return 0;
	for (at = sizeof tlsreq_magic; at < n; at += len + 1) {
		if (!(end = memchr(s + at, 0, n - at)))
			return 0;
		if ((len = (size_t)(end - s) - at) == 0)
			return tlsreq_good(r) ? at + 1 : 0;
		if (!tlsreq_take(r, s + at, len))
			return 0;
	}
	return 0;
}

int
tlsreq_host(const char *s, size_t n)
{
	size_t i;

	if (n < 1 || n > 253)
		return 0;
	for (i = 0; i < n; i++) {
		if (!tlsreq_char((unsigned char)s[i]) || strchr(",:/%+@", s[i]))
			return 0;
		if ((s[i] == '.' || s[i] == '-') && (i == 0 || s[i - 1] == '.'))
			return 0;
	}
	return s[n - 1] != '.';
}
