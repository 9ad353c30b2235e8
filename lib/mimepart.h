/* SPDX-License-Identifier: ISC */
/* A part of a message: what its header says, what it holds, and how that is
 * written. For mime.c, which finds out where a part begins and ends. */
#ifndef MIMEPART_H
#define MIMEPART_H

#include "mime.h"

/* Writes N bytes as they are (a mimehead_sink); _flush sends what is kept. */
void mimepart_raw(void *m, const char *p, size_t n);
void mimepart_flush(struct mime *m);

/* A header begins: of a whole MESSAGE, or of a part. UNSAID is what it is if
 * the header does not say. */
void mimepart_begin(struct mime *m, int message, enum mimetype_kind unsaid);

/* The header is over: decides how the part is written. */
void mimepart_header_end(struct mime *m);

/* MIME_LOOK: N bytes of a line, which has m->column bytes with them. */
void mimepart_look(struct mime *m, const char *p, size_t n);

/* The line end that was kept back (m->line) is of the text. */
void mimepart_line_out(struct mime *m);

/* N bytes of a leaf; N bytes of a multipart outside of its parts, which no
 * reader shows. */
void mimepart_leaf(struct mime *m, const char *p, size_t n);
void mimepart_outside(struct mime *m, const char *p, size_t n);

/* The leaf at hand ends. */
void mimepart_end(struct mime *m);

#endif
