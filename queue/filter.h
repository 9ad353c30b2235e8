/* SPDX-License-Identifier: ISC */
/* The filter that queued's own notices go through: what it is told beside the
 * envelope, and what its end means (see FILTERS in smtpd(8)). */
#ifndef FILTER_H
#define FILTER_H

#include <stddef.h>

#include "queue/envelope.h"

enum { FILTER_NOTES = 128, FILTER_TEXT = 512 };

/* What the envelope E of a notice says that the interface of a filter has no
 * place for, as queue/notes.h has it, into TEXT (FILTER_NOTES bytes). */
void filter_notes(const struct envelope *e, char *text);

/* A filter has ended with CODE and SAID something on its descriptor 6: the
 * code and (in TEXT, FILTER_TEXT bytes) the report of a delivery, as job_result
 * takes them. */
int filter_result(int code, const char *said, char *text);

#endif
