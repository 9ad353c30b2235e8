/* SPDX-License-Identifier: ISC */
/* Making keys, requests and certificates. All of it dies 111 when OpenSSL
 * fails. */
#ifndef ISSUE_H
#define ISSUE_H

#include <openssl/x509.h>

/* Dies 111 with OpenSSL's reason unless GOOD: WHAT cannot be made. */
void issue_need(int good, const char *what);

/* The types of keys, with commas between, for a usage. */
#define ISSUE_TYPES "ecdsa, ed25519, rsa2048, rsa3072, rsa4096"

/* A new key of TYPE (ecdsa: on P-256); null: there is no such type. */
EVP_PKEY *issue_key(const char *type);

/* The digest KEY signs with; null: its own. */
const EVP_MD *issue_digest(const EVP_PKEY *key);

/* A certificate for NAMES (ended by a null pointer) that KEY signs itself,
 * good for DAYS. It is for servers, and not for signing others. */
X509 *issue_selfsigned(EVP_PKEY *key, char *const *names, unsigned int days);

/* A request for a certificate of KEY for NAMES. SUBJECT, ended by a null
 * pointer, holds further lines of the subject, as in "O=Example". Dies 100 if
 * one of them is none. */
X509_REQ *issue_request(
    EVP_PKEY *key, char *const *names, const char *const *subject);

#endif
