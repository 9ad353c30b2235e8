/* SPDX-License-Identifier: ISC */
/* Messages with descriptors over a Unix socket. */
#ifndef PASS_H
#define PASS_H

#include <sys/types.h>

enum { PASS_FDS = 2 };

/* Sends N bytes and the NFDS (0 to PASS_FDS) descriptors FD as one message.
 * 0, or -1 with errno (EPROTO: only a part was taken). */
int pass_send(int s, const void *p, size_t n, const int *fd, int nfds);

/* Receives a message without waiting. Descriptors that came, close-on-exec,
 * go to FD[0..MAX), -1 where none came; MAX is at most PASS_FDS, and what
 * comes beyond is closed. The number of bytes; 0 the other side has closed;
 * -1 with errno. */
ssize_t pass_recv(int s, void *p, size_t size, int *fd, int max);

#endif
