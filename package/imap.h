/* SPDX-License-Identifier: ISC */
/* An instance with IMAP: our login, somebody else's server behind it. */
#ifndef PACKAGE_IMAP_H
#define PACKAGE_IMAP_H

#include "package/instance.h"

/* Dovecot's imap, wherever its packages put it. Dies 100 if there is none. */
const char *imap_engine(void);

/* 1 if the owner of the mailboxes of N can pass every folder above it, else 0,
 * said: Dovecot opens mailboxes by their whole path, as their owner. */
int imap_passable(const struct instance *n);

#endif
