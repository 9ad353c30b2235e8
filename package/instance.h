/* SPDX-License-Identifier: ISC */
/* An instance: its folder, its settings, its roles. */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <sys/types.h>

#include "priv.h"

enum { INSTANCE_TEXT = 256, INSTANCE_PATH = 4096, INSTANCE_ROLES = 11 };

/* What an instance asks about mail that goes out. */
enum { INSTANCE_DNSSEC = 1, INSTANCE_MTASTS = 2 };

/* The keys that dnssecd trusts; without them there is no DANE. */
#define INSTANCE_ANCHORS "/usr/share/dns/root.key"

enum instance_role {
	ROLE_TLS,   /* the TLS engine */
	ROLE_LOGIN, /* speaks POP3 before the login */
	ROLE_SMTP,  /* speaks SMTP, writes to queue/incoming */
	ROLE_QUEUE, /* reads the queue */
	ROLE_MAIL,  /* owns the mailboxes */
	ROLE_LOG,   /* writes the logs */
	ROLE_ACME,  /* speaks to the CA */
	ROLE_SEND,  /* speaks to other servers */
	ROLE_DKIM,  /* reads the keys that sign mail */
	ROLE_DNS,   /* asks the DNS, and checks what it says */
	ROLE_STS    /* fetches and keeps what other domains ask for */
};

struct instance {
	char dir[INSTANCE_PATH]; /* absolute */
	char host[INSTANCE_TEXT], domain[INSTANCE_TEXT];
	char address[INSTANCE_TEXT]; /* where services listen */
	unsigned int offset;         /* added to every port */
	int acme; /* its certificate renews itself: 0 no, 1 by DNS, 2 by HTTP */
	int imap; /* 1: there is IMAP */
	unsigned int out; /* INSTANCE_DNSSEC, INSTANCE_MTASTS: it has that */
	int roles;        /* 1: one user id a role; 0: all the same */
	struct priv_id role[INSTANCE_ROLES];
};

struct service {
	const char *name;
	unsigned int port; /* standard one; 0: it has none */
	const char *rules; /* its ip rules: etc/ip.RULES; null: none */
	int acme;          /* only in an instance with so much acme */
	unsigned int out;  /* only in one that has that */
};

/* The service of I after S (null: the first one), or null. */
const struct service *instance_next(
    const struct instance *i, const struct service *s);

/* The word for ROLE in etc/instance. */
const char *instance_role_name(enum instance_role role);

/* Reads DIR/etc/instance. Dies 100, naming file and reason, if DIR is no
 * instance; 111 if it cannot be read. */
void instance_need(struct instance *i, const char *dir);

/* DIR made absolute into PATH. Dies 100 or 111. */
void instance_absolute(char *path, const char *dir);

/* I->dir, "/", and the printf-like NAME in a static buffer, until the next
 * call but three. Dies 100 if it is too long. */
const char *instance_path(const struct instance *i, const char *name, ...)
    __attribute__((format(printf, 2, 3)));

/* The service NAME of any instance, or null. */
const struct service *instance_service(const char *name);

#endif
