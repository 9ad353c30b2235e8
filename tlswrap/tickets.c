/* SPDX-License-Identifier: ISC */
/* Session tickets: AES-256-CBC and HMAC-SHA-256, as RFC 5077 has it. */
#include "tickets.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/random.h>

#include "log.h"

void
tickets_random(struct tickets_key *k)
{
	if (getrandom(k, sizeof *k, 0) != sizeof *k)
		log_diesys(111, "no random numbers", (char *)0);
}

void
tickets_turn(struct tickets *t, const struct tickets_key *k)
{
	t->before = t->now;
	t->now = *k;
}

/* Looked up once: that takes longer than to use it. */
static const EVP_CIPHER *
tickets_cipher(void)
{
	static EVP_CIPHER *c;

	return c ? c : (c = EVP_CIPHER_fetch(0, "AES-256-CBC", 0));
}

/* The key for a ticket: 1, or 2 if the client shall have a newer ticket, or 0
 * the ticket is too old or not ours, or -1. */
static int
tickets_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *c,
    EVP_MAC_CTX *mac, int make)
{
	const struct tickets *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	const struct tickets_key *k = &t->now;
	char digest[] = "SHA256";
	OSSL_PARAM p[3];

	if (make) {
		if (RAND_bytes(iv, EVP_MAX_IV_LENGTH) != 1)
			return -1;
		memcpy(name, k->name, sizeof k->name);
	} else if (memcmp(name, k->name, sizeof k->name) != 0) {
		k = &t->before;
		if (memcmp(name, k->name, sizeof k->name) != 0)
			return 0;
	}
	p[0] = OSSL_PARAM_construct_octet_string(
	    OSSL_MAC_PARAM_KEY, (void *)k->mac, sizeof k->mac);
	p[1] =
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	p[2] = OSSL_PARAM_construct_end();
	if (EVP_MAC_CTX_set_params(mac, p) != 1 ||
	    EVP_CipherInit_ex(c, tickets_cipher(), 0, k->cipher, iv, make) != 1)
		return -1;
	return k == &t->now ? 1 : 2;
}

int
tickets_use(SSL_CTX *ctx, const struct tickets *t)
{
	if (!t) {
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
		return SSL_CTX_set_num_tickets(ctx, 0);
	}
	SSL_CTX_set_timeout(ctx, (long)t->seconds);
	return SSL_CTX_set_num_tickets(ctx, 1) == 1 && tickets_cipher() &&
	    SSL_CTX_set_app_data(ctx, (void *)t) == 1 &&
	    SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, tickets_key) == 1;
}
