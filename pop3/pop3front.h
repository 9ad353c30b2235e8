/* SPDX-License-Identifier: ISC */
/* The front of pop3login: what strangers talk to before they log in. */
#ifndef POP3FRONT_H
#define POP3FRONT_H

#include <skalibs/tai.h>
#include <stddef.h>

#include "line.h"
#include "pop3cmd.h"
#include "reply.h"
#include "ucspitls.h"

enum {
	POP3FRONT_USER = 512,   /* longest user name */
	POP3FRONT_FAILURES = 3, /* wrong passwords, then the end */
	POP3FRONT_ERRORS = 20,  /* bad commands, then the end */
	POP3FRONT_TOTAL = 3,    /* times the deadline of a command: the whole */
	POP3FRONT_TLS_SECONDS = 60,
	POP3FRONT_ASK_SECONDS = 60
};

struct pop3front {
	int monitor; /* socket to the monitor */
	unsigned int seconds;
	tain end; /* of it all */
	enum ucspitls_policy policy;
	int secure, offered; /* TLS active; TLS can be started */
	unsigned int failures, errors;
	const char *reason; /* why it ended */
	size_t user_len;    /* 0: no USER yet */
	char user[POP3FRONT_USER];
	char buf[POP3CMD_LINE];
	struct line in;
	struct reply out;
};

/* Talks to the client on fd 0 and 1 until the session is the monitor's, or
 * over; F->reason says how. HOST (may be null) is named in the greeting. */
void pop3front_run(struct pop3front *f, const char *host);

/* 1 if a password may be sent now: inside TLS, or TLS is not required. */
int pop3front_allowed(const struct pop3front *f);

/* The reply where it may not. 1 go on; 0 that was one bad command too many. */
int pop3front_refuse(struct pop3front *f);

/* Reads one line, of which a bad one has been answered. 1 a line; 0 a bad one;
 * -1 the client is gone, or has been too slow, or wrong too often. */
int pop3front_line(struct pop3front *f, char **s, size_t *n);

/* Asks the monitor and answers the client. 1 go on; 0 it is over. */
int pop3front_login(struct pop3front *f, const char *user, size_t un,
    const char *password, size_t pn);

/* The AUTH command with ARG. 1 go on; 0 it is over. */
int pop3auth_command(struct pop3front *f, char *arg);

#endif
