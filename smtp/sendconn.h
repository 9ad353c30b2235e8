/* SPDX-License-Identifier: ISC */
/* A connection to an SMTP server, from the client's side: lines out, replies
 * in, each with a deadline and a bound. */
#ifndef SENDCONN_H
#define SENDCONN_H

#include <skalibs/tai.h>
#include <stddef.h>
#include <stdint.h>

#include "line.h"

enum {
	SENDCONN_LINE = 2048, /* the longest line of a reply */
	SENDCONN_LINES = 128, /* the most lines of one */
	SENDCONN_TEXT = 512,  /* what is kept of it */
	SENDCONN_OUT = 16384,
	SENDCONN_STATUS = 16
};

/* How long a reply may take (RFC 5321, 4.5.3.2). */
enum {
	SENDCONN_GREETING = 300,
	SENDCONN_COMMAND = 300,
	SENDCONN_DATA = 120,
	SENDCONN_BLOCK = 180,
	SENDCONN_DOT = 600,
	SENDCONN_QUIT = 5
};

enum sendconn_ext {
	SENDCONN_PIPELINING = 1,
	SENDCONN_SIZE = 2,
	SENDCONN_8BITMIME = 4,
	SENDCONN_SMTPUTF8 = 8,
	SENDCONN_DSN = 16,
	SENDCONN_REQUIRETLS = 32,
	SENDCONN_STARTTLS = 64,
	SENDCONN_ENHANCED = 128,
	SENDCONN_PLAIN = 256,
	SENDCONN_LOGIN = 512,
	SENDCONN_CHUNKING = 1024
};

/* A result, ours or the server's: code 2xx, 4xx, 5xx, or 3xx, with the
 * enhanced status that belongs to it, and a text that is one clean line. */
struct sendconn_reply {
	unsigned int code;
	char status[SENDCONN_STATUS];
	char text[SENDCONN_TEXT];
};

struct sendconn {
	const char *helo;     /* our name */
	unsigned int seconds; /* no wait is longer */
	tain end;             /* all must be over by then */
	unsigned int ext;     /* enum sendconn_ext */
	uint64_t size;        /* the server takes no larger message; 0: any */
	int loop;             /* the server says that it is us */
	int broken;           /* nothing more can be said or read */
	int taken;            /* the server has taken a message */
	struct line line;
	size_t out_n;
	char peer[320]; /* who it is, for texts */
	char in[SENDCONN_LINE], out[SENDCONN_OUT];
};

void sendconn_init(struct sendconn *c, const char *helo, unsigned int seconds);

/* Appends N bytes, sends what is full. 0, or -1 and the connection is broken. */
int sendconn_put(struct sendconn *c, const char *p, size_t n);
int sendconn_puts(struct sendconn *c, const char *s);
int sendconn_flush(struct sendconn *c, unsigned int seconds);

/* Reads a reply that may take SECONDS; EXTENSIONS: it is that of EHLO, and
 * c->ext and c->size are set from it. 0; -1 there was none: R says why, as 4xx,
 * and the connection is broken. */
int sendconn_reply(struct sendconn *c, unsigned int seconds, int extensions,
    struct sendconn_reply *r);

/* Fills R with a result of ours. */
void sendconn_say(struct sendconn_reply *r, unsigned int code,
    const char *status, const char *text);

/* Puts "PEER said: CODE " before the text of the server's R. */
void sendconn_quote(const struct sendconn *c, struct sendconn_reply *r);

#endif
