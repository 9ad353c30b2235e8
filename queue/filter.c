/* SPDX-License-Identifier: ISC */
/* The filter that queued's own notices go through. */
#include "queue/filter.h"

#include <stdio.h>
#include <string.h>

/* Exit codes of qmail-queue. */
enum {
	FILTER_FOR_GOOD = 11, /* up to: */
	FILTER_FOR_GOOD_LAST = 40,
	FILTER_REJECT = 31,
	FILTER_SAID = 82
};

void
filter_notes(const struct envelope *e, char *text)
{
	int is_8bit = e->body_type && strcmp(e->body_type, "8bitmime") == 0;
	int twice = e->origin && strcmp(e->origin, "double") == 0;

	snprintf(text, FILTER_NOTES, "%s%s%s%s",
	    is_8bit ? "body 8bitmime\n" : "",
	    e->smtputf8 ? "smtputf8 yes\n" : "",
	    e->requiretls ? "requiretls yes\n" : "",
	    twice ? "origin double\n" : "");
}

int
filter_result(int code, const char *said, char *text)
{
	int own = code == FILTER_SAID && (*said == 'D' || *said == 'Z');
	int bad = own ? *said == 'D'
		      : code >= FILTER_FOR_GOOD && code <= FILTER_FOR_GOOD_LAST;

	if (code == 0)
		snprintf(text, FILTER_TEXT, "2.0.0 given to the filter\n");
	else if (own)
		snprintf(text, FILTER_TEXT, "%s the filter says: %.400s\n",
		    bad ? "5.3.0" : "4.3.0", said + 1);
	else
		snprintf(text, FILTER_TEXT, "%s the filter %s (exit %d)\n",
		    code == FILTER_REJECT ? "5.7.1"
			: bad             ? "5.3.0"
					  : "4.3.0",
		    bad ? "refuses the notice" : "cannot take the notice now",
		    code);
	return code == 0 ? 0 : bad ? 100 : 111;
}
