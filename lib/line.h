/* SPDX-License-Identifier: ISC */
/* Command lines from a client: one at a time, with a maximum and a deadline. */
#ifndef LINE_H
#define LINE_H

#include <skalibs/tai.h>
#include <stddef.h>

enum line_verdict {
	LINE_OK,      /* a line that ended with CR LF */
	LINE_LONG,    /* longer than the maximum; all of it was consumed */
	LINE_NUL,     /* holds a NUL */
	LINE_BARECR,  /* holds a CR that no LF follows */
	LINE_BARELF,  /* ended with LF alone */
	LINE_END,     /* the client closed; an unfinished line is dropped */
	LINE_TIMEOUT, /* the deadline passed */
	LINE_FAILED   /* read error, with errno */
};

enum line_mode {
	LINE_BUFFER, /* read ahead: for the last program of a chain */
	LINE_EXACT   /* take no byte beyond the line: MSG_PEEK on a socket, else
	                byte by byte */
};

struct line {
	int fd;
	enum line_mode mode;
	char *buf;       /* owned by the caller */
	size_t size;     /* of buf: the longest line, CR LF included */
	size_t pos, len; /* unread bytes are buf[pos..len) */
	int stream;      /* found out: fd is no socket */
};

/* L reads from FD into BUF (owned by the caller, alive as long as L). */
void line_init(
    struct line *l, int fd, enum line_mode mode, char *buf, size_t size);

/* Reads one line. For all verdicts with a line, *S points into the buffer
 * (valid until the next call), *N is its length without CR LF or LF, and
 * S[N] is NUL (LINE_LONG gives an empty line). If several verdicts fit, the
 * first in the list above wins. */
enum line_verdict line_read(
    struct line *l, char **s, size_t *n, const tain *deadline);

/* 1 if unread bytes are in the buffer, else 0. */
int line_pending(const struct line *l);

/* 1 if a whole line is among them, else 0. Where it is, replies can wait for
 * those to it; where it is not, the client may wait for them. */
int line_ready(const struct line *l);

/* Bytes for a bulk reader (LINE_BUFFER only): at least one unread byte at *S,
 * *N of them, refilled if the buffer is empty. The caller says by line_take
 * how many it used. LINE_OK, LINE_END, LINE_TIMEOUT or LINE_FAILED. */
enum line_verdict line_bytes(
    struct line *l, char **s, size_t *n, const tain *deadline);
void line_take(struct line *l, size_t n);

/* Throws away what was read ahead. */
void line_drop(struct line *l);

#endif
