/* SPDX-License-Identifier: ISC */
/* IPv4 and IPv6 addresses, and the keys of their prefixes. */
#ifndef IP_H
#define IP_H

#include <stddef.h>

enum { IP_FMT = 46, IP_KEY = 18 };

struct ip {
	unsigned char b[16]; /* network order; IPv4 uses the first four */
	unsigned char len;   /* 4 or 16 bytes */
};

/* Reads all of S as an address, dotted quad or IPv6 text without a zone;
 * v4-mapped IPv6 becomes IPv4. 1 or 0 (not an address). */
int ip_scan(const char *s, struct ip *ip);

/* Makes a v4-mapped IPv6 address IPv4; any other stays as it is. */
void ip_unmap(struct ip *ip);

/* Canonical text (RFC 5952) into BUF (IP_FMT bytes), which is returned. */
const char *ip_fmt(char *buf, const struct ip *ip);

/* The key of the PLEN-bit prefix of IP: '4' or '6', one byte PLEN, then the
 * masked address's bytes, as many as PLEN needs. Returns its length. */
size_t ip_key(char *key, const struct ip *ip, unsigned int plen);

/* 1 if the first PLEN bits of A and B are the same and both are of one
 * family, else 0. */
int ip_match(const struct ip *a, const struct ip *b, unsigned int plen);

/* Reads "ADDRESS/PLEN" or "ADDRESS". 1; 0 not of that form, or bits are set
 * behind the prefix. */
int ip_scan_prefix(const char *s, size_t n, struct ip *ip, unsigned int *plen);

#endif
