/* SPDX-License-Identifier: ISC */
/* Questions to dnssecd(8), and what it says of the answers.
 *
 * Messages of peer.h over its socket. A question: the type in two bytes, high
 * one first, and the name. An answer: a byte (enum dnssec_status) and one that
 * is 1 if there are records, the name that the aliases lead to and a reason,
 * each ended by NUL, and the message of the DNS, for the readers of dnsmsg.h. */
#ifndef DNSSEC_H
#define DNSSEC_H

#include <skalibs/tai.h>
#include <stddef.h>

#include "hostname.h"

enum {
	DNSSEC_QUESTION = 2 + HOSTNAME_SIZE,
	DNSSEC_WHY = 512,
	DNSSEC_PACKET = 32768,
	DNSSEC_ANSWER = 2 + HOSTNAME_SIZE + DNSSEC_WHY + DNSSEC_PACKET
};

enum dnssec_status {
	DNSSEC_SECURE,   /* proven: the records, or that there are none */
	DNSSEC_INSECURE, /* proven: the zone is not signed */
	DNSSEC_BOGUS,    /* neither: somebody may have changed it */
	DNSSEC_FAILED,   /* no answer now, of the DNS or of dnssecd */
	DNSSEC_BLIND     /* the same two, where dnssecd has never seen DNSSEC
	                    work: its servers leave that out */
};

struct dnssec {
	enum dnssec_status status;
	int some;         /* there are records */
	const char *name; /* that they belong to, with aliases followed */
	const char *why;  /* for an admin; "" with SECURE and INSECURE */
	const unsigned char *packet;
	size_t n;
	char text[DNSSEC_ANSWER]; /* what all of it points into */
};

/* "secure", "insecure", "bogus", "failed" or "blind". */
const char *dnssec_word(enum dnssec_status status);

/* Asks the service at SOCKET for the records of TYPE of NAME, a host name or
 * "" (the root), and waits. A service that is not there is DNSSEC_FAILED. */
void dnssec_ask(struct dnssec *a, const char *socket, const char *name,
    int type, const tain *deadline);

/* Both sides of the wire. */

/* A question of N bytes: its type, with the name in NAME (HOSTNAME_SIZE bytes);
 * 0 it is none. */
int dnssec_question(const char *text, size_t n, char *name);

/* Reads the answer of N bytes in a->text. 1; 0 it is none. */
int dnssec_read(struct dnssec *a, size_t n);

/* Writes the answer A, but for a->text, into TEXT (DNSSEC_ANSWER bytes). Its
 * length. What is too long is cut, a packet left out, which is then FAILED. */
size_t dnssec_write(char *text, const struct dnssec *a);

#endif
