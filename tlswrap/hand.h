/* SPDX-License-Identifier: ISC */
/* How tlswrap reaches an engine and hands it a connection. */
#ifndef HAND_H
#define HAND_H

#include "tlsreq.h"

/* Connects to the engine that serves SOCKET, within SECONDS. The control
 * connection; dies 111 if it cannot be reached. */
int hand_connect(const char *path, unsigned int seconds);

/* The same, but the engine is not told. A socket, connected to the engine, that
 * *FAR is to be sent to (as a descriptor with a datagram) when TLS starts; *CTL
 * is the control connection, of which that is the engine's end. -1: the engine
 * has no such socket, or is not there. */
int hand_late(const char *path, int *ctl, int *far);

/* Starts an engine (tlsd -1, found in PATH) for this connection alone. The
 * control connection; dies 111 if it cannot be started. */
int hand_spawn(unsigned int seconds);

/* Sends R over the control connection CTL, with fd 0 as the connection; if
 * BEGIN, with the command to start TLS now, which is to be answered.
 * Returns where the plaintext comes from; what is written goes to CTL. Dies
 * 111 if it cannot be sent. */
int hand_over(int ctl, const struct tlsreq *r, int begin);

#endif
