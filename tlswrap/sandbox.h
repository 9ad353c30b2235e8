/* SPDX-License-Identifier: ISC */
/* What a process of tlsd or dnssecd can still do once it is at work: the system
 * calls it needs and no other. One that it does not need kills it, and the
 * master says so in the log; libunbound, whose code is not ours, is refused
 * it. */
#ifndef SANDBOX_H
#define SANDBOX_H

enum sandbox_kind {
	SANDBOX_WORKER,     /* connections */
	SANDBOX_SIGNER,     /* keys; no network, no file by name */
	SANDBOX_SIGNER_ONE, /* and bundles by name */
	SANDBOX_RESOLVER    /* the network, and one fork; no file by name */
};

/* Goes into the sandbox, for good. Dies 111 if it cannot. */
void sandbox_enter(enum sandbox_kind kind);

#endif
