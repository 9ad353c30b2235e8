/* SPDX-License-Identifier: ISC */
/* groups: NAME and SERVICE=LIST, the addresses a service may be used from. */
#include <string.h>

#include "iplist.h"
#include "type.h"

static const char *const groups_services[] = {
    "pop", "imap", "smtp", "incoming", 0};

/* Number of the service S (N bytes), or -1. */
static int
groups_service(const char *s, size_t n)
{
	int i;

	for (i = 0; groups_services[i]; i++)
		if (strlen(groups_services[i]) == n &&
		    memcmp(groups_services[i], s, n) == 0)
			return i;
	return -1;
}

/* One SERVICE=LIST into the record; *USED has a bit for each so far. */
static void
groups_right(struct compile *c, const char *field, unsigned int *used)
{
	const char *eq = strchr(field, '='), *bad;
	int i = eq ? groups_service(field, (size_t)(eq - field)) : -1;

	if (i < 0)
		source_error(&c->source,
		    "%s: not pop=, imap=, smtp= or incoming=", field);
	else if (*used & 1U << i)
		source_error(&c->source, "%s= stands twice in the line",
		    groups_services[i]);
	else if (!iplist_check(eq + 1, &bad))
		source_error(&c->source,
		    "%s: not an address pattern (a blank ends the list)",
		    *bad ? bad : "(empty)");
	else {
		*used |= 1U << i;
		compile_puts(c, groups_services[i], eq + 1);
	}
}

void
groups_line(struct compile *c, char *text, size_t n)
{
	char *field[SOURCE_FIELDS];
	unsigned int used = 0, errors = c->source.errors;
	int i, count = source_fields(text, field, SOURCE_FIELDS);

	(void)n;
	if (count < 0) {
		source_error(&c->source, "too many fields");
		return;
	}
	if (!type_group_valid(field[0], strlen(field[0]))) {
		source_error(&c->source,
		    "%s: a group's name is letters, digits, '-', '_' and '.'",
		    field[0]);
		return;
	}
	compile_begin(c);
	for (i = 1; i < count; i++)
		groups_right(c, field[i], &used);
	if (c->source.errors == errors)
		compile_once(c, field[0], strlen(field[0]), field[0]);
}
