/* SPDX-License-Identifier: ISC */
/* Base64. */
#include "base64.h"

/* The six bits that C stands for, or -1. */
static int
base64_bits(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

long
base64_decode(char *out, const char *s, size_t n)
{
	unsigned long bits = 0;
	size_t i, pad = 0, k = 0;
	int six;

	if (n % 4)
		return -1;
	while (pad < 2 && pad < n && s[n - 1 - pad] == '=')
		pad++;
	for (i = 0; i < n - pad; i++) {
		if ((six = base64_bits((unsigned char)s[i])) < 0)
			return -1;
		bits = bits << 6 | (unsigned long)six;
		if (i % 4)
			out[k++] = (char)(bits >> (6 - i % 4 * 2) & 0xff);
	}
	/* what the last character holds beyond the last byte must be zero */
	if ((pad == 1 && bits & 3) || (pad == 2 && bits & 15))
		return -1;
	return (long)k;
}

void
base64_encode(char *out, const char *s, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned long bits;
	size_t i, k, left;

	for (i = 0; i < n; i += 3) {
		left = n - i < 3 ? n - i : 3;
		for (bits = 0, k = 0; k < 3; k++)
			bits = bits << 8 |
			    (k < left ? (unsigned char)s[i + k] : 0);
		for (k = 0; k < 4; k++)
			*out++ =
			    k > left ? '=' : digits[bits >> (18 - 6 * k) & 63];
	}
	*out = 0;
}
