/* SPDX-License-Identifier: ISC */
/* Content-Type and Content-Transfer-Encoding (RFC 2045): what of them matters
 * to who encodes a message. Pure. */
#ifndef MIMETYPE_H
#define MIMETYPE_H

#include <stddef.h>

enum { MIMETYPE_BOUNDARY = 200 };

enum mimetype_kind {
	MIMETYPE_TEXT,
	MIMETYPE_OTHER,
	MIMETYPE_MULTIPART,
	MIMETYPE_DIGEST,  /* a multipart whose parts are messages by default */
	MIMETYPE_SEALED,  /* a multipart whose parts must stay as they are */
	MIMETYPE_MESSAGE, /* a whole message, which cannot be encoded */
	MIMETYPE_FIXED /* other message/..., which cannot be encoded either */
};

struct mimetype {
	enum mimetype_kind kind;
	size_t n; /* of boundary; 0: none, or one that cannot be used */
	char boundary[MIMETYPE_BOUNDARY];
};

enum mimetype_encoding {
	MIMETYPE_7BIT,
	MIMETYPE_8BIT,
	MIMETYPE_BINARY,
	MIMETYPE_ENCODED /* in one way or another */
};

/* Reads the N bytes at S, the value of Content-Type in one line. */
void mimetype_read(struct mimetype *t, const char *s, size_t n);

/* The same for Content-Transfer-Encoding. */
enum mimetype_encoding mimetype_encoding(const char *s, size_t n);

#endif
