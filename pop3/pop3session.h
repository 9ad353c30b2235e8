/* SPDX-License-Identifier: ISC */
/* A POP3 session after the login. */
#ifndef POP3SESSION_H
#define POP3SESSION_H

#include "line.h"
#include "maildrop.h"
#include "pop3cmd.h"
#include "pop3out.h"

enum { POP3SESSION_ERRORS = 100 }; /* bad commands, then the end */

struct pop3session {
	struct maildrop drop;
	struct pop3out out;
	struct line in;
	unsigned int seconds, errors;
	unsigned int delay; /* LOGIN-DELAY; 0: none */
	const char *reason; /* how it ended, for the log */
	/* messages and octets, for the log */
	uint64_t top, top_octets, retr, retr_octets, del, del_octets;
	char buf[POP3CMD_LINE];
};

/* 0, or -1: no memory. */
int pop3session_init(struct pop3session *p, unsigned int seconds);

/* Greets, serves until QUIT or the end, and removes what was deleted. */
void pop3session_run(struct pop3session *p);

void pop3session_log(const struct pop3session *p);

/* A reply of one line. */
void pop3session_say(struct pop3session *p, const char *text);

/* A command; ARG may be null. 1 go on; 0 it is over. */
typedef int pop3session_command(struct pop3session *p, char *arg);

pop3session_command pop3session_stat, pop3session_list, pop3session_uidl,
    pop3session_retr, pop3session_top, pop3session_dele, pop3session_rset;

#endif
