/* SPDX-License-Identifier: ISC */
/* Privilege: who a process is, and giving that up for good. */
#ifndef PRIV_H
#define PRIV_H

#include <sys/types.h>

struct priv_id {
	uid_t uid;
	gid_t gid;
};

/* Reads "UID:GID", "UID" (the same number for both) or a name of
 * /etc/passwd (read as a file: a static program has no name service).
 * 1; 0 no such user or not of that form; -1 /etc/passwd cannot be read. */
int priv_id_scan(const char *s, struct priv_id *id);

/* The same for a user the program cannot do without: dies 100 if there is none,
 * 111 if that cannot be found out, naming WHAT (as in "option -u"). */
void priv_id_need(const char *what, const char *s, struct priv_id *id);

/* Changes to DIR, which ID must be able to enter, though not the folders above
 * it (mail may lie below root's own). Root stays root; root that is nobody in
 * DIR, as on NFS, gets there too. 0, or -1 with errno. Dies 111 if the ids
 * cannot be changed. */
int priv_enter(const struct priv_id *id, const char *dir);

/* Becomes ID for good: no supplementary groups, real, effective and saved
 * ids set and checked. If DIR is not null, chroots into it first (as root;
 * otherwise only changes to it). Sets no-new-privileges, no core dumps, not
 * dumpable. With a null ID, or when already that user and not root, changes
 * no id but does the rest. Dies 111 if any of it fails: never half done. */
void priv_drop(const struct priv_id *id, const char *dir);

/* Forks with a socketpair (SOCK_STREAM) between both, marked to be closed on
 * the next stage. Returns the child's pid in the parent, 0 in the child, and
 * the own end in *FD. The child, which a stranger may talk to, does not hold
 * the connection's count (connfd.h). Dies 111 if it cannot. */
pid_t priv_fork(int *fd);

/* Overwrites N bytes of a secret; never optimized away. */
void priv_wipe(void *p, size_t n);

#endif
