/* SPDX-License-Identifier: ISC */
/* A command line in one string, taken apart without a shell. */
#include "smtp/words.h"

#include <string.h>

/* Moves one word from *S to TO. 1, or 0: a quote is left open. */
static int
smtp_words_one(char **s, char *to)
{
	char quote = 0, *p = *s;

	for (; *p && (quote || (*p != ' ' && *p != '\t')); p++) {
		if (*p == quote)
			quote = 0;
		else if (!quote && (*p == '\'' || *p == '"'))
			quote = *p;
		else if (*p == '\\' && quote != '\'' && p[1])
			*to++ = *++p;
		else
			*to++ = *p;
	}
	*s = p + (*p != 0);
	*to = 0;
	return !quote;
}

int
smtp_words(char *s, char **word, int max)
{
	int n = 0;

	for (;;) {
		s += strspn(s, " \t");
		if (!*s)
			break;
		if (n == max)
			return -1;
		word[n] = s;
		if (!smtp_words_one(&s, word[n++]))
			return -1;
	}
	word[n] = 0;
	return n;
}
