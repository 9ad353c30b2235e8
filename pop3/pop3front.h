/* SPDX-License-Identifier: ISC */
/* The front of pop3login: what strangers talk to before they log in. */
#ifndef POP3FRONT_H
#define POP3FRONT_H

#include "auth/front.h"
#include "pop3cmd.h"

front_run pop3front_run;

/* The reply where no password may be sent. 1 go on; 0 that was one bad command
 * too many. */
int pop3front_refuse(struct front *f);

/* Reads one line, of which a bad one has been answered. 1 a line; 0 a bad one;
 * -1 the client is gone, or has been too slow, or wrong too often. */
int pop3front_line(struct front *f, char **s, size_t *n);

/* Asks the monitor and answers the client. 1 go on; 0 it is over. */
int pop3front_login(struct front *f, const char *user, size_t un,
    const char *password, size_t pn);

/* The AUTH command with ARG. 1 go on; 0 it is over. */
int pop3auth_command(struct front *f, char *arg);

#endif
