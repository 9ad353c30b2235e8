/* SPDX-License-Identifier: ISC */
/* The header of a message in memory. */
#include "queue/head.h"

#include <string.h>
#include <strings.h>

void
head_start(struct head *h, const char *s, size_t n)
{
	memset(h, 0, sizeof *h);
	h->next = s;
	h->end = s + n;
}

/* The end of the field at H->next: the line feed that no blank follows. Null:
 * it does not end here. */
static const char *
head_field_end(const struct head *h)
{
	const char *lf = h->next;

	while ((lf = memchr(lf, '\n', (size_t)(h->end - lf)))) {
		if (lf + 1 == h->end)
			return lf;
		if (lf[1] != ' ' && lf[1] != '\t')
			return lf;
		lf++;
	}
	return 0;
}

static int
head_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int
head_next(struct head *h)
{
	const char *lf = h->next < h->end ? head_field_end(h) : 0, *colon;

	if (!lf || lf == h->next)
		return 0;
	if (!(colon = memchr(h->next, ':', (size_t)(lf - h->next))))
		return 0; /* the body has begun without an empty line */
	h->name = h->next;
	h->name_n = (size_t)(colon - h->name);
	while (h->name_n && head_blank(h->name[h->name_n - 1]))
		h->name_n--;
	h->value = colon + 1;
	h->next = lf + 1;
	while (h->value < lf && head_blank(*h->value))
		h->value++;
	while (lf > h->value && head_blank(lf[-1]))
		lf--;
	h->value_n = (size_t)(lf - h->value);
	return 1;
}

int
head_is(const struct head *h, const char *name)
{
	return strlen(name) == h->name_n &&
	    strncasecmp(h->name, name, h->name_n) == 0;
}

int
head_has(const struct head *h, const char *value)
{
	return strlen(value) == h->value_n &&
	    strncasecmp(h->value, value, h->value_n) == 0;
}

int
head_delivered_to(const char *s, size_t n, const char *address)
{
	struct head h;

	head_start(&h, s, n);
	while (head_next(&h))
		if (head_is(&h, "Delivered-To") && head_has(&h, address))
			return 1;
	return 0;
}

int
head_automatic(const char *s, size_t n)
{
	struct head h;

	head_start(&h, s, n);
	while (head_next(&h)) {
		if (head_is(&h, "Auto-Submitted") && !head_has(&h, "no"))
			return 1;
		if (h.name_n > 5 && strncasecmp(h.name, "List-", 5) == 0)
			return 1;
		if (head_is(&h, "Mailing-List") ||
		    head_is(&h, "X-Auto-Response-Suppress"))
			return 1;
		if (head_is(&h, "Precedence") &&
		    (head_has(&h, "bulk") || head_has(&h, "list") ||
			head_has(&h, "junk")))
			return 1;
	}
	return 0;
}
