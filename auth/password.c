/* SPDX-License-Identifier: ISC */
/* Passwords against crypt(3) hashes, by libxcrypt. */
#include <crypt.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "auth.h"

/* What is computed where there is no user at all: yescrypt, cost 5. */
static const char password_dummy[] = "$y$j9T$/5pGQj7Q0jyDq8uOQPKCz.";

/* Compares without telling by its time where the difference is. */
static int
password_same(const char *a, const char *b)
{
	size_t n = strlen(a), i;
	unsigned char differ = 0;

	if (strlen(b) != n)
		return 0;
	for (i = 0; i < n; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return !differ;
}

int
password_right(const char *password, const char *hash)
{
	struct crypt_data *d;
	const char *got;
	int r;

	/* 32 KiB that a session, which may be held for hours, does not keep */
	d = mmap(0, sizeof *d, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (d == MAP_FAILED)
		return -1;
	errno = 0;
	got = crypt_rn(password, hash, d, sizeof *d);
	if (got)
		r = password_same(got, hash);
	else
		r = errno == ENOMEM ? -1 : 0;
	priv_wipe(d, sizeof *d);
	munmap(d, sizeof *d);
	if (r < 0)
		errno = ENOMEM;
	return r;
}

int
password_weak(const char *hash)
{
	return crypt_checksalt(hash) != CRYPT_SALT_OK;
}

void
password_waste(const char *password, struct rules *u)
{
	struct rules_value key, v;
	unsigned int pos = 0;
	const char *hash = 0;

	if (rules_next(u, &pos, &key, &v) == 1)
		hash = rules_get(&v, "hash");
	password_right(password, hash ? hash : password_dummy);
}
