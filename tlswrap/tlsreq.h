/* SPDX-License-Identifier: ISC */
/* What tlswrap asks of tlsd. No OpenSSL here: both link it.
 *
 * On a stream socket, in one message with two descriptors (the network
 * connection, and a socket for the plaintext of the client, with one byte in
 * it that is no plaintext: see conn.h):
 *     "tls2\0" "protocol=P\0" "connid=C\0" "ip=A\0" "verify=V\0"
 *     "\0"
 * each of the four only where it is known. From then on the socket is the
 * control connection of UCSPI-TLS: a byte 'y' or 'Y', which may be the last one
 * of the message, starts TLS. What follows
 * is the plaintext of the application. */
#ifndef TLSREQ_H
#define TLSREQ_H

#include <stddef.h>

enum {
	TLSREQ_MAX = 512,
	TLSREQ_FDS = 2,
	TLSREQ_PROTOCOL = 32,
	TLSREQ_CONNID = 64,
	TLSREQ_IP = 48,
	TLSREQ_VERIFY = 8
};

struct tlsreq {
	char protocol[TLSREQ_PROTOCOL]; /* one or more, for ALPN; "" any */
	char connid[TLSREQ_CONNID];     /* for the log, as the next one */
	char ip[TLSREQ_IP];
	char
	    verify[TLSREQ_VERIFY]; /* the client's certificate: "ask", "need" */
};

/* The engine's second socket, for datagrams with a descriptor: a stream socket on
 * which a request waits already. */
#define TLSREQ_LATE ".late"

/* Sets a field (SIZE bytes) to VALUE, null for "". What may not be sent
 * becomes '?', what is too long is cut: these are for a log. */
void tlsreq_set(char *field, size_t size, const char *value);

/* 1 if S can be protocols: 1 to 31 letters, digits, '.', '/', '-', with commas
 * between several. Else 0. */
int tlsreq_protocol(const char *s);

/* 1 if S says how a client is verified. Else 0. */
int tlsreq_verify(const char *s);

/* Writes R into BUF (TLSREQ_MAX bytes). Its length. */
size_t tlsreq_write(char *buf, const struct tlsreq *r);

/* Reads a request at the start of S (N bytes). Its length; 0 it is none:
 * unfinished, an unknown or repeated name, or a value that is not allowed. */
size_t tlsreq_read(struct tlsreq *r, const char *s, size_t n);

/* 1 if S (N bytes) is a host name that may be looked up and put into the
 * environment: 1 to 253 letters, digits, '-', '_', '.', no label empty or
 * beginning with '-'. Else 0. */
int tlsreq_host(const char *s, size_t n);

#endif
