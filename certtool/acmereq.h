/* SPDX-License-Identifier: ISC */
/* The one request that the responder for HTTP-01 answers. */
#ifndef ACMEREQ_H
#define ACMEREQ_H

#include <stddef.h>

enum { ACMEREQ_TOKEN = 128 };

enum acmereq_method { ACMEREQ_GET, ACMEREQ_HEAD };

/* Reads the request line S (N bytes, without its end): GET or HEAD of
 * /.well-known/acme-challenge/TOKEN, HTTP/1.0 or HTTP/1.1. The status to
 * answer with: 200 with the token in TOKEN (ACMEREQ_TOKEN + 1 bytes; letters,
 * digits, '-' and '_' only, so that it is a file name of one folder); 404
 * another path; 405 another method; 400 no such line. */
int acmereq_parse(
    const char *s, size_t n, enum acmereq_method *method, char *token);

#endif
