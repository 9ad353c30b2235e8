/* SPDX-License-Identifier: ISC */
/* Reading keys and certificates in whatever form they come. */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "issue.h"
#include "package/say.h"

enum { LOAD_QUESTION = 300 };

struct load_text {
	const char *file;
	char *s;
	size_t n;
};

/* All of FILE. 1; 0: there is none. */
static int
load_read(struct load_text *t, const char *file)
{
	ssize_t r;
	int fd =
	    strcmp(file, "-") == 0 ? dup(0) : open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0;
	t->file = file;
	t->n = 0;
	if (fd < 0)
		die_sys(111, "cannot read %s", file);
	if (!(t->s = OPENSSL_secure_malloc(LOAD_MAX)))
		die(111, "no memory");
	while ((r = read(fd, t->s + t->n, LOAD_MAX - t->n)) != 0) {
		if (r < 0 && errno != EINTR)
			die_sys(111, "cannot read %s", file);
		if (r > 0 && (t->n += (size_t)r) == LOAD_MAX)
			die(100, "%s is too large for a certificate", file);
	}
	close(fd);
	return 1;
}

/* The password of an encrypted key. */
static int
load_password(char *buf, int size, int rw, void *arg)
{
	const struct load_text *t = arg;
	char question[LOAD_QUESTION];

	(void)rw;
	if (!ask_possible())
		die(100,
		    "the key in %s is encrypted: run this on a terminal to be "
		    "asked for its password",
		    t->file);
	snprintf(
	    question, sizeof question, "Password of the key in %s: ", t->file);
	return (int)ask_secret(buf, (size_t)size, question);
}

static void
load_add(struct load *l, X509 *x)
{
	issue_need(x && sk_X509_push(l->certs, x) > 0, "a list");
}

static void
load_pkcs7(struct load *l, PKCS7 *p)
{
	STACK_OF(X509) *all = 0;
	int i;

	if (PKCS7_type_is_signed(p))
		all = p->d.sign->cert;
	for (i = 0; i < sk_X509_num(all); i++) {
		X509_up_ref(sk_X509_value(all, i));
		load_add(l, sk_X509_value(all, i));
	}
	PKCS7_free(p);
}

static void load_damaged(const struct load_text *t) __attribute__((noreturn));

static void
load_damaged(const struct load_text *t)
{
	die(100, "a block of PEM in %s is damaged", t->file);
}

/* One block of PEM, NAME the words behind BEGIN. 1; 0 it is not for us. */
static int
load_block(struct load *l, struct load_text *t, const char *name, char *pem,
    size_t len, const unsigned char *der, long n)
{
	BIO *b;
	EVP_PKEY *key = 0;

	if (strcmp(name, "PKCS7") == 0 || strcmp(name, "CMS") == 0) {
		PKCS7 *p = d2i_PKCS7(0, &der, n);

		if (!p)
			load_damaged(t);
		load_pkcs7(l, p);
		return 1;
	}
	if (strstr(name, "CERTIFICATE") && !strstr(name, "REQUEST")) {
		X509 *x = d2i_X509(0, &der, n);

		if (!x)
			load_damaged(t);
		load_add(l, x);
		return 1;
	}
	if (!strstr(name, "PRIVATE KEY") || l->key)
		return strstr(name, "PRIVATE KEY") != 0;
	issue_need((b = BIO_new_mem_buf(pem, (int)len)) != 0, "room");
	if (!(key = PEM_read_bio_PrivateKey(b, 0, load_password, t)))
		die(100, "the private key in %s cannot be read%s", t->file,
		    strstr(name, "ENCRYPTED") ||
			    memmem(pem, len, "ENCRYPTED", 9)
			? ": wrong password?"
			: ": it is damaged");
	BIO_free(b);
	l->key = key;
	return 1;
}

/* Every block of PEM. How many were for us. */
static int
load_pem(struct load *l, struct load_text *t)
{
	BIO *b = BIO_new_mem_buf(t->s, (int)t->n);
	char *name, *header;
	unsigned char *der;
	long n, from, to;
	int found = 0;

	issue_need(b != 0, "room");
	for (from = 0;; from = to) {
		if (!PEM_read_bio(b, &name, &header, &der, &n))
			break;
		to = (long)t->n - (long)BIO_pending(b);
		found += load_block(
		    l, t, name, t->s + from, (size_t)(to - from), der, n);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(der, (size_t)n);
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		load_damaged(t);
	ERR_clear_error();
	BIO_free(b);
	return found;
}

/* A certificate, PKCS#7 or key in DER. 1, or 0: it is none. */
static int
load_der(struct load *l, const struct load_text *t)
{
	const unsigned char *p = (const unsigned char *)t->s;
	EVP_PKEY *key;
	PKCS7 *all;
	X509 *x;

	if ((x = d2i_X509(0, &p, (long)t->n)))
		load_add(l, x);
	else if ((all = d2i_PKCS7(0, &p, (long)t->n)))
		load_pkcs7(l, all);
	else if ((key = d2i_AutoPrivateKey(0, &p, (long)t->n)) && !l->key)
		l->key = key;
	else
		return 0;
	ERR_clear_error();
	return 1;
}

static void
load_nothing(const struct load_text *t)
{
	if (memmem(t->s, t->n, "CERTIFICATE REQUEST", 19))
		die(100, "%s is a request, not the CA's answer to it", t->file);
	die(100, "%s holds no certificate and no private key", t->file);
}

int
load_if(struct load *l, const char *file)
{
	struct load_text t;

	if (!load_read(&t, file))
		return 0;
	if (!l->certs)
		l->certs = sk_X509_new_null();
	issue_need(l->certs != 0, "a list");
	if (!load_pem(l, &t) && !load_der(l, &t))
		load_nothing(&t);
	OPENSSL_secure_clear_free(t.s, LOAD_MAX);
	return 1;
}

void
load_file(struct load *l, const char *file)
{
	if (!load_if(l, file))
		die(100, "there is no file %s", file);
}

EVP_PKEY *
load_key(const char *file)
{
	struct load l = {0};
	EVP_PKEY *key;

	load_file(&l, file);
	if (!(key = l.key))
		die(100, "%s holds no private key", file);
	l.key = 0;
	load_free(&l);
	return key;
}

void
load_free(struct load *l)
{
	EVP_PKEY_free(l->key);
	sk_X509_pop_free(l->certs, X509_free);
	l->key = 0;
	l->certs = 0;
}
