/* SPDX-License-Identifier: ISC */
/* The end of a connection that the client may not expect. */
#ifndef LINGER_H
#define LINGER_H

/* Ends what is said on WR, and drops for a moment what still comes on RD, up to
 * the client's end: closing over bytes that nobody has read resets a connection,
 * and the client might never see the last reply. Nothing where these are no
 * sockets. */
void linger(int rd, int wr);

#endif
