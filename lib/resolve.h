/* SPDX-License-Identifier: ISC */
/* Names and addresses of hosts: /etc/hosts, then the DNS servers of
 * /etc/resolv.conf, or of DNSCACHEIP in the environment where that is set
 * ("ADDRESS", "ADDRESS:PORT" or "[ADDRESS]:PORT", with commas between).
 *
 * Works in a static program. Names are taken as they stand, without the search
 * list of resolv.conf. Answers are bounded; how a lookup that failed differs
 * from one that found nothing is for the caller to keep. */
#ifndef RESOLVE_H
#define RESOLVE_H

#include <skalibs/tai.h>
#include <stddef.h>

#include "hostname.h"
#include "ip.h"
#include "tlsa.h"

enum { RESOLVE_MAX = 16, RESOLVE_TEXT = 512 };

enum resolve_result {
	RESOLVE_TEMP = -1, /* timeout, no server, SERVFAIL, nonsense */
	RESOLVE_NONE = 0,  /* there is no such name or record */
	RESOLVE_FOUND = 1
};

struct resolve_ips {
	size_t n;
	struct ip ip[RESOLVE_MAX];
};

struct resolve_names {
	size_t n;
	char name[RESOLVE_MAX][HOSTNAME_SIZE];
};

struct resolve_mxs {
	size_t n;
	struct resolve_mx {
		unsigned int preference;
		char name[HOSTNAME_SIZE]; /* "" is the root: a null MX */
	} mx[RESOLVE_MAX];
};

struct resolve_tlsas {
	size_t n;
	int secure; /* 1: the server says DNSSEC protects them */
	struct tlsa record[RESOLVE_MAX];
};

struct resolve_txts {
	size_t n;
	char text[RESOLVE_MAX][RESOLVE_TEXT];
};

/* 1 if there are servers to ask; 0 DNSCACHEIP is set and names none. */
int resolve_servers(void);

/* The addresses of NAME: IPv4 (FAMILY 4), IPv6 (16) or both (0), at most
 * RESOLVE_MAX. With both, RESOLVE_TEMP if either lookup failed; A then still
 * holds what the other one found. What is no host name has no address. */
enum resolve_result resolve_ips(const char *name, unsigned int family,
    struct resolve_ips *a, const tain *deadline);

/* The names of IP that hostname_clean lets pass, at most RESOLVE_MAX. Who owns
 * the address may write any name there: it proves nothing until the name's
 * addresses have been looked up too. */
enum resolve_result resolve_names(
    const struct ip *ip, struct resolve_names *names, const tain *deadline);

/* The MX records of NAME as they come, at most RESOLVE_MAX; those that name no
 * host are left out. RESOLVE_NONE: the name has none, or there is none such. */
enum resolve_result resolve_mxs(
    const char *name, struct resolve_mxs *m, const tain *deadline);

/* The TXT records of NAME, their strings put together, at most RESOLVE_MAX;
 * those that are longer than RESOLVE_TEXT - 1 or hold a NUL are left out. */
enum resolve_result resolve_txts(
    const char *name, struct resolve_txts *t, const tain *deadline);

/* The TLSA records of NAME and PORT over TCP, at most RESOLVE_MAX; those without
 * data, or with too much, are left out. What is no host name has none. */
enum resolve_result resolve_tlsas(const char *name, unsigned int port,
    struct resolve_tlsas *t, const tain *deadline);

#endif
