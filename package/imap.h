/* SPDX-License-Identifier: ISC */
/* An instance with IMAP: our login, somebody else's server behind it. */
#ifndef PACKAGE_IMAP_H
#define PACKAGE_IMAP_H

#include "package/instance.h"

/* Dovecot's imap, wherever its packages put it. Dies 100 if there is none. */
const char *imap_engine(void);

/* The folder above N that the owner of its mailboxes cannot pass, into PATH
 * (INSTANCE_PATH bytes), and its *MODE: Dovecot opens mailboxes by their whole
 * path, as their owner. 1; 0 there is none. */
int imap_barred(const struct instance *n, char *path, unsigned int *mode);

#endif
