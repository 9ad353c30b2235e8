/* SPDX-License-Identifier: ISC */
/* The bundle that is served, and the one before it. */
#include "bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "issue.h"
#include "load.h"
#include "package/say.h"
#include "store.h"

void
bundle_lock(const struct place *p)
{
	store_lock(p->bundle);
	store_sweep(p->bundle);
}

/* 1 if FILE holds just the N bytes at S. */
static int
bundle_same(const char *file, const char *s, size_t n)
{
	char buf[4096];
	size_t at = 0;
	ssize_t r = -1;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	while ((r = read(fd, buf, sizeof buf)) > 0 && at + (size_t)r <= n &&
	    memcmp(buf, s + at, (size_t)r) == 0)
		at += (size_t)r;
	close(fd);
	priv_wipe(buf, sizeof buf);
	return r == 0 && at == n;
}

/* What is served becomes the last one, and stays served. 0, or -1 with errno:
 * it is as it was. */
static int
bundle_keep(const struct place *p)
{
	char temp[PATH_MAX];

	if (snprintf(temp, sizeof temp, "%s.keeping", p->last) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	unlink(temp);
	if (link(p->bundle, temp) < 0)
		return errno == ENOENT ? 0 : -1;
	return rename(temp, p->last);
}

/* Who owns the bundle: whom the instance says, else who owns it now. */
static const struct priv_id *
bundle_owner(const struct place *p, struct priv_id *id)
{
	struct stat st;

	if (p->owner || geteuid() != 0 || stat(p->bundle, &st) < 0)
		return p->owner;
	id->uid = st.st_uid;
	id->gid = st.st_gid;
	return id;
}

static void
bundle_replace(const struct place *p, const char *s, size_t n)
{
	struct priv_id id;
	struct store to = {
	    .file = p->bundle, .mode = 0600, .owner = bundle_owner(p, &id)};
	char temp[PATH_MAX];
	int saved;

	store_temp(&to, s, n, temp);
	if (bundle_keep(p) == 0 && rename(temp, p->bundle) == 0) {
		if (store_folder(p->bundle) < 0)
			die_sys(
			    111, "cannot fsync the folder of %s", p->bundle);
		return;
	}
	saved = errno;
	unlink(temp);
	errno = saved;
	die_sys(111, "cannot replace %s", p->bundle);
}

int
bundle_write(const struct place *p, EVP_PKEY *key, STACK_OF(X509) * chain)
{
	BIO *b = BIO_new(BIO_s_secmem()); /* wiped when it is freed */
	char *s;
	long n;
	int i, same;

	issue_need(
	    b && PEM_write_bio_PKCS8PrivateKey(b, key, 0, 0, 0, 0, 0), "PEM");
	for (i = 0; i < sk_X509_num(chain); i++)
		issue_need(
		    PEM_write_bio_X509(b, sk_X509_value(chain, i)), "PEM");
	n = BIO_get_mem_data(b, &s);
	if (!(same = bundle_same(p->bundle, s, (size_t)n)))
		bundle_replace(p, s, (size_t)n);
	BIO_free(b);
	return !same;
}

void
bundle_swap(const struct place *p)
{
	if (renameat2(AT_FDCWD, p->last, AT_FDCWD, p->bundle, RENAME_EXCHANGE) <
	    0)
		die_sys(111, "cannot exchange %s and %s", p->last, p->bundle);
	if (store_folder(p->bundle) < 0)
		die_sys(111, "cannot fsync the folder of %s", p->bundle);
}

void
bundle_done(const struct place *p, EVP_PKEY *key)
{
	struct load l = {0};

	if (!p->is_instance)
		return;
	if (load_if(&l, p->key) && l.key && EVP_PKEY_eq(l.key, key) == 1)
		unlink(p->key);
	load_free(&l);
}
