/* SPDX-License-Identifier: ISC */
/* The signer: the process of tlsd that holds private keys. It parses bundles,
 * which are the admin's, and answers the requests of one worker; it has no
 * network, and no client can send it a byte. Each worker has a signer of its
 * own: where a handshake waits for a signature, the signer has the processor
 * that the worker leaves. */
#ifndef SIGNER_H
#define SIGNER_H

/* Sets OpenSSL up and locks memory, before anything is given up. Dies 111 if
 * it cannot. */
void signer_prepare(void);

/* Signs for the worker at WORKER with the keys that come from MASTER, until
 * the worker is gone. */
void signer_run(int master, int worker);

/* Becomes the signer of a one-connection engine: its bundles are in the folder
 * DIR and are read when it asks for them. The first one is read by the rights
 * there are now, then DROP is called. */
void signer_run_one(int dir, int worker, void (*drop)(void *arg), void *arg);

#endif
