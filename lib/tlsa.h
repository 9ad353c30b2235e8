/* SPDX-License-Identifier: ISC */
/* TLSA records (RFC 6698) as text, and fingerprints as the TLSA records that
 * say the same. */
#ifndef TLSA_H
#define TLSA_H

#include <stddef.h>

enum { TLSA_DATA_MAX = 4096, TLSA_FMT = 2 * TLSA_DATA_MAX + 13 };

enum tlsa_usage { TLSA_DANE_TA = 2, TLSA_DANE_EE = 3 };

struct tlsa {
	unsigned char usage, selector, type;
	size_t n; /* of data */
	unsigned char data[TLSA_DATA_MAX];
};

/* Reads "USAGE SELECTOR TYPE HEX" as dig(1) prints it: decimal numbers up to
 * 255, and hexadecimal digits that may have spaces between them. 1; 0 S is not
 * of that form, or holds no data or too much. */
int tlsa_scan(const char *s, struct tlsa *t);

/* Writes T in that form into S (TLSA_FMT bytes), which is returned. */
const char *tlsa_fmt(char *s, const struct tlsa *t);

/* Reads a fingerprint into T: "HEX" or "sha256:HEX", SHA-256 of the
 * certificate; "spki:HEX", of its public key. Colons may stand between the
 * bytes, as openssl x509 -fingerprint prints them. 1; 0 not of that form. */
int tlsa_scan_pin(const char *s, struct tlsa *t);

/* 1 if T can be used for mail (RFC 7672, 3.1): usage 2 or 3, selector 0 or 1,
 * type 0, 1 or 2 and, for a digest, data of its length. Else 0. */
int tlsa_usable(const struct tlsa *t);

#endif
