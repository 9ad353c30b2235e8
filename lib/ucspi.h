/* SPDX-License-Identifier: ISC */
/* The UCSPI environment: who is connected to whom. */
#ifndef UCSPI_H
#define UCSPI_H

/* Makes sure PROTO=TCP, TCPREMOTEIP, TCPREMOTEPORT, TCPLOCALIP and
 * TCPLOCALPORT are set: from the environment where TCPREMOTEIP is a valid
 * address, else from the socket on fd 0. IPv6 addresses become canonical, and
 * v4-mapped ones IPv4. A remote address in the environment that is not an
 * address is an error, never skipped.
 * 1 done; 0 fd 0 is no TCP connection and the environment names none (nothing
 * changed); -1 failed, with errno (EINVAL for a bad TCPREMOTEIP). */
int ucspi_env(void);

/* Sets the five variables from the connected TCP socket FD. 1 or -1. */
int ucspi_env_socket(int fd);

/* Unsets what only this server may say: SSL_*, RELAYCLIENT, TLS, SSLCTLFD and
 * its like, CONNID, CONNFD, LOGINFD, LOGINFAILDIR. For the first stage (a
 * listener). */
void ucspi_env_clear(void);

#endif
