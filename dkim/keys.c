/* SPDX-License-Identifier: ISC */
/* The keys that a domain signs with. */
#include "dkim/keys.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DKIM_RSA_LEAST = 1024 }; /* RFC 8301, 3.2 */

/* There is nobody to ask for the password of a key. */
static int
dkim_keys_password(char *buf, int size, int rwflag, void *data)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)data;
	return -1;
}

/* The key in FILE. Null, or why it is not there. */
static const char *
dkim_keys_load(struct dkim_key *k, const char *file)
{
	FILE *f = fopen(file, "re");

	if (!f)
		return strerror(errno);
	k->key = PEM_read_PrivateKey(f, 0, dkim_keys_password, 0);
	fclose(f);
	if (!k->key)
		return "it holds no private key in PEM";
	k->ed25519 = EVP_PKEY_is_a(k->key, "ED25519");
	if (!k->ed25519 && !EVP_PKEY_is_a(k->key, "RSA"))
		return "it is neither an RSA nor an Ed25519 key";
	if (!k->ed25519 && EVP_PKEY_get_bits(k->key) < DKIM_RSA_LEAST)
		return "an RSA key has to have 1024 bits at least";
	return 0;
}

/* Length of the selector in the file name NAME, or 0: it is none of a key. */
static size_t
dkim_keys_selector(const char *name)
{
	size_t n = strlen(name);

	if (n < 5 || strcmp(name + n - 4, ".pem") != 0)
		return 0;
	return address_domain_valid(name, n - 4, 0) ? n - 4 : 0;
}

static int
dkim_keys_order(const void *a, const void *b)
{
	const struct dkim_key *x = a, *y = b;

	return strcmp(x->selector, y->selector);
}

/* Reads the keys in the folder NAME, open as D. Null, or why it cannot be,
 * with NAME the file of which that is said. */
static const char *
dkim_keys_read(struct dkim_keys *k, DIR *d, char *name, size_t size)
{
	const size_t folder = strlen(name);
	const struct dirent *e;
	const char *why;
	size_t n;

	while (errno = 0, (e = readdir(d))) {
		if (!(n = dkim_keys_selector(e->d_name)))
			continue;
		if (k->n == DKIM_KEYS)
			return "there are too many keys";
		snprintf(name + folder, size - folder, "/%s", e->d_name);
		if ((why = dkim_keys_load(&k->key[k->n], name)))
			return why;
		memcpy(k->key[k->n].selector, e->d_name, n);
		k->key[k->n++].selector[n] = 0;
	}
	qsort(k->key, k->n, sizeof *k->key, dkim_keys_order);
	return errno ? strerror(errno) : 0;
}

int
dkim_keys_find(struct dkim_keys *k, const char *folder, const char *domain,
    const char **why, const char **file)
{
	static char name[PATH_MAX];
	DIR *d;
	int n;

	*file = name;
	snprintf(name, sizeof name, "%s", folder);
	if (!(d = opendir(name))) {
		*why = strerror(errno);
		return -1;
	}
	closedir(d);
	for (k->n = 0; domain; domain = strchr(domain, '.')) {
		domain += *domain == '.';
		n = snprintf(name, sizeof name, "%s/%s", folder, domain);
		if ((size_t)n >= sizeof name - NAME_MAX - 2) {
			*why = strerror(ENAMETOOLONG);
			return -1;
		}
		if (!(d = opendir(name))) {
			if (errno == ENOENT)
				continue;
			*why = strerror(errno);
			return -1;
		}
		*why = dkim_keys_read(k, d, name, sizeof name);
		closedir(d);
		if (*why)
			return -1;
		strcpy(k->domain, domain);
		if (k->n > 0)
			return 1;
	}
	return 0;
}
