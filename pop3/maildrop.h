/* SPDX-License-Identifier: ISC */
/* A maildrop: the messages of a Maildir as one POP3 session sees them. */
#ifndef MAILDROP_H
#define MAILDROP_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum {
	MAILDROP_DELETED = 1,   /* marked */
	MAILDROP_REMOVED,       /* done */
	MAILDROP_TRIES = 4,     /* looks at directories that change meanwhile */
	MAILDROP_MAX = 1 << 24, /* messages */
	MAILDROP_NAMES_MAX = 1 << 30, /* bytes of names */
	MAILDROP_UID = 70,            /* longest unique-id (RFC 1939, 7) */
	MAILDROP_BUFFER = 65536       /* for files and directories */
};

struct message {
	uint64_t order;    /* the time in its name */
	int64_t octets;    /* as sent, dot-stuffing apart; -1: not known yet */
	uint32_t name;     /* where in names its file name begins */
	uint32_t twin;     /* 2 and more: its unique-id takes a "-2" */
	uint32_t id;       /* where in names its unique-id is; 0: in its name */
	uint8_t base, uid; /* lengths (see maildir.h) */
	uint8_t cur;       /* 1: in cur, 0: in new */
	uint8_t deleted;   /* 0, MAILDROP_DELETED, MAILDROP_REMOVED */
	uint8_t sized;     /* 1: its name has W= */
};

struct maildrop {
	int dir, sub[2]; /* the Maildir; its new and cur */
	int lock;        /* the lock file, or -1 */
	int flocked;     /* 1: the Maildir is; -1: its file system cannot */
	time_t touched;  /* when it was last shown to be alive */
	char *names;     /* file names, each ended by NUL */
	size_t names_len, names_size;
	struct message *m; /* in the order of their names */
	size_t n, size;
	uint64_t *place; /* of each, while they are sorted by it, or null */
	uint32_t *by;    /* the message of each number, or null: as they are */
	struct timespec seen[2]; /* times of new and cur at the last look */
	char *buf;               /* MAILDROP_BUFFER bytes */
	/* the sizes that are not in names (mailindex.c) */
	int indexed;    /* the index has been looked at */
	int wrong;      /* 1: a size was not as told */
	size_t counted; /* messages read for their size */
	size_t dead;    /* lines of messages that are gone */
};

/* Opens the Maildir PATH, and makes what is missing of it if its parent is
 * there. 0, or -1 with errno. */
int maildrop_open(struct maildrop *d, const char *path);

/* Finds the messages, sorts and names them. 0, or -1 with errno. */
int maildrop_scan(struct maildrop *d);

/* Notes a login now. 1; 0 the last one was less than SECONDS ago, and nothing
 * is noted; -1 failed, with errno. */
int maildrop_login(struct maildrop *d, unsigned int seconds);

/* The index of the message with NUMBER, 1 to N. */
static inline size_t
maildrop_index(const struct maildrop *d, size_t number)
{
	return d->by ? d->by[number - 1] : number - 1;
}

/* Keeps the sizes that were counted for the next session. */
void maildrop_index_save(struct maildrop *d);

/* Takes unique-ids from the Maildir's FILE (mailids.c). 0; -1 failed, with errno
 * (EPROTO: FILE is nothing of the kind): then there must be no session, or
 * clients would fetch all their mail again. */
int maildrop_ids(struct maildrop *d, const char *file);

/* Gives the buffer back while the client is silent. */
void maildrop_sleep(struct maildrop *d);

/* Before anything else is done with D again. 0, or -1: no memory. */
int maildrop_wake(struct maildrop *d);

/* Message I's unique-id into BUF (MAILDROP_UID + 1 bytes); its length. */
size_t maildrop_uid(const struct maildrop *d, size_t i, char *buf);

/* Opens message I for reading, with HOW more (O_NOATIME, if that may be, or 0),
 * wherever other programs have moved it. A descriptor; -1 with errno (ENOENT: it
 * is gone). */
int maildrop_file(struct maildrop *d, size_t i, int how);

/* The octets of message I, counted if need be; 0 if it cannot be read. */
int64_t maildrop_octets(struct maildrop *d, size_t i);

/* Counts what is not counted yet, if it is much: several processes at once. */
void maildrop_octets_all(struct maildrop *d);

/* Removes the deleted messages for good: both directories are on the disk
 * when it returns. 0; -1 some are left, or may come back. */
int maildrop_expunge(struct maildrop *d);

#endif
