/* SPDX-License-Identifier: ISC */
/* An OpenSSL provider whose private keys are elsewhere.
 *
 * It implements what libssl needs of a key for a handshake and nothing more:
 * what can be known of a public key is asked of the default provider, private
 * parts are never exported, and digest_sign is a question to the signer. */
#include "provider.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "signask.h"
#include "signreq.h"

#define PROVIDER_NAME  "postern"
#define PROVIDER_IS    "provider=" PROVIDER_NAME
#define PROVIDER_PARAM "postern-key"

struct provider_key {
	EVP_PKEY *public; /* of the default provider */
	uint64_t key;     /* 0: there is no private part */
};

struct provider_sign {
	const struct provider_key *key;
	const char *type;
	char digest[32]; /* "" none */
	int pss;
};

/* ------------------------------------------------------------------- keys */
static void *
provider_new(void *provctx)
{
	(void)provctx;
	return calloc(1, sizeof(struct provider_key));
}

static void
provider_free(void *keydata)
{
	struct provider_key *k = keydata;

	if (k->key)
		signask_forget(k->key);
	EVP_PKEY_free(k->public);
	free(k);
}

static int
provider_has(const void *keydata, int selection)
{
	const struct provider_key *k = keydata;

	if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) && !k->key)
		return 0;
	return k->public != 0;
}

static int
provider_match(const void *a, const void *b, int selection)
{
	const struct provider_key *x = a, *y = b;

	(void)selection;
	return EVP_PKEY_eq(x->public, y->public) == 1;
}

static int
provider_import(
    struct provider_key *k, const char *type, const OSSL_PARAM *params)
{
	const OSSL_PARAM *p = OSSL_PARAM_locate_const(params, PROVIDER_PARAM);
	EVP_PKEY_CTX *c =
	    EVP_PKEY_CTX_new_from_name(0, type, "provider=default");
	int r;

	r = c && EVP_PKEY_fromdata_init(c) == 1 &&
	    EVP_PKEY_fromdata(c, &k->public, EVP_PKEY_PUBLIC_KEY,
		(OSSL_PARAM *)params) == 1 &&
	    (!p || OSSL_PARAM_get_uint64(p, &k->key) == 1);
	EVP_PKEY_CTX_free(c);
	return r;
}

static const OSSL_PARAM *
provider_types(int selection)
{
	static const OSSL_PARAM types[] = {
	    OSSL_PARAM_uint64(PROVIDER_PARAM, 0), OSSL_PARAM_END};

	(void)selection;
	return types;
}

/* The private part is not here to be had. */
static int
provider_export(void *keydata, int selection, OSSL_CALLBACK *take, void *arg)
{
	struct provider_key *k = keydata;

	if (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY)
		return 0;
	return EVP_PKEY_export(k->public, selection, take, arg);
}

static int
provider_get(void *keydata, OSSL_PARAM *params)
{
	struct provider_key *k = keydata;

	return EVP_PKEY_get_params(k->public, params);
}

static const OSSL_PARAM *
provider_gettable(void *provctx)
{
	static const OSSL_PARAM names[] = {
	    OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, 0),
	    OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, 0),
	    OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, 0),
	    OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, 0, 0),
	    OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, 0, 0),
	    OSSL_PARAM_END};

	(void)provctx;
	return names;
}

/* -------------------------------------------------------------- signatures */
static void
provider_sign_free(void *ctx)
{
	free(ctx);
}

static void *
provider_sign_new(const char *type)
{
	struct provider_sign *s = calloc(1, sizeof *s);

	if (s)
		s->type = type;
	return s;
}

static int
provider_sign_set(void *ctx, const OSSL_PARAM *params)
{
	struct provider_sign *s = ctx;
	const OSSL_PARAM *p;
	const char *text;
	int mode;

	if (!params)
		return 1;
	if ((p = OSSL_PARAM_locate_const(
		 params, OSSL_SIGNATURE_PARAM_PAD_MODE))) {
		if (OSSL_PARAM_get_utf8_string_ptr(p, &text))
			s->pss = strcmp(text, OSSL_PKEY_RSA_PAD_MODE_PSS) == 0;
		else if (OSSL_PARAM_get_int(p, &mode))
			s->pss = mode == RSA_PKCS1_PSS_PADDING;
		else
			return 0;
	}
	return 1; /* the salt is as long as the digest, as TLS has it */
}

static const OSSL_PARAM *
provider_sign_settable(void *ctx, void *provctx)
{
	static const OSSL_PARAM names[] = {
	    OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, 0, 0),
	    OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, 0, 0),
	    OSSL_PARAM_END};

	(void)ctx;
	(void)provctx;
	return names;
}

static int
provider_sign_init(
    void *ctx, const char *digest, void *keydata, const OSSL_PARAM *params)
{
	struct provider_sign *s = ctx;

	if (digest && strlen(digest) >= sizeof s->digest)
		return 0;
	if (keydata)
		s->key = keydata;
	strcpy(s->digest, digest ? digest : "");
	return s->key && s->key->key && provider_sign_set(s, params) &&
	    signscheme_find(s->type, digest, 0) != 0;
}

static int
provider_sign(void *ctx, unsigned char *sig, size_t *n, size_t size,
    const unsigned char *text, size_t len)
{
	struct provider_sign *s = ctx;
	const struct signscheme *way =
	    signscheme_find(s->type, *s->digest ? s->digest : 0, s->pss);
	unsigned char buf[SIGNREQ_SIGNATURE];

	if (!way)
		return 0;
	if (!sig) {
		*n = (size_t)EVP_PKEY_get_size(s->key->public);
		return 1;
	}
	*n = signask_sign(s->key->key, way->id, text, len, buf);
	if (*n == 0 || *n > size)
		return 0;
	memcpy(sig, buf, *n);
	return 1;
}

/* ------------------------------------------------------------------ tables */
#define PROVIDER_F(id, f)               \
	{                               \
		id, (void (*)(void))(f) \
	}

/* A kind of key: what differs is its name and that of its signatures. */
#define PROVIDER_KIND(kind, type, signature)                                   \
	static int kind##_import(                                              \
	    void *keydata, int selection, const OSSL_PARAM *params)            \
	{                                                                      \
		(void)selection;                                               \
		return provider_import(keydata, type, params);                 \
	}                                                                      \
	static const char *kind##_operation(int operation)                     \
	{                                                                      \
		(void)operation;                                               \
		return signature;                                              \
	}                                                                      \
	static void *kind##_sign_new(void *provctx, const char *propq)         \
	{                                                                      \
		(void)provctx;                                                 \
		(void)propq;                                                   \
		return provider_sign_new(type);                                \
	}                                                                      \
	static const OSSL_DISPATCH kind##_keys[] = {                           \
	    PROVIDER_F(OSSL_FUNC_KEYMGMT_NEW, provider_new),                   \
	    PROVIDER_F(OSSL_FUNC_KEYMGMT_FREE, provider_free),                 \
	    PROVIDER_F(OSSL_FUNC_KEYMGMT_HAS, provider_has),                   \
	    PROVIDER_F(OSSL_FUNC_KEYMGMT_MATCH, provider_match),               \
	    PROVIDER_F(OSSL_FUNC_KEYMGMT_IMPORT, kind##_import),               \
	    PROVIDER_F(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, provider_types),        \
	    PROVIDER_F(OSSL_FUNC_KEYMGMT_EXPORT, provider_export),             \
	    PROVIDER_F(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, provider_types),        \
	    PROVIDER_F(OSSL_FUNC_KEYMGMT_GET_PARAMS, provider_get),            \
	    PROVIDER_F(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, provider_gettable),  \
	    PROVIDER_F(                                                        \
		OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, kind##_operation),     \
	    {0, 0}};                                                           \
	static const OSSL_DISPATCH kind##_signatures[] = {                     \
	    PROVIDER_F(OSSL_FUNC_SIGNATURE_NEWCTX, kind##_sign_new),           \
	    PROVIDER_F(OSSL_FUNC_SIGNATURE_FREECTX, provider_sign_free),       \
	    PROVIDER_F(                                                        \
		OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, provider_sign_init),     \
	    PROVIDER_F(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, provider_sign),        \
	    PROVIDER_F(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, provider_sign_set), \
	    PROVIDER_F(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS,                \
		provider_sign_settable),                                       \
	    {0, 0}}

PROVIDER_KIND(provider_rsa, "RSA", "RSA");
PROVIDER_KIND(provider_ec, "EC", "ECDSA");
PROVIDER_KIND(provider_ed, "ED25519", "ED25519");

static const OSSL_ALGORITHM provider_keys[] = {
    {"RSA:rsaEncryption", PROVIDER_IS, provider_rsa_keys, 0},
    {"EC:id-ecPublicKey", PROVIDER_IS, provider_ec_keys, 0},
    {"ED25519", PROVIDER_IS, provider_ed_keys, 0}, {0, 0, 0, 0}};

static const OSSL_ALGORITHM provider_signatures[] = {
    {"RSA:rsaEncryption", PROVIDER_IS, provider_rsa_signatures, 0},
    {"ECDSA", PROVIDER_IS, provider_ec_signatures, 0},
    {"ED25519", PROVIDER_IS, provider_ed_signatures, 0}, {0, 0, 0, 0}};

static const OSSL_ALGORITHM *
provider_query(void *provctx, int operation, int *no_cache)
{
	(void)provctx;
	*no_cache = 0;
	return operation == OSSL_OP_KEYMGMT  ? provider_keys
	    : operation == OSSL_OP_SIGNATURE ? provider_signatures
					     : 0;
}

static int
provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
    const OSSL_DISPATCH **out, void **provctx)
{
	static const OSSL_DISPATCH table[] = {
	    PROVIDER_F(OSSL_FUNC_PROVIDER_QUERY_OPERATION, provider_query),
	    {0, 0}};

	(void)in;
	*out = table;
	*provctx = (void *)handle;
	return 1;
}

int
provider_start(void)
{
	static OSSL_PROVIDER *loaded[2]; /* as long as the process lives */

	/* all but our own keys is the default provider's business */
	return OSSL_PROVIDER_add_builtin(0, PROVIDER_NAME, provider_init) ==
	    1 &&
	    (loaded[0] = OSSL_PROVIDER_load(0, "default")) &&
	    (loaded[1] = OSSL_PROVIDER_load(0, PROVIDER_NAME)) &&
	    EVP_set_default_properties(0, "?provider!=" PROVIDER_NAME) == 1;
}

EVP_PKEY *
provider_key(EVP_PKEY *public, uint64_t key)
{
	OSSL_PARAM own[] = {
	    OSSL_PARAM_uint64(PROVIDER_PARAM, &key), OSSL_PARAM_END};
	OSSL_PARAM *params = 0, *all = 0;
	EVP_PKEY *private = 0;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(
	    0, EVP_PKEY_get0_type_name(public), PROVIDER_IS);

	if (c && EVP_PKEY_todata(public, EVP_PKEY_PUBLIC_KEY, &params) == 1 &&
	    (all = OSSL_PARAM_merge(params, own)) &&
	    EVP_PKEY_fromdata_init(c) == 1)
		EVP_PKEY_fromdata(c, &private, EVP_PKEY_KEYPAIR, all);
	OPENSSL_free(all);
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(c);
	return private;
}
