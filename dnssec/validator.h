/* SPDX-License-Identifier: ISC */
/* The resolver that checks DNSSEC: libunbound, of which validator.c is the only
 * file that knows. Its work is done by a child process. */
#ifndef VALIDATOR_H
#define VALIDATOR_H

#include "dnssec.h"

struct validator;

/* A question on its way; it belongs to whoever asks, until the answer. */
struct validator_question {
	struct validator *v;
	int id;
};

/* Called with the answer to Q. */
typedef void validator_answer(
    struct validator_question *q, const struct dnssec *a);

/* Makes one that trusts the keys in the file ANCHORS and asks SERVERS
 * ("ADDRESS", "ADDRESS:PORT" or "[ADDRESS]:PORT", with commas between; "root":
 * those of each zone; null: those of resolv.conf, if there is one). Dies: 100
 * they are not of that form, 111 else. */
struct validator *validator_new(
    const char *anchors, const char *servers, validator_answer *answer);

/* Nothing in DOMAIN and below is signed, whatever is above it; so it is with
 * what is for tests (RFC 6761). Before validator_start. Dies as validator_new. */
void validator_unsigned(struct validator *v, const char *domain);

/* Starts its process, with the rights that this one has, and asks the root. Dies
 * 100 if the anchors are no keys, 111 else. */
void validator_start(struct validator *v);

/* What becomes readable when there are answers; validator_work then calls for
 * them. It must be called at least every VALIDATOR_TICK seconds. 0; -1 the
 * process is gone. */
enum { VALIDATOR_TICK = 5 };
int validator_fd(const struct validator *v);
int validator_work(struct validator *v);

/* Asks Q for the records of TYPE of NAME ("": the root). 0, or -1: not now. */
int validator_ask(struct validator *v, struct validator_question *q,
    const char *name, int type);

/* Forgets Q. */
void validator_cancel(struct validator_question *q);

#endif
