/* SPDX-License-Identifier: ISC */
/* TLSA records: what they say of a certificate, and what the DNS has. */
#ifndef DANE_H
#define DANE_H

#include <openssl/x509.h>

#include "judge.h"
#include "resolve.h"

enum { DANE_HEX = 2 * 32 + 1 };

/* The "3 1 1" data of KEY in hexadecimal into HEX (DANE_HEX bytes). */
void dane_hex(char *hex, const EVP_PKEY *key);

/* Adds the record TEXT ("3 1 1 HEX") to D. Dies 100. */
void dane_need(struct resolve_tlsas *d, const char *text);

/* A finding about J's chain and the records D of HOST and PORT: one of them
 * must match. */
void dane_judge(struct judge *j, const struct resolve_tlsas *d,
    const char *host, unsigned int port);

/* The same for those the DNS has now. Dies 100 if DNSCACHEIP names no server. */
void dane_judge_dns(struct judge *j, const char *host, unsigned int port);

#endif
