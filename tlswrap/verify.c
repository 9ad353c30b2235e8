/* SPDX-License-Identifier: ISC */
/* Verification of servers by OpenSSL: authorities and names as RFC 7817 and
 * RFC 9325 have them, TLSA records as RFC 7672, fingerprints as TLSA records. */
#include "verify.h"

#include <openssl/x509v3.h>
#include <string.h>

#include "ip.h"

/* Forward secrecy only; where nothing is verified anyhow, an old cipher is
 * better than none (RFC 7435). */
static const char verify_strong[] =
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20";
static const char verify_weak[] =
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:"
    "ECDHE+AES:DHE+AES:RSA+AESGCM:RSA+AES:!aNULL";

/* The first list that the library knows is taken. The star says whose share is
 * sent unasked: never the large one, on which some STARTTLS servers hang. */
static const char *const verify_groups[] = {
    "X25519MLKEM768:*X25519:P-256:P-384",
    "X25519:P-256:P-384",
};

int
verify_level_scan(const char *s, enum verify_level *level)
{
	static const char *const names[] = {
	    "off", "offer", "require", "verify", "dane"};
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(s, names[i]) == 0) {
			*level = (enum verify_level)i;
			return 1;
		}
	return 0;
}

enum verify_level
verify_level_used(const struct verify *v)
{
	size_t i;

	for (i = 0; v->level == VERIFY_DANE && i < v->records; i++)
		if (tlsa_usable(&v->record[i]))
			return VERIFY_DANE;
	return v->level == VERIFY_DANE ? VERIFY_REQUIRE : v->level;
}

static int
verify_set_groups(SSL_CTX *ctx)
{
	size_t i;

	for (i = 0; i < sizeof verify_groups / sizeof *verify_groups; i++)
		if (SSL_CTX_set1_groups_list(ctx, verify_groups[i]) == 1)
			return 1;
	return 0;
}

static int
verify_settings(SSL_CTX *ctx, int strong)
{
	SSL_CTX_set_options(ctx,
	    SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
	SSL_CTX_set_mode(ctx,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_security_level(ctx, strong ? 2 : 1);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_cipher_list(
		ctx, strong ? verify_strong : verify_weak) == 1 &&
	    verify_set_groups(ctx) && SSL_CTX_dane_enable(ctx) == 1;
}

SSL_CTX *
verify_context(const struct verify *v, const char **why)
{
	enum verify_level level = verify_level_used(v);
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx || !verify_settings(ctx, level >= VERIFY_PKIX))
		*why = "OpenSSL refuses our settings";
	else if (level == VERIFY_PKIX && v->file &&
	    SSL_CTX_load_verify_file(ctx, v->file) != 1)
		*why = "the file of authorities cannot be read, or has none";
	else if (level == VERIFY_PKIX && v->dir &&
	    SSL_CTX_load_verify_dir(ctx, v->dir) != 1)
		*why = "the folder of authorities cannot be used";
	else
		return ctx;
	SSL_CTX_free(ctx);
	return 0;
}

/* The names or the address that the certificate must be for. 1 or 0. */
static int
verify_set_names(SSL *ssl, const struct verify *v)
{
	X509_VERIFY_PARAM *p = SSL_get0_param(ssl);
	struct ip ip;
	size_t i;

	SSL_set_hostflags(ssl,
	    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
		X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (v->names == 1 && ip_scan(v->name[0], &ip))
		return X509_VERIFY_PARAM_set1_ip(p, ip.b, ip.len) == 1;
	for (i = 0; i < v->names; i++)
		if (ip_scan(v->name[i], &ip) ||
		    SSL_add1_host(ssl, v->name[i]) != 1)
			return 0;
	return v->names == 0 || SSL_set_tlsext_host_name(ssl, v->name[0]) == 1;
}

/* The records that count. 1; 0 OpenSSL can use none of them. */
static int
verify_set_records(SSL *ssl, const struct verify *v)
{
	const struct tlsa *t;
	int used = 0;
	size_t i;

	if (SSL_dane_enable(ssl, 0) <= 0)
		return 0;
	SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	for (i = 0; i < v->records; i++) {
		t = &v->record[i];
		if (tlsa_usable(t) &&
		    SSL_dane_tlsa_add(ssl, t->usage, t->selector, t->type,
			t->data, t->n) == 1)
			used = 1;
	}
	return used;
}

SSL *
verify_connection(SSL_CTX *ctx, const struct verify *v, const char **why)
{
	enum verify_level level = verify_level_used(v);
	SSL *ssl = SSL_new(ctx);

	*why = 0;
	if (!ssl)
		*why = "no memory";
	else if (level >= VERIFY_DANE && !verify_set_records(ssl, v))
		*why = "OpenSSL can use none of the records";
	else if (!verify_set_names(ssl, v))
		*why = "these names do not go together";
	else if (level == VERIFY_PKIX && !v->names)
		*why = "there is no name to verify";
	if (*why) {
		SSL_free(ssl);
		return 0;
	}
	SSL_set_verify(
	    ssl, level >= VERIFY_PKIX ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, 0);
	SSL_set_connect_state(ssl);
	return ssl;
}

static const char *
verify_how(SSL *ssl, const struct verify *v)
{
	switch (verify_level_used(v)) {
	case VERIFY_PKIX:
		return "pkix";
	case VERIFY_DANE:
	case VERIFY_FINGERPRINT:
		if (SSL_get0_dane_authority(ssl, 0, 0) < 0)
			return "none";
		return v->level == VERIFY_DANE ? "dane" : "fingerprint";
	default:
		return "none";
	}
}

static const char *
verify_word(long error, enum verify_level level)
{
	switch (error) {
	case X509_V_OK:
		return "validation-failure";
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return "certificate-host-mismatch";
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return "certificate-expired";
	default:
		return level == VERIFY_DANE ? "tlsa-invalid"
					    : "certificate-not-trusted";
	}
}

void
verify_result(
    SSL *ssl, const struct verify *v, int done, struct verify_outcome *o)
{
	long error = SSL_get_verify_result(ssl);
	enum verify_level level = verify_level_used(v);

	*o = (struct verify_outcome){.word = "ok", .how = "none"};
	if (done && (level < VERIFY_PKIX || error == X509_V_OK)) {
		o->how = verify_how(ssl, v);
		if (level >= VERIFY_PKIX)
			o->name = SSL_get0_peername(ssl);
		if (level < VERIFY_PKIX || strcmp(o->how, "none") != 0)
			return;
	}
	if (level < VERIFY_PKIX)
		error = X509_V_OK; /* it was not what failed */
	o->word = verify_word(error, level);
	o->how = "none";
	if (error == X509_V_ERR_DANE_NO_MATCH)
		o->reason = level == VERIFY_DANE
		    ? "no TLSA record fits the certificate"
		    : "no fingerprint fits the certificate";
	else if (error != X509_V_OK)
		o->reason = X509_verify_cert_error_string(error);
	else
		o->reason = verify_trouble();
}
