/* SPDX-License-Identifier: ISC */
/* What a login program (pop3login, imaplogin) is made of, whatever its
 * protocol: two processes. The front talks to the client and holds no rights;
 * the monitor, the process the program was started as, runs the checkpassword
 * program and becomes the session. */
#ifndef FRONT_H
#define FRONT_H

#include <skalibs/tai.h>
#include <stddef.h>

#include "line.h"
#include "login.h"
#include "reply.h"
#include "ucspitls.h"

enum {
	FRONT_USER = 512,   /* longest user name */
	FRONT_FAILURES = 3, /* wrong passwords, then the end */
	FRONT_ERRORS = 20,  /* bad commands, then the end */
	FRONT_TOTAL = 3,    /* times the deadline of a command: the whole */
	FRONT_TLS_SECONDS = 60,
	FRONT_ASK_SECONDS = 60
};

struct front {
	int monitor; /* socket to the monitor */
	unsigned int seconds;
	tain end; /* of it all */
	enum ucspitls_policy policy;
	int secure, offered; /* TLS active; TLS can be started */
	unsigned int failures, errors;
	const char *reason; /* why it ended */
	size_t user_len;    /* 0: no user name yet */
	char user[FRONT_USER];
	struct line in;
	struct reply out;
};

/* Talks to the client on fd 0 and 1 until the session is the monitor's, or
 * over; F->reason says how. HOST (may be null) is named in the greeting. */
typedef void front_run(struct front *f, const char *host);

/* Begins: lines of up to SIZE bytes into BUF, read exactly, so that what a
 * client sends ahead is the session's to read. */
void front_init(struct front *f, char *buf, size_t size);

/* 1 if a password may be sent now: inside TLS, or TLS is not required. */
int front_allowed(const struct front *f);

/* It is over, for REASON. 0. */
int front_over(struct front *f, const char *reason);

/* Sends the replies and reads one line. 1 a line; 0 a bad one, *BAD says what
 * is wrong with it; -1 it is over. */
int front_line(struct front *f, char **s, size_t *n, const char **bad);

/* Reads N bytes into P. 1; -1 it is over. */
int front_bytes(struct front *f, char *p, size_t n);

/* Sends the replies and asks the monitor. After LOGIN_YES (the session is the
 * monitor's) and LOGIN_TEMP it is over, F->reason says how; LOGIN_BAD took the
 * longer the more there were, and is over if there were too many. */
enum login_verdict front_login(struct front *f, const char *user, size_t un,
    const char *password, size_t pn);

/* 1 if the client has sent more than it could know to send. */
int front_ahead(void);

/* Sends the replies and starts TLS; what was said before is forgotten. 1 go
 * on; 0 it is over. */
int front_starttls(struct front *f);

/* 1 if the N bytes at S are a request line of HTTP, whatever its method: the
 * client was led here by somebody else (ALPACA) and nothing it goes on to say
 * may be answered. Else 0. */
int front_http(const char *s, size_t n);

#endif
