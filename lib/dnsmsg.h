/* SPDX-License-Identifier: ISC */
/* Messages to and from DNS servers. */
#ifndef DNSMSG_H
#define DNSMSG_H

#include "resolve.h"

enum {
	DNSMSG_QUERY = HOSTNAME_SIZE + 18,
	DNSMSG_TLSA = 52 /* type of a record (RFC 6698) */
};

/* Writes a query for records of TYPE (as in <arpa/nameser.h>) of NAME, one that
 * hostname_clean has made, an arpa name or one of a service, into BUF
 * (DNSMSG_QUERY bytes); one for TLSA records asks too whether DNSSEC protects
 * them (RFC 6840, 5.7). Its id is random. Its length, or 0 without randomness. */
int dnsmsg_query(unsigned char *buf, const char *name, int type);

/* The reply S of N bytes, which belongs to the question: adds what it says of
 * the name asked for, or of what that is an alias of. RESOLVE_NONE there is
 * nothing; RESOLVE_TEMP it tells of a failure or is malformed. */

/* Addresses of LEN bytes (4: A records, 16: AAAA). */
enum resolve_result dnsmsg_ips(
    const unsigned char *s, int n, unsigned char len, struct resolve_ips *a);

/* PTR records that are clean host names. */
enum resolve_result dnsmsg_names(
    const unsigned char *s, int n, struct resolve_names *names);

/* MX records of clean host names, or of the root (""). RESOLVE_NONE there is
 * no MX record; none that can be used is RESOLVE_FOUND without any. */
enum resolve_result dnsmsg_mxs(
    const unsigned char *s, int n, struct resolve_mxs *m);

/* TXT records that fit. RESOLVE_NONE there is none. */
enum resolve_result dnsmsg_txts(
    const unsigned char *s, int n, struct resolve_txts *t);

/* TLSA records with data that a struct tlsa holds, and whether the server says
 * that DNSSEC protects them. RESOLVE_NONE there are none such. */
enum resolve_result dnsmsg_tlsas(
    const unsigned char *s, int n, struct resolve_tlsas *t);

#endif
