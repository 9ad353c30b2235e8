/* SPDX-License-Identifier: ISC */
/* The addresses in a From or Sender field (RFC 5322, 3.4). */
#ifndef SMTP_MAILBOXES_H
#define SMTP_MAILBOXES_H

#include <stddef.h>

enum smtp_mailboxes {
	SMTP_MAILBOXES_OK,    /* there is one at least, and all are good */
	SMTP_MAILBOXES_NONE,  /* there is none */
	SMTP_MAILBOXES_OTHER, /* one of them is not good */
	SMTP_MAILBOXES_SYNTAX /* that is no list of mailboxes */
};

/* Asks GOOD (1 or 0) about each address of the list S (N bytes): mailboxes and
 * groups with commas between, none of which need to hold anything. The worst
 * verdict. */
enum smtp_mailboxes smtp_mailboxes(const char *s, size_t n,
    int (*good)(const void *data, const char *address), const void *data);

#endif
