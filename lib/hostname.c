/* SPDX-License-Identifier: ISC */
/* Host names that strangers write. */
#include "hostname.h"

#include <stddef.h>

enum { HOSTNAME_LABEL = 63 };

static int
hostname_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

static int
hostname_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

int
hostname_clean(char *out, const char *s)
{
	size_t n, label = 0;
	int letters = 0; /* in this label */
	unsigned char c;

	for (n = 0; (c = (unsigned char)s[n]) && (c != '.' || s[n + 1]); n++) {
		if (n == HOSTNAME_SIZE - 1)
			return 0;
		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c - 'A' + 'a');
		out[n] = (char)c;
		if (c == '.') {
			if (!label)
				return 0;
			label = 0;
			letters = 0;
			continue;
		}
		if (!hostname_letter(c) && !hostname_digit(c))
			return 0;
		if (++label > HOSTNAME_LABEL || (label == 1 && c == '-'))
			return 0;
		letters |= hostname_letter(c);
	}
	out[n] = 0;
	return label && letters;
}
