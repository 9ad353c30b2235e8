/* SPDX-License-Identifier: ISC */
/* How a session with a server begins: greeting, EHLO, STARTTLS, AUTH. */
#ifndef SENDHELLO_H
#define SENDHELLO_H

#include "smtp/sendconn.h"

enum sendhello_verdict {
	SENDHELLO_READY,
	SENDHELLO_FAILED, /* R says why */
	SENDHELLO_TLS     /* the handshake failed: who made it knows why */
};

/* AUTH is a descriptor with the name and the password, a line each, or -1. TLS
 * is started where the server offers it and UCSPI-TLS and the policy in TLS
 * let it be; where the policy asks for it and it cannot be, that is a
 * failure. */
enum sendhello_verdict sendhello(
    struct sendconn *c, int auth, struct sendconn_reply *r);

#endif
