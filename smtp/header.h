/* SPDX-License-Identifier: ISC */
/* The header of a message on its way through: counts what a mail loop leaves
 * behind, and mends what a mail program sent (RFC 6409, 8). */
#ifndef SMTP_HEADER_H
#define SMTP_HEADER_H

#include <stddef.h>

enum { SMTP_HEADER_START = 32, SMTP_HEADER_AUTHOR = 8192 };

/* Takes N bytes of the message. 0, or -1: nothing more can be written. */
typedef int smtp_header_sink(void *data, const char *p, size_t n);

struct smtp_header {
	smtp_header_sink *sink;
	void *data;
	/* whole lines, put in if the message has none of that name */
	const char *date, *message_id, *from;
	int mend; /* they may be; relayed mail is changed in no way */
	unsigned int received; /* Received fields so far */
	enum { SMTP_HEADER_LINE, SMTP_HEADER_FIELD, SMTP_HEADER_BODY } state;
	int drop;        /* the field at hand is left out */
	int note;        /* the field at hand goes into author */
	size_t author_n; /* SMTP_HEADER_AUTHOR: more than fits */
	/* what the From and Sender fields say, with commas between */
	char author[SMTP_HEADER_AUTHOR];
	size_t n; /* bytes in start: the line at hand, not yet judged */
	char start[SMTP_HEADER_START];
};

/* The message goes on as it is. */
void smtp_header_init(
    struct smtp_header *h, smtp_header_sink *sink, void *data);

/* It is mended: what is missing of these is put in (FROM may be null), Bcc is
 * left out, and the authors are noted. */
void smtp_header_mend(struct smtp_header *h, const char *date,
    const char *message_id, const char *from);

/* Hands on N bytes with LF line ends. 0, or -1 as the sink says. */
int smtp_header_put(struct smtp_header *h, const char *p, size_t n);

/* The message is complete. 0, or -1 as the sink says. */
int smtp_header_end(struct smtp_header *h);

#endif
