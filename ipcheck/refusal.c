/* SPDX-License-Identifier: ISC */
/* How a refusal reads in each protocol. */
#include "refusal.h"

#include <string.h>

static const struct {
	const char *name;
	const char *sign;      /* of a text that has all it needs */
	const char *prefix[2]; /* of any other: for never, and for not now */
} protocols[] = {
    [REFUSAL_LINE] = {"line", "", {"", ""}},
    [REFUSAL_SMTP] = {"smtp", 0, {"554 5.7.1 ", "421 4.7.0 "}},
    [REFUSAL_POP3] = {"pop3", "-ERR ",
	{"-ERR [SYS/PERM] ", "-ERR [SYS/TEMP] "}},
    [REFUSAL_IMAP] = {"imap", "* BYE ", {"* BYE ", "* BYE [UNAVAILABLE] "}},
};

enum { REFUSAL_PROTOCOLS = sizeof protocols / sizeof *protocols };

int
refusal_protocol(const char *name, enum refusal *p)
{
	size_t i;

	for (i = 0; i < REFUSAL_PROTOCOLS; i++)
		if (strcmp(name, protocols[i].name) == 0) {
			*p = (enum refusal)i;
			return 1;
		}
	return 0;
}

/* 1 if TEXT begins as it must. Of SMTP that is a code that refuses, and no
 * line that another one follows. */
static int
refusal_begins(enum refusal p, const char *text)
{
	const char *sign = protocols[p].sign;

	if (sign)
		return strncmp(text, sign, strlen(sign)) == 0;
	return (text[0] == '4' || text[0] == '5') && text[1] >= '0' &&
	    text[1] <= '5' && text[2] >= '0' && text[2] <= '9' &&
	    text[3] == ' ';
}

size_t
refusal_format(char *buf, enum refusal p, int later, const char *text)
{
	size_t n = 0;

	if (!refusal_begins(p, text))
		n = (size_t)(stpcpy(buf, protocols[p].prefix[later]) - buf);
	for (; *text && n < REFUSAL_MAX - 2; text++)
		buf[n++] = *text >= ' ' && *text <= '~' ? *text : '?';
	memcpy(buf + n, "\r\n", 2);
	return n + 2;
}
