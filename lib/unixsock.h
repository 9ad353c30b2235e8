/* SPDX-License-Identifier: ISC */
/* The Unix socket of a service. */
#ifndef UNIXSOCK_H
#define UNIXSOCK_H

#include <sys/types.h>

/* Makes the socket PATH with MODE; one that is left over is replaced. The
 * listener does not block. Dies: 100 the name is too long, 111 somebody serves
 * it already, or it cannot be made. */
int unixsock_listen(const char *path, mode_t mode);

/* The same for a socket of datagrams, whoever served it before. */
int unixsock_bind(const char *path, mode_t mode);

/* A connection to the service at PATH, or -1 with errno. */
int unixsock_connect(const char *path);

#endif
