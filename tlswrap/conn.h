/* SPDX-License-Identifier: ISC */
/* A connection in the engine, from the request to the last byte.
 *
 *     REQUEST --request--> WAIT --'y' or 'Y'--> HANDSHAKE --> OPEN --> gone
 *
 * In each state the control connection, a deadline, or a failure can end it.
 *
 * Once TLS stands, the control connection carries what the application says,
 * and PLAIN what it is to hear. From the beginning PLAIN has one byte that
 * nobody reads: as long as it is there, the end of PLAIN, for whatever reason,
 * even that this process is killed, is ECONNRESET for the application and not
 * the end of what the client said. The byte is taken out when the client has
 * said inside TLS that it has said all (close_notify). */
#ifndef CONN_H
#define CONN_H

#include <openssl/ssl.h>

#include "engine.h"
#include "hello.h"
#include "tlsreq.h"
#include "wire.h"

struct worker;

enum conn_state { CONN_REQUEST, CONN_WAIT, CONN_HANDSHAKE, CONN_OPEN };

/* Bytes that one side had and the other does not yet take; the memory is
 * there only while there are some. */
struct conn_rest {
	char *p;
	size_t at, n;
};

struct conn {
	struct engine_grave grave; /* first, for engine_bury */
	struct worker *worker;
	enum conn_state state;
	struct engine_watch ctl, net, plain;
	struct engine_timer timer;
	enum engine_queue queue; /* that the timer was set in */
	SSL *ssl;
	struct conn_rest to_net, to_plain;
	unsigned int answer : 1;     /* 'Y': the application wants variables */
	unsigned int want_out : 1;   /* TLS must write before anything else */
	unsigned int net_end : 1;    /* the client sends no more */
	unsigned int plain_end : 1;  /* the application sends no more */
	unsigned int plain_left : 1; /* and cannot: it has closed that side */
	unsigned int plain_gone : 1; /* it reads no more */
	unsigned int said_end : 1;   /* close_notify is sent */
	struct wire wire;
	struct hello hello;
	struct tlsreq request;
};

/* Takes on the control connection CTL, whose request is yet to come; CTL is
 * closed with it, or now if there is no memory. */
void conn_start(struct worker *w, int ctl);

/* Ends C: closes everything, and shuts the network connection down, so that
 * no other process that has it can go on in clear. */
void conn_end(struct conn *c);

/* Moves what can be moved on an open connection, from the client if IN and
 * from the application if OUT, asks for the events that the rest waits for,
 * and ends it when all is done. */
void relay_pump(struct conn *c, int in, int out);

/* The application reads no more. */
void relay_plain_gone(struct conn *c);

/* How often a socket is read before others have their turn. */
enum { CONN_READS = 8 };

#endif
