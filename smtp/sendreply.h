/* SPDX-License-Identifier: ISC */
/* The lines of a reply put together, whatever the server writes in them. */
#ifndef SENDREPLY_H
#define SENDREPLY_H

#include "smtp/sendconn.h"

/* Takes one line more of reply R (code 0: this is the first), N bytes at S,
 * ended by NUL. 1 more follow; 0 it was the last; -1 it is no line of that
 * reply. */
int sendreply_line(struct sendconn_reply *r, const char *s, size_t n);

/* After the last line: takes the enhanced status out of the text, or makes one
 * that says no more than the code. */
void sendreply_finish(struct sendconn_reply *r);

#endif
