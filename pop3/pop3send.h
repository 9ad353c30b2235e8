/* SPDX-License-Identifier: ISC */
/* A message on the wire: CRLF line ends, dot-stuffed, and as much of it as TOP
 * wants. */
#ifndef POP3SEND_H
#define POP3SEND_H

#include <stdint.h>

#include "pop3out.h"

struct pop3send {
	struct pop3out *out;
	int64_t octets; /* sent so far, dot-stuffing apart */
	uint64_t lines; /* of the body that may still be sent */
	int header;     /* 1 until the empty line behind the header */
	int bol;        /* at the beginning of a line */
	int cr;         /* the last byte was CR */
	int blank;      /* this line has no byte but maybe one CR */
};

enum { POP3SEND_ALL = -1 };

/* S sends to OUT the whole message (LINES is POP3SEND_ALL), or its header and
 * LINES lines of the body. */
void pop3send_init(struct pop3send *s, struct pop3out *out, int64_t lines);

/* Sends the N bytes at P of the file. 1 go on; 0 it is as much as is wanted. */
int pop3send_piece(struct pop3send *s, const char *p, size_t n);

/* Ends the last line if the file does not, and the message. */
void pop3send_end(struct pop3send *s);

#endif
