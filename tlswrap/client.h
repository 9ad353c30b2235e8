/* SPDX-License-Identifier: ISC */
/* One connection of tlsclient.
 *
 *     next <-6,7-> server                    until TLS begins
 *     next <-SSLCTLFD-> tlsclient            'y' or 'Y', and the answer
 *     next <-6,7-> tlsclient <-TLS-> server  from then on
 *
 * The plaintext side is two socketpairs, one for each direction. In the one
 * towards next a byte waits that tlsclient takes out only when the server has
 * said within TLS that it is done: so next reads an end of file then, and
 * ECONNRESET (which is what closing a socket with unread bytes means) after
 * any other end, even that of tlsclient itself. */
#ifndef CLIENT_H
#define CLIENT_H

#include <openssl/ssl.h>
#include <sys/types.h>

#include "verify.h"
#include "wire.h"

struct client {
	const struct verify *verify;
	const char *protocol; /* for ALPN, or null */
	const char *host;     /* for the log */
	int delayed;          /* next starts TLS itself */
	int status;           /* -1, or the descriptor of -e */
	unsigned int seconds, idle;
	int net, ctl, to_next, from_next;
	pid_t child;
	SSL_CTX *ctx;
	SSL *ssl;
	struct wire wire;
};

/* Starts NEXT with the connection; the descriptors of its side are set. Dies
 * 111 if it cannot. */
void client_fork(struct client *c, char *const *next);

/* Waits for next and returns its exit code, or 111 if it was killed. */
int client_wait(const struct client *c);

/* Waits until next wants TLS, and makes the handshake. 1 TLS stands; 0 next has
 * declined; -1 failed: both sides are closed, *CODE is the exit code. */
int client_begin(struct client *c, int *code);

/* Closes both sides; nothing can follow on the connection, not even in
 * clear. */
void client_close(struct client *c);

/* Moves bytes until the connection is over, and closes both sides. */
void client_relay(struct client *c);

/* Writes the answer to 'Y'. 0, or -1 if next is gone. */
int client_answer(struct client *c, const struct verify_outcome *o);

/* Tells the log and the descriptor of -e how it came out (once): WORD "ok", a
 * result of RFC 8460 or one of our own. */
void client_done(struct client *c, const struct verify_outcome *o);
void client_failed(struct client *c, const char *word, const char *reason);

#endif
