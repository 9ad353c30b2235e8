/* SPDX-License-Identifier: ISC */
/* POP3 command lines, before and after the login. */
#ifndef POP3CMD_H
#define POP3CMD_H

#include <stddef.h>

enum { POP3CMD_KEYWORD = 4, POP3CMD_LINE = 1024, POP3CMD_ARGS = 2 };

/* Capabilities before and after the login (RFC 2449): what is deleted is so by
 * the client alone, and what is in a message is sent as it is, UTF-8 too. */
#define POP3CMD_CAPA                                                    \
	"TOP\r\nUIDL\r\nPIPELINING\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\n" \
	"EXPIRE NEVER\r\nUTF8 USER\r\nLANG\r\n"

/* The reply to LANG (RFC 6856) with ARG (may be null), its last CR LF apart:
 * texts are in one language. */
const char *pop3cmd_lang(const char *arg);

/* Takes the line S of N bytes (a NUL behind it, none in it) apart: *KEYWORD
 * becomes its letters (digits, too) in upper case, *ARG what follows the single
 * space, or null if there is none. 1; 0 the keyword is not three or four of
 * them. */
int pop3cmd_split(char *s, size_t n, char **keyword, char **arg);

/* Reads ARG (may be null) as up to MAX (at most POP3CMD_ARGS) numbers with
 * single spaces between; spaces at the end are let pass. How many there are;
 * -1 if it is something else. A number beyond 2^32 is as good as 2^32. */
int pop3cmd_numbers(const char *arg, unsigned long long *v, int max);

#endif
