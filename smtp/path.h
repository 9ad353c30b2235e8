/* SPDX-License-Identifier: ISC */
/* Reverse-path and forward-path as MAIL and RCPT have them (RFC 5321, 4.1.2). */
#ifndef SMTP_PATH_H
#define SMTP_PATH_H

#include <stddef.h>

enum smtp_path_verdict {
	SMTP_PATH_OK,     /* a mailbox: local-part@domain */
	SMTP_PATH_UTF8,   /* the same, with characters beyond ASCII */
	SMTP_PATH_NULL,   /* <> */
	SMTP_PATH_LOCAL,  /* <postmaster>, in any case */
	SMTP_PATH_SYNTAX, /* no path: brackets or source route are wrong */
	SMTP_PATH_MAILBOX /* brackets, but no mailbox in them */
};

struct smtp_path {
	const char *s; /* the mailbox, without brackets and source route */
	size_t n;
	size_t used; /* bytes up to and with '>' */
};

/* Reads the path that begins at S (N bytes are there). A source route is
 * checked and left out. P is filled unless the verdict is SYNTAX. */
enum smtp_path_verdict smtp_path_read(
    const char *s, size_t n, struct smtp_path *p);

#endif
