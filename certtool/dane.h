/* SPDX-License-Identifier: ISC */
/* TLSA records: what they say of a certificate, and what the DNS has. */
#ifndef DANE_H
#define DANE_H

#include <openssl/x509.h>

#include "judge.h"
#include "tlsa.h"

enum { DANE_MAX = 16, DANE_HEX = 2 * 32 + 1 };

struct dane {
	size_t n;
	int secure; /* 1: the resolver says DNSSEC protects them */
	struct tlsa record[DANE_MAX];
};

/* The "3 1 1" data of KEY in hexadecimal into HEX (DANE_HEX bytes). */
void dane_hex(char *hex, const EVP_PKEY *key);

/* 1 if T is about LEAF (usage 1 or 3) or one of CHAIN (0 or 2), else 0. */
int dane_match(const struct tlsa *t, STACK_OF(X509) * chain);

/* Adds the record TEXT ("3 1 1 HEX") to D. Dies 100. */
void dane_need(struct dane *d, const char *text);

/* The TLSA records of HOST and PORT, from the servers of /etc/resolv.conf or
 * DNSCACHEIP. 1 found; 0 there are none; -1 that could not be found out. */
int dane_find(struct dane *d, const char *host, unsigned int port);

/* A finding about J's chain and the records D of HOST and PORT: one of them
 * must match. */
void dane_judge(
    struct judge *j, const struct dane *d, const char *host, unsigned int port);

/* The same for those the DNS has now. */
void dane_judge_dns(struct judge *j, const char *host, unsigned int port);

#endif
