/* SPDX-License-Identifier: ISC */
/* The private keys of a signer, and their use. */
#include "keyring.h"

#include <malloc.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "certs.h"
#include "priv.h"

struct keyring_key {
	uint64_t number;
	EVP_PKEY *pkey;
};

/* Memory that is given back holds no secrets any more. */
static void
keyring_mem_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	if (p)
		priv_wipe(p, malloc_usable_size(p));
	free(p);
}

static void *
keyring_mem(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(n);
}

static void *
keyring_mem_more(void *p, size_t n, const char *file, int line)
{
	size_t had = p ? malloc_usable_size(p) : 0;
	void *q = malloc(n);

	if (!q)
		return 0;
	if (p)
		memcpy(q, p, had < n ? had : n);
	keyring_mem_free(p, file, line);
	return q;
}

int
keyring_prepare(void)
{
	/* OpenSSL wipes keys, but not all it has read them from */
	return CRYPTO_set_mem_functions(
		   keyring_mem, keyring_mem_more, keyring_mem_free) == 1 &&
	    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, 0) == 1;
}

/* Where KEY is; the number of keys if it is not there. */
static size_t
keyring_place(const struct keyring *r, uint64_t key)
{
	size_t low = 0, high = r->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (r->key[mid].number < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low < r->n && r->key[low].number == key ? low : r->n;
}

/* 0, or -1 without room. */
static int
keyring_room(struct keyring *r)
{
	size_t room = r->room ? r->room * 2 : 16;
	struct keyring_key *k;

	if (r->n < r->room)
		return 0;
	if (r->n >= KEYRING_MAX || !(k = reallocarray(r->key, room, sizeof *k)))
		return -1;
	r->key = k;
	r->room = room;
	return 0;
}

/* 1 if there is a scheme for keys like PKEY. */
static int
keyring_knows(const EVP_PKEY *pkey)
{
	return EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_is_a(pkey, "EC") ||
	    EVP_PKEY_is_a(pkey, "ED25519");
}

int
keyring_add(struct keyring *r, uint64_t key, int fd, const char **why)
{
	/* a context checks all that a worker's will check */
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *pkey;
	int certs = -1;

	*why = "no memory";
	if (ctx && keyring_room(r) == 0 && bundle_load(ctx, fd, why) == 0) {
		pkey = SSL_CTX_get0_privatekey(ctx);
		*why = "keys of its kind are not supported";
		if (keyring_knows(pkey)) {
			*why = "its certificates cannot be passed on";
			certs = certs_write(ctx);
		}
		if (certs >= 0 && EVP_PKEY_up_ref(pkey) == 1)
			r->key[r->n++] = (struct keyring_key){key, pkey};
	}
	SSL_CTX_free(ctx);
	return certs;
}

void
keyring_forget(struct keyring *r, uint64_t key)
{
	size_t i = keyring_place(r, key);

	if (i == r->n)
		return;
	EVP_PKEY_free(r->key[i].pkey); /* OpenSSL wipes private parts */
	r->n--;
	memmove(r->key + i, r->key + i + 1, (r->n - i) * sizeof *r->key);
}

static int
keyring_padding(EVP_PKEY_CTX *c, const struct signscheme *way)
{
	return !way->pss ||
	    (EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) ==
		    1);
}

size_t
keyring_sign(
    const struct keyring *r, const struct signreq *q, unsigned char *sig)
{
	const struct signscheme *way = signscheme_get(q->scheme);
	size_t i = keyring_place(r, q->key), n = SIGNREQ_SIGNATURE;
	EVP_MD_CTX *m;
	EVP_PKEY_CTX *c;

	if (i == r->n || !EVP_PKEY_is_a(r->key[i].pkey, way->type) ||
	    !(m = EVP_MD_CTX_new()))
		return 0;
	if (EVP_DigestSignInit_ex(
		m, &c, way->digest[0], 0, 0, r->key[i].pkey, 0) != 1 ||
	    !keyring_padding(c, way) ||
	    EVP_DigestSign(m, sig, &n, q->text, q->n) != 1) {
		ERR_clear_error();
		n = 0;
	}
	EVP_MD_CTX_free(m);
	return n;
}
