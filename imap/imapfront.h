/* SPDX-License-Identifier: ISC */
/* The front of imaplogin: what strangers talk to before they log in. */
#ifndef IMAPFRONT_H
#define IMAPFRONT_H

#include "auth/front.h"
#include "imapcmd.h"

front_run imapfront_run;

/* The reply that ends command C: its tag, TEXT ("OK done"). 1. */
int imapfront_say(struct front *f, const struct imapcmd *c, const char *text);

/* Reads one command, its literals in it, of which a bad one has been answered:
 * *S, *N bytes. 1 a command; 0 a bad one; -1 it is over. */
int imapread_command(struct front *f, char **s, size_t *n);

/* Command AUTHENTICATE. 1 go on; 0 it is over. */
int imapauth_command(struct front *f, struct imapcmd *c);

/* Asks the monitor and answers the client, unless the session does. 1 go on; 0
 * it is over. */
int imapfront_login(struct front *f, const struct imapcmd *c, const char *user,
    size_t un, const char *password, size_t pn);

/* What is wrong with a command, with the client's tag or without (C null). 1 go
 * on; 0 that was one too many. */
int imapfront_bad(struct front *f, const struct imapcmd *c, const char *text);

/* The reply where no password may be sent. As imapfront_bad. */
int imapfront_refuse(struct front *f, const struct imapcmd *c);

#endif
