/* SPDX-License-Identifier: ISC */
/* The descriptor by which connlimit counts a connection, named in CONNFD. */
#ifndef CONNFD_H
#define CONNFD_H

enum { CONNFD_MIN = 10 }; /* it is this or higher */

/* For a process that talks to a stranger while another one, which the stranger
 * does not reach, lives as long: closes the descriptor, which that one keeps,
 * and unsets CONNFD. */
void connfd_close(void);

#endif
