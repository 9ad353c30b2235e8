/* SPDX-License-Identifier: ISC */
/* AUTH PLAIN and LOGIN, from the client's side. */
#ifndef SENDAUTH_H
#define SENDAUTH_H

#include "smtp/sendconn.h"

/* Logs in with the name and the password in FD, a line each, which is closed.
 * Only within TLS. 0; -1 R says why not. */
int sendauth(struct sendconn *c, int fd, struct sendconn_reply *r);

#endif
