/* SPDX-License-Identifier: ISC */
/* The envelope of qmail's QMAILQUEUE interface. */
#include "queue/handover.h"

#include <string.h>
#include <strings.h>

#include "address.h"
#include "queue/queue.h"

size_t
handover_whole(const char *s, size_t n, size_t seen)
{
	const char *end;

	if (n && !*s)
		return 1; /* no string of it is empty but the last */
	seen -= seen > 0; /* its end may have begun there */
	end = memmem(s + seen, n - seen, "\0", 2);
	return end ? (size_t)(end - s) + 2 : 0;
}

static enum handover_verdict
handover_address(const char *s)
{
	size_t n = strlen(s);

	if (n > ADDRESS_MAX)
		return HANDOVER_LONG;
	return address_valid(s, n, 1) ? HANDOVER_OK : HANDOVER_ADDRESS;
}

/* The sender at *S, which moves behind it. */
static enum handover_verdict
handover_from(const char **s, struct handover *h)
{
	if (**s != 'F')
		return HANDOVER_FORMAT;
	h->from = ++*s;
	*s += strlen(*s) + 1;
	if (strcmp(h->from, "#@[]") == 0)
		h->from = "";
	return *h->from ? handover_address(h->from) : HANDOVER_OK;
}

enum handover_verdict
handover_read(const char *s, size_t n, struct handover *h)
{
	const char *end = s + n - 1;
	enum handover_verdict v;

	h->n = 0;
	if (n < 2 || (v = handover_from(&s, h)) != HANDOVER_OK)
		return n < 2 ? HANDOVER_FORMAT : v;
	for (h->to = s + 1; s < end; s += strlen(s) + 1, h->n++) {
		if (*s != 'T' || h->n == QUEUE_RECIPIENTS)
			return HANDOVER_FORMAT;
		if (strcasecmp(s + 1, "postmaster") != 0 &&
		    (v = handover_address(s + 1)) != HANDOVER_OK)
			return v;
	}
	return h->n ? HANDOVER_OK : HANDOVER_FORMAT;
}

const char *
handover_next(const char *to)
{
	return to + strlen(to) + 2; /* behind its 'T' */
}
