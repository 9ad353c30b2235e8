/* SPDX-License-Identifier: ISC */
/* Mail addresses as lookup keys: local-part@domain. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stddef.h>

enum {
	ADDRESS_LOCAL_MAX = 64,   /* RFC 5321, 4.5.3.1.1 */
	ADDRESS_DOMAIN_MAX = 255, /* RFC 5321, 4.5.3.1.2 */
	ADDRESS_MAX = 320
};

/* Checks that S (N bytes, no angle brackets) is local-part@domain: local-part
 * a dot-string or quoted string (RFC 5321, 4.1.2), domain a name or an
 * address literal; with UTF8 set, bytes above 127 that are valid UTF-8 too.
 * 1 yes; 0 no. */
int address_valid(const char *s, size_t n, int utf8);

/* 1 if S holds no space and no control character, and bytes above 127 only as
 * valid UTF-8, and with UTF8 set; else 0. */
int address_text_valid(const char *s, int utf8);

/* Writes the key of the address S (a C string) into KEY (ADDRESS_MAX + 1
 * bytes): ASCII letters lowered, needless quotes removed, a domain beyond ASCII
 * as the DNS has it (xn--...), so that two spellings of one mailbox are one
 * key. 1; 0 S is too long or has no '@'. */
int address_key(char *key, const char *s);

/* The same of DOMAIN (or .DOMAIN), which is changed, and has SIZE bytes. 1; 0
 * it is no name that the DNS could have. */
int address_domain_key(char *domain, size_t size);

/* The domain of an address key: what follows the last '@'. */
const char *address_domain(const char *key);

/* 1 if S is a valid domain name of letters, digits, hyphens and dots (labels
 * of 1 to 63, at most 253 in all; bytes above 127 with UTF8), else 0. */
int address_domain_valid(const char *s, size_t n, int utf8);

#endif
