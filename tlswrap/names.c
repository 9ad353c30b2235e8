/* SPDX-License-Identifier: ISC */
/* The certificates of a worker: a sorted table, and the choice by SNI. */
#include "names.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "context.h"
#include "log.h"
#include "signask.h"
#include "tlsreq.h"

/* Where NAME is, or belongs. *FOUND says which. */
static size_t
names_place(const struct names *t, const char *name, int *found)
{
	size_t low = 0, high = t->n, mid;
	int c;

	*found = 0;
	while (low < high && !*found) {
		mid = low + (high - low) / 2;
		c = strcmp(t->entry[mid].name, name);
		if (c == 0) {
			*found = 1;
			low = mid;
		} else if (c < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

/* Makes an entry at I. 0, or -1 without memory. */
static int
names_insert(struct names *t, size_t i, const char *name)
{
	size_t room = t->room ? t->room * 2 : 16;
	struct names_entry *e;
	char *copy;

	if (t->n == t->room) {
		if (!(e = realloc(t->entry, room * sizeof *e)))
			return -1;
		t->entry = e;
		t->room = room;
	}
	if (!(copy = strdup(name)))
		return -1;
	memmove(t->entry + i + 1, t->entry + i, (t->n - i) * sizeof *t->entry);
	t->entry[i] = (struct names_entry){.name = copy};
	t->n++;
	return 0;
}

void
names_bad(const struct names *t, const char *name, const char *why)
{
	int found;

	names_place(t, name, &found);
	log_event("badbundle", "name", name, "reason", why, "kept",
	    found ? "the old one" : 0, (char *)0);
}

static int names_sni(SSL *, int *, void *);

int
names_set(struct names *t, const char *name, int fd, uint64_t key)
{
	const char *why = "no memory";
	SSL_CTX *ctx;
	int found;
	size_t i = names_place(t, name, &found);

	if (!(ctx = context_make(name, fd, key, t->tickets, &why)) ||
	    (!found && names_insert(t, i, name) < 0)) {
		SSL_CTX_free(ctx);
		names_bad(t, name, why);
		return -1;
	}
	if (t->clients.store)
		SSL_CTX_set1_cert_store(ctx, t->clients.store);
	SSL_CTX_set_tlsext_servername_callback(ctx, names_sni);
	SSL_CTX_set_tlsext_servername_arg(ctx, t);
	SSL_CTX_free(t->entry[i].ctx);
	t->entry[i].ctx = ctx;
	return 0;
}

void
names_unset(struct names *t, const char *name)
{
	int found;
	size_t i = names_place(t, name, &found);

	if (!found || strcmp(name, t->first) == 0)
		return;
	SSL_CTX_free(t->entry[i].ctx);
	free(t->entry[i].name);
	t->n--;
	memmove(t->entry + i, t->entry + i + 1, (t->n - i) * sizeof *t->entry);
}

int
names_open(int dir, const char *name)
{
	char file[NAMES_MAX + sizeof ".pem"];
	struct stat st;
	int fd;

	snprintf(file, sizeof file, "%s.pem", name);
	fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

/* The context for NAME, from the signer if there is one; or null. */
static SSL_CTX *
names_find(struct names *t, const char *name)
{
	uint64_t key;
	int found, fd;
	size_t i = names_place(t, name, &found);

	if (!found && t->ask && (fd = signask_name(name, &key)) >= 0) {
		found = names_set(t, name, fd, key) == 0;
		close(fd);
	}
	return found ? t->entry[i].ctx : 0;
}

/* The context for NAME itself, for all names that have another first label
 * ("_.rest", for what a certificate calls "*.rest"), or null. NAME is lost. */
static SSL_CTX *
names_choose(struct names *t, char *name)
{
	SSL_CTX *ctx = names_find(t, name);
	char *dot = strchr(name, '.');

	if (ctx || !dot || dot == name)
		return ctx;
	*--dot = '_';
	return names_find(t, dot);
}

/* Called during the handshake, also when the client asks for no name. An
 * unknown name gets the first certificate: mail clients ask for all sorts. */
static int
names_sni(SSL *ssl, int *alert, void *arg)
{
	const char *host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	char name[NAMES_MAX + 1];
	SSL_CTX *ctx;
	size_t i, n = host ? strlen(host) : 0;

	(void)alert;
	if (n && host[n - 1] == '.')
		n--;
	if (!n || !tlsreq_host(host, n))
		return SSL_TLSEXT_ERR_NOACK;
	for (i = 0; i < n; i++)
		name[i] = (char)tolower((unsigned char)host[i]);
	name[n] = 0;
	if (!(ctx = names_choose(arg, name)))
		return SSL_TLSEXT_ERR_NOACK;
	SSL_set_SSL_CTX(ssl, ctx);
	return SSL_TLSEXT_ERR_OK;
}

SSL_CTX *
names_first(const struct names *t)
{
	int found;
	size_t i = names_place(t, t->first, &found);

	return found ? t->entry[i].ctx : 0;
}
