/* SPDX-License-Identifier: ISC */
/* What is told of a handshake: to the application and in the log. */
#ifndef REPORT_H
#define REPORT_H

#include <openssl/ssl.h>

enum { REPORT_ANSWER = 4096 };

/* Writes the answer to 'Y' into BUF (REPORT_ANSWER bytes): NAME=value strings
 * and an empty one. Its length. */
size_t report_answer(char *buf, const SSL *ssl);

/* Logs the connection (event=tls) of the client at IP ("" unknown). */
void report_done(SSL *ssl, const char *ip);

/* Logs that a handshake failed (event=failed). REASON null: what OpenSSL says
 * of SSL. */
void report_failed(SSL *ssl, const char *ip, const char *reason);

#endif
