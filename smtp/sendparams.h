/* SPDX-License-Identifier: ISC */
/* MAIL and RCPT with what the envelope asks for and the server knows. */
#ifndef SENDPARAMS_H
#define SENDPARAMS_H

#include "queue/envelope.h"
#include "smtp/sendconn.h"

void sendparams_mail(struct sendconn *c, const struct envelope *e,
    uint64_t octets, int eightbit, int utf8);
void sendparams_rcpt(struct sendconn *c, const struct envelope_to *to);

/* 1 if the connection is within TLS with a server that was verified. */
int sendparams_verified(void);

#endif
