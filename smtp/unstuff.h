/* SPDX-License-Identifier: ISC */
/* The message behind DATA or BDAT: where it ends, and what it says with LF
 * line ends and without dot-stuffing. Pure: bytes in, bytes out, no other
 * state. */
#ifndef UNSTUFF_H
#define UNSTUFF_H

#include <stddef.h>
#include <stdint.h>

enum unstuff_form {
	UNSTUFF_DOTS,  /* DATA: dot-stuffed, and ended by a dot */
	UNSTUFF_CHUNKS /* BDAT: a dot is a dot, and it ends where told */
};

enum unstuff_state {
	UNSTUFF_LINE,  /* at a line's start, behind CR LF */
	UNSTUFF_BARE,  /* at a line's start, behind a bare CR or LF */
	UNSTUFF_TEXT,  /* inside a line */
	UNSTUFF_CR,    /* behind a CR that may be half a line end */
	UNSTUFF_DOT,   /* behind a dot at UNSTUFF_LINE */
	UNSTUFF_DOTCR, /* behind a CR at UNSTUFF_DOT */
	UNSTUFF_END    /* behind CR LF . CR LF */
};

/* What was found that no message may hold. */
enum { UNSTUFF_BARECR = 1, UNSTUFF_BARELF = 2, UNSTUFF_NUL = 4 };

struct unstuff {
	enum unstuff_form form;
	enum unstuff_state state;
	unsigned int bad;
	uint64_t size; /* octets of the message so far, line ends as CR LF */
};

void unstuff_init(struct unstuff *u, enum unstuff_form form);

/* Takes bytes of the N at IN and writes to OUT what they stand for, with LF
 * line ends; *OUTN says how many. OUT has room for N + 1 bytes, and may be
 * IN - 1. A bare CR or LF is noted in bad and comes out as a line end, but
 * never makes the dot behind it the end of the message.
 * Returns how many bytes were taken: all N, or fewer when the message ended
 * (state is UNSTUFF_END): the rest is the next command. */
size_t unstuff_feed(
    struct unstuff *u, const char *in, size_t n, char *out, size_t *outn);

/* The message is complete: writes the line end that it lacks, if so, to OUT (1
 * byte). How many bytes: 0 or 1. (None of UNSTUFF_DOTS lacks one.) */
size_t unstuff_end(struct unstuff *u, char *out);

#endif
