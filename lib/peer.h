/* SPDX-License-Identifier: ISC */
/* Bounded messages between two of our own processes over a socketpair. */
#ifndef PEER_H
#define PEER_H

#include <skalibs/tai.h>
#include <stddef.h>

enum { PEER_MAX = 65536 };

/* Sends one message of N bytes (at most PEER_MAX), preceded by its length, and
 * with it FD unless FD is -1 (FD stays open here). 1 sent; 0 the deadline has
 * passed; -1 failed, with errno. */
int peer_send(int s, const void *p, size_t n, int fd, const tain *deadline);

/* Receives one message into P (SIZE bytes); its length goes to *N, a passed
 * descriptor (close-on-exec) to *FD, or -1 if none came. FD may be null: then
 * a descriptor that comes is closed. 1 received; 0 the other side has closed;
 * -1 failed, with errno (EMSGSIZE: larger than SIZE; ETIMEDOUT). */
int peer_recv(
    int s, void *p, size_t size, size_t *n, int *fd, const tain *deadline);

/* Splits the N bytes at P into exactly COUNT strings, each ended by NUL. 1, or
 * 0: they are not of that form. */
int peer_split(char *p, size_t n, const char **field, size_t count);

#endif
