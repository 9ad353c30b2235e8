/* SPDX-License-Identifier: ISC */
/* When a CA wants a certificate renewed. */
#include "ari.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aritext.h"
#include "issue.h"
#include "package/say.h"

enum { ARI_ANSWER = 65536 };

/* Base64 for addresses, without padding, of N bytes (at most 64) at P. */
static void
ari_base64(char *to, const unsigned char *p, int n)
{
	char *s;

	EVP_EncodeBlock((unsigned char *)to, p, n);
	for (s = to; *s; s++)
		if (*s == '+')
			*s = '-';
		else if (*s == '/')
			*s = '_';
		else if (*s == '=')
			*s-- = 0;
}

/* The CA's name for X: its authority key identifier and serial number, in
 * base64 for addresses, with a dot between. Into ID (ARITEXT_MAX bytes). 1; 0: X
 * has no such identifier. */
static int
ari_id(char *id, X509 *x)
{
	const ASN1_OCTET_STRING *authority = X509_get0_authority_key_id(x);
	unsigned char *der = 0;
	int n = i2d_ASN1_INTEGER(X509_get_serialNumber(x), &der);
	int good = authority && ASN1_STRING_length(authority) <= 64 && n > 2 &&
	    n <= 66;

	if (good) {
		ari_base64(id, ASN1_STRING_get0_data(authority),
		    ASN1_STRING_length(authority));
		strcat(id, ".");
		/* the value, without the two bytes of type and length */
		ari_base64(id + strlen(id), der + 2, n - 2);
	}
	OPENSSL_free(der);
	return good;
}

/* What is at URL, at most ARI_ANSWER bytes, into TEXT. 1 or 0. */
static int
ari_get(char *text, const struct instance *i, const char *url)
{
	char *argv[] = {(char *)"curl", (char *)"-fsS", (char *)"--proto",
	    (char *)"=https,http", (char *)"--max-time", (char *)"20",
	    (char *)"--", (char *)url, 0};
	FILE *f = tmpfile();
	size_t n = 0;

	if (!f)
		die_sys(111, "cannot make a temporary file");
	if (certacme_run(i, argv, fileno(f)) == 0) {
		rewind(f);
		n = fread(text, 1, ARI_ANSWER - 1, f);
	}
	fclose(f);
	text[n] = 0;
	return n > 0 && strlen(text) == n;
}

int
ari_ask(
    struct ari *w, const struct certacme *a, const struct instance *i, X509 *x)
{
	static char text[ARI_ANSWER];
	char base[ARITEXT_MAX], id[ARITEXT_MAX], url[2 * ARITEXT_MAX + 2];
	char start[ARITEXT_MAX], end[ARITEXT_MAX];

	if (!ari_id(id, x) || !ari_get(text, i, a->url) ||
	    !aritext_string(base, text, "renewalInfo"))
		return 0;
	snprintf(url, sizeof url, "%s/%s", base, id);
	if (!ari_get(text, i, url) || !aritext_string(start, text, "start") ||
	    !aritext_string(end, text, "end"))
		return 0;
	w->start = aritext_time(start);
	w->end = aritext_time(end);
	return w->start && w->end > w->start;
}
