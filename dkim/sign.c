/* SPDX-License-Identifier: ISC */
/* The DKIM-Signature field of a message. */
#include "dkim/sign.h"

#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#include "dkim/canon.h"
#include "log.h"

enum {
	SIGN_WIDTH = 74, /* where lines are folded */
	SIGN_RAW = 1024, /* a signature of RSA with 8192 bits */
	SIGN_NAME = sizeof "DKIM-Signature" - 1
};

/* What is signed where a message has it, and if OVER once more than it has it:
 * so nobody can add one (RFC 6376, 5.4.2 and 8.15). */
static const struct {
	const char *name;
	int over;
} sign_names[] = {
    {"From", 1},
    {"Sender", 1},
    {"Reply-To", 1},
    {"To", 1},
    {"Cc", 1},
    {"Subject", 1},
    {"Date", 1},
    {"Message-ID", 1},
    {"In-Reply-To", 1},
    {"References", 1},
    {"MIME-Version", 1},
    {"Content-Type", 1},
    {"Content-Transfer-Encoding", 1},
    {"Content-ID", 0},
    {"Content-Description", 0},
    {"Resent-Date", 0},
    {"Resent-From", 0},
    {"Resent-Sender", 0},
    {"Resent-To", 0},
    {"Resent-Cc", 0},
    {"Resent-Message-ID", 0},
    {"List-Id", 0},
    {"List-Help", 0},
    {"List-Unsubscribe", 0},
    {"List-Unsubscribe-Post", 0},
    {"List-Subscribe", 0},
    {"List-Post", 0},
    {"List-Owner", 0},
    {"List-Archive", 0},
};

enum { SIGN_NAMES = sizeof sign_names / sizeof *sign_names };

/* The field as it grows. */
struct sign_text {
	char *p;
	size_t n, column;
	int full;
};

static void
sign_put(struct sign_text *t, const char *s, size_t n)
{
	if (n > DKIM_SIGN_FIELD - t->n) {
		t->full = 1;
		return;
	}
	memcpy(t->p + t->n, s, n);
	t->n += n;
	t->column += n;
}

static void
sign_fold(struct sign_text *t)
{
	sign_put(t, "\n\t", 2);
	t->column = 8;
}

/* A word that stays in one line. */
static void
sign_word(struct sign_text *t, const char *s)
{
	size_t n = strlen(s);

	if (t->column + n > SIGN_WIDTH)
		sign_fold(t);
	sign_put(t, s, n);
}

static void
sign_tag(struct sign_text *t, const char *name, const char *value)
{
	size_t n = strlen(name) + strlen(value) + 3;

	if (t->column + n > SIGN_WIDTH)
		sign_fold(t);
	else
		sign_put(t, " ", 1);
	sign_put(t, name, strlen(name));
	sign_put(t, "=", 1);
	sign_put(t, value, strlen(value));
	sign_put(t, ";", 1);
}

/* N bytes in base64, folded where it must be. */
static void
sign_base64(struct sign_text *t, const unsigned char *p, size_t n)
{
	char text[SIGN_RAW * 4 / 3 + 8];
	size_t all, at, some;

	all = (size_t)EVP_EncodeBlock((unsigned char *)text, p, (int)n);
	for (at = 0; at < all; at += some) {
		if (t->column >= SIGN_WIDTH)
			sign_fold(t);
		some = SIGN_WIDTH - t->column;
		if (some > all - at)
			some = all - at;
		sign_put(t, text + at, some);
	}
}

static void
sign_update(void *md, const char *p, size_t n)
{
	EVP_DigestUpdate(md, p, n);
}

/* Writes NAME into the list, and what it stands for into MD: from the last
 * such field of the header to the first. */
static void
sign_named(struct sign_text *t, EVP_MD_CTX *md, const struct dkim_head *h,
    const char *name, int over)
{
	const struct dkim_field *f;
	size_t i;

	for (i = h->fields; i-- > 0;) {
		f = &h->field[i];
		if (!dkim_field_is(f, name))
			continue;
		sign_word(t, name);
		sign_put(t, ":", 1);
		canon_field(f->p, f->n, f->name_n, sign_update, md);
		EVP_DigestUpdate(md, "\r\n", 2);
	}
	if (over) {
		sign_word(t, name);
		sign_put(t, ":", 1);
	}
}

/* All of the field but the signature. */
static void
sign_tags(struct sign_text *t, EVP_MD_CTX *md, const struct dkim_sign *s,
    const struct dkim_key *key)
{
	char number[LOG_NUM];
	size_t i;

	sign_put(t, "DKIM-Signature: v=1;", SIGN_NAME + 6);
	sign_tag(t, "a", key->ed25519 ? "ed25519-sha256" : "rsa-sha256");
	sign_tag(t, "c", "relaxed/relaxed");
	sign_tag(t, "d", s->domain);
	sign_tag(t, "s", key->selector);
	sign_tag(t, "t", log_u64(number, s->time));
	if (s->expires)
		sign_tag(t, "x", log_u64(number, s->expires));
	sign_word(t, " h=");
	for (i = 0; i < SIGN_NAMES; i++)
		sign_named(
		    t, md, s->head, sign_names[i].name, sign_names[i].over);
	t->p[t->n - 1] = ';'; /* for the last colon */
	sign_word(t, " bh=");
	sign_base64(t, s->body, sizeof s->body);
	sign_word(t, "; b=");
}

/* Signs HASH into RAW (SIGN_RAW bytes). The length, or 0. */
static size_t
sign_raw(
    const struct dkim_key *key, const unsigned char *hash, unsigned char *raw)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key->key, 0);
	size_t n = SIGN_RAW;
	int good = 0;

	if (md && c && key->ed25519)
		good = EVP_DigestSignInit(md, 0, 0, 0, key->key) == 1 &&
		    EVP_DigestSign(md, raw, &n, hash, DKIM_SIGN_HASH) == 1;
	else if (md && c)
		good = EVP_PKEY_sign_init(c) == 1 &&
		    EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()) == 1 &&
		    EVP_PKEY_sign(c, raw, &n, hash, DKIM_SIGN_HASH) == 1;
	EVP_PKEY_CTX_free(c);
	EVP_MD_CTX_free(md);
	return good ? n : 0;
}

long
dkim_sign_field(
    const struct dkim_sign *s, const struct dkim_key *key, char *out)
{
	struct sign_text t = {.p = out};
	unsigned char hash[EVP_MAX_MD_SIZE], raw[SIGN_RAW];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	size_t n = 0;

	if (md && EVP_DigestInit_ex(md, EVP_sha256(), 0) == 1) {
		sign_tags(&t, md, s, key);
		canon_field(t.p, t.n, SIGN_NAME, sign_update, md);
		if (!t.full && EVP_DigestFinal_ex(md, hash, 0) == 1)
			n = sign_raw(key, hash, raw);
	}
	EVP_MD_CTX_free(md);
	if (n) {
		sign_base64(&t, raw, n);
		sign_put(&t, "\n", 1);
	}
	return t.full ? 0 : n ? (long)t.n : -1;
}
