/* SPDX-License-Identifier: ISC */
/* Why a handshake failed, in words for an admin. */
#ifndef REASON_H
#define REASON_H

#include <openssl/ssl.h>

enum { REASON_MAX = 128 };

/* What the error queue of OpenSSL says of SSL, whose app data is a struct
 * hello, in words; into BUF (REASON_MAX bytes) where they are made for it.
 * The queue is emptied. */
const char *reason_words(SSL *ssl, char *buf);

/* The same of an SSL that did not get done within SECONDS. */
const char *reason_late(SSL *ssl, unsigned int seconds, char *buf);

#endif
