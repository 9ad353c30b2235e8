/* SPDX-License-Identifier: ISC */
/* Command lines taken apart. */
#ifndef SMTP_COMMAND_H
#define SMTP_COMMAND_H

#include <stddef.h>

enum { SMTP_VERB_MAX = 8 };

struct smtp_command {
	char verb[SMTP_VERB_MAX + 1]; /* upper case; "" if it is too long */
	char *arg;                    /* what follows it; "" if nothing does */
	size_t n;
};

/* Takes apart the line S (N bytes, S[N] is NUL), which is changed: white
 * space at its end goes. 1; 0 the line holds a control character or begins
 * with no verb. */
int smtp_command_read(char *s, size_t n, struct smtp_command *c);

/* The next ESMTP parameter of *S: "KEYWORD" or "KEYWORD=value". It is cut off
 * *S and changed: KEYWORD becomes a string of its own, in upper case, and
 * *VALUE what follows the '=', or null.
 * 1; 0 there is no more; -1 it is not of that form. */
int smtp_command_param(char **s, char **keyword, char **value);

/* Decodes the xtext S (RFC 3461, 4) into itself. 1; 0 it is none, or decodes
 * to a control character. */
int smtp_command_xtext(char *s);

#endif
