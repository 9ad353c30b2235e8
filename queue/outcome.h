/* SPDX-License-Identifier: ISC */
/* What deliver says of a message that was stored or could not be. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "queue/store.h"

struct outcome {
	int code;                    /* exit code of deliver */
	const char *status, *reason; /* for report.h; null: none is needed */
};

/* Null, or why S cannot be a delivery: a control character in an address, an
 * id that cannot be part of a file name. */
const char *outcome_bad(const struct store *s);

/* The outcome of S in MAILDIR, which is logged. */
struct outcome outcome_tell(const struct store *s, const char *maildir);

#endif
