/* SPDX-License-Identifier: ISC */
/* Chains: which certificate signed which. */
#include "certchain.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "issue.h"
#include "load.h"
#include "package/say.h"

/* 1 if A is good for longer than B. */
static int
certchain_longer(const X509 *a, const X509 *b)
{
	return ASN1_TIME_compare(X509_get0_notAfter(a), X509_get0_notAfter(b)) >
	    0;
}

X509 *
certchain_leaf(STACK_OF(X509) * pool, EVP_PKEY *key)
{
	X509 *best = 0, *x;
	int i;

	for (i = 0; i < sk_X509_num(pool); i++) {
		x = sk_X509_value(pool, i);
		if (EVP_PKEY_eq(X509_get0_pubkey(x), key) == 1 &&
		    (!best || certchain_longer(x, best)))
			best = x;
	}
	ERR_clear_error();
	return best;
}

/* 1 if BY has signed X. */
static int
certchain_signed(X509 *x, X509 *by)
{
	int r = X509_check_issued(by, x) == X509_V_OK &&
	    X509_verify(x, X509_get0_pubkey(by)) == 1;

	ERR_clear_error();
	return r;
}

int
certchain_selfsigned(X509 *x)
{
	return X509_self_signed(x, 1) == 1;
}

/* Who of POOL has signed X: the one that lasts longest. */
static X509 *
certchain_issuer(X509 *x, STACK_OF(X509) * pool)
{
	X509 *best = 0, *by;
	int i;

	for (i = 0; i < sk_X509_num(pool); i++) {
		by = sk_X509_value(pool, i);
		if (certchain_signed(x, by) &&
		    (!best || certchain_longer(by, best)))
			best = by;
	}
	return best;
}

STACK_OF(X509) * certchain_build(X509 *leaf, STACK_OF(X509) * pool)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509 *x = leaf;

	issue_need(chain != 0, "a chain");
	do {
		X509_up_ref(x);
		issue_need(sk_X509_push(chain, x) > 0, "a chain");
		if (certchain_selfsigned(x))
			break;
		x = certchain_issuer(x, pool);
	} while (x && !certchain_selfsigned(x) &&
	    sk_X509_num(chain) < CERTCHAIN_MAX);
	return chain;
}

static void
certchain_trust(X509_STORE *roots, STACK_OF(X509) * pool)
{
	int i;

	for (i = 0; i < sk_X509_num(pool); i++)
		if (certchain_selfsigned(sk_X509_value(pool, i)))
			issue_need(
			    X509_STORE_add_cert(roots, sk_X509_value(pool, i)),
			    "a list of roots");
}

X509_STORE *
certchain_roots(const char *file, STACK_OF(X509) * pool)
{
	X509_STORE *roots = X509_STORE_new();
	struct load l = {0};

	issue_need(roots != 0, "a list of roots");
	X509_STORE_set_default_paths(roots); /* no roots: none is trusted */
	ERR_clear_error();
	if (file) {
		load_file(&l, file);
		if (sk_X509_num(l.certs) == 0)
			die(100, "%s holds no certificate", file);
		certchain_trust(roots, l.certs);
		load_free(&l);
	}
	certchain_trust(roots, pool);
	return roots;
}

int
certchain_verify(STACK_OF(X509) * chain, X509_STORE *roots)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int r;

	issue_need(ctx &&
		X509_STORE_CTX_init(
		    ctx, roots, sk_X509_value(chain, 0), chain) == 1,
	    "room");
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_NO_CHECK_TIME);
	r = X509_verify_cert(ctx) == 1 ? X509_V_OK
				       : X509_STORE_CTX_get_error(ctx);
	ERR_clear_error();
	X509_STORE_CTX_free(ctx);
	return r;
}
