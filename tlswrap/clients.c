/* SPDX-License-Identifier: ISC */
/* Certificates of clients: who signs them, and what is told of them. */
#include "clients.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

enum { CLIENTS_MAX = 1048576 };

/* Takes what is in B. How many there were, or -1. */
static int
clients_take(struct clients *c, BIO *b)
{
	X509_NAME *name;
	X509 *x;
	int n, ok;

	for (n = 0; (x = PEM_read_bio_X509(b, 0, 0, 0)); n++) {
		name = X509_NAME_dup(X509_get_subject_name(x));
		ok = name && sk_X509_NAME_push(c->names, name) > 0 &&
		    X509_STORE_add_cert(c->store, x) == 1;
		X509_free(x);
		if (!ok)
			return -1;
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return -1;
	ERR_clear_error();
	return n;
}

void
clients_read(struct clients *c, int fd)
{
	char *text = malloc(CLIENTS_MAX);
	ssize_t n = text ? pread(fd, text, CLIENTS_MAX, 0) : -1;
	BIO *b;

	if (n < 0)
		log_diesys(111, "cannot read the CA file", (char *)0);
	b = BIO_new_mem_buf(text, (int)n);
	c->store = X509_STORE_new();
	c->names = sk_X509_NAME_new_null();
	if (!b || !c->store || !c->names || n == CLIENTS_MAX ||
	    clients_take(c, b) < 1)
		log_die(
		    100, "the CA file holds no good certificates", (char *)0);
	BIO_free(b);
	free(text);
}

/* A certificate that is no good is as good as none. */
static int
clients_any(int ok, X509_STORE_CTX *x)
{
	(void)ok;
	(void)x;
	return 1;
}

int
clients_ask(const struct clients *c, SSL *ssl, int need)
{
	STACK_OF(X509_NAME) *names =
	    sk_X509_NAME_deep_copy(c->names, X509_NAME_dup, X509_NAME_free);

	if (!names)
		return 0;
	SSL_set0_CA_list(ssl, names);
	SSL_set_verify(ssl,
	    need ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
		 : SSL_VERIFY_PEER,
	    need ? 0 : clients_any);
	return 1;
}

/* The N bytes at S as a string in BUF (SIZE bytes); "" if they do not fit or
 * could be more than one value. */
static void
clients_text(char *buf, size_t size, const char *s, size_t n)
{
	size_t i;

	*buf = 0;
	if (n >= size)
		return;
	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 127)
			return;
	memcpy(buf, s, n);
	buf[n] = 0;
}

/* NAME as RFC 2253 has it: control characters are escaped. */
static void
clients_name(char *buf, X509_NAME *name)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *s;
	long n;

	*buf = 0;
	if (b &&
	    X509_NAME_print_ex(b, name, 0,
		XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0 &&
	    (n = BIO_get_mem_data(b, &s)) > 0)
		clients_text(buf, CLIENTS_TEXT, s, (size_t)n);
	BIO_free(b);
}

static void
clients_serial(char *buf, const X509 *x)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), 0);
	char *s = n ? BN_bn2hex(n) : 0;

	*buf = 0;
	if (s)
		clients_text(buf, CLIENTS_SERIAL, s, strlen(s));
	OPENSSL_free(s);
	BN_free(n);
}

static void
clients_hash(char *buf, const X509 *x)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int n, i;

	*buf = 0;
	if (X509_digest(x, EVP_sha256(), md, &n) != 1)
		return;
	strcpy(buf, "SHA256:");
	for (i = 0; i < n; i++)
		sprintf(buf + strlen("SHA256:") + 2 * (size_t)i, "%02x", md[i]);
}

int
clients_who(const SSL *ssl, struct clients_who *who, const char **why)
{
	X509 *x = SSL_get0_peer_certificate(ssl);
	long r;

	*why = 0;
	if (!x || !(SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER))
		return 0;
	if ((r = SSL_get_verify_result(ssl)) != X509_V_OK) {
		*why = X509_verify_cert_error_string(r);
		return 0;
	}
	clients_name(who->subject, X509_get_subject_name(x));
	clients_name(who->issuer, X509_get_issuer_name(x));
	clients_serial(who->serial, x);
	clients_hash(who->hash, x);
	return 1;
}
