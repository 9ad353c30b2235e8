/* SPDX-License-Identifier: ISC */
/* TLSA records and fingerprints as text. */
#include "tlsa.h"

#include <stdio.h>
#include <string.h>

enum { TLSA_SHA256 = 32, TLSA_SHA512 = 64 };

static int
tlsa_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Reads hexadecimal bytes up to the end of S; between two of them may be
 * characters of BETWEEN. 1 or 0. */
static int
tlsa_hex(const char *s, const char *between, struct tlsa *t)
{
	int high, low;

	for (t->n = 0; *s; s += 2) {
		if (t->n > 0)
			s += strspn(s, between);
		if (t->n == TLSA_DATA_MAX || (high = tlsa_digit(s[0])) < 0 ||
		    (low = tlsa_digit(s[1])) < 0)
			return 0;
		t->data[t->n++] = (unsigned char)(high << 4 | low);
	}
	return t->n > 0;
}

/* Reads one number and the space behind it; *S is moved. 1 or 0. */
static int
tlsa_number(const char **s, unsigned char *out)
{
	const char *p = *s;
	unsigned int n = 0;

	for (; *p >= '0' && *p <= '9' && n <= 255; p++)
		n = n * 10 + (unsigned int)(*p - '0');
	if (p == *s || n > 255 || *p != ' ')
		return 0;
	*s = p + strspn(p, " ");
	*out = (unsigned char)n;
	return 1;
}

int
tlsa_scan(const char *s, struct tlsa *t)
{
	return tlsa_number(&s, &t->usage) && tlsa_number(&s, &t->selector) &&
	    tlsa_number(&s, &t->type) && tlsa_hex(s, " ", t);
}

int
tlsa_scan_pin(const char *s, struct tlsa *t)
{
	t->usage = TLSA_DANE_EE;
	t->selector = 0;
	t->type = 1;
	if (strncmp(s, "sha256:", 7) == 0) {
		s += 7;
	} else if (strncmp(s, "spki:", 5) == 0) {
		t->selector = 1;
		s += 5;
	}
	return tlsa_hex(s, ":", t) && tlsa_usable(t);
}

int
tlsa_usable(const struct tlsa *t)
{
	if (t->usage != TLSA_DANE_TA && t->usage != TLSA_DANE_EE)
		return 0;
	if (t->selector > 1)
		return 0;
	switch (t->type) {
	case 0:
		return t->n > 0;
	case 1:
		return t->n == TLSA_SHA256;
	case 2:
		return t->n == TLSA_SHA512;
	default:
		return 0;
	}
}

const char *
tlsa_fmt(char *s, const struct tlsa *t)
{
	static const char hex[] = "0123456789abcdef";
	char *p = s + sprintf(s, "%u %u %u ", t->usage, t->selector, t->type);
	size_t i;

	for (i = 0; i < t->n; i++) {
		*p++ = hex[t->data[i] >> 4];
		*p++ = hex[t->data[i] & 15];
	}
	*p = 0;
	return s;
}
