/* SPDX-License-Identifier: ISC */
/* What an envelope of the QMAILQUEUE interface has no place for. */
#include "queue/notes.h"

#include <string.h>

#include "address.h"

enum { NOTES_NAME = 16, NOTES_ENVID = 100, NOTES_ORCPT = 500 };

struct notes_line {
	char name[NOTES_NAME], value[NOTES_ORCPT + 1];
};

/* The line at *S, which moves behind it. 1; 0 there is none; -1 it is of
 * another form. */
static int
notes_next(const char **s, struct notes_line *l)
{
	size_t n = strcspn(*s, " \n"), v;
	const char *value = *s + n + 1;

	if (!**s)
		return 0;
	if (!n || n >= NOTES_NAME || (*s)[n] != ' ')
		return -1;
	v = strcspn(value, "\n");
	if (!v || v > NOTES_ORCPT || value[v] != '\n')
		return -1;
	memcpy(l->name, *s, n);
	l->name[n] = 0;
	memcpy(l->value, value, v);
	l->value[v] = 0;
	*s = value + v + 1;
	return 1;
}

static int
notes_yes(const char *value)
{
	return strcmp(value, "yes") == 0;
}

static int
notes_body(const char *value)
{
	return strcmp(value, "7bit") == 0 || strcmp(value, "8bitmime") == 0;
}

static int
notes_origin(const char *value)
{
	return strcmp(value, "double") == 0;
}

static int
notes_ret(const char *value)
{
	return strcmp(value, "full") == 0 || strcmp(value, "hdrs") == 0;
}

static int
notes_envid(const char *value)
{
	return strlen(value) <= NOTES_ENVID && address_text_valid(value, 0);
}

/* "never", or some of the other words. */
static int
notes_notify(const char *value)
{
	static const char *const words[] = {"success", "failure", "delay"};
	size_t i, n;

	if (strcmp(value, "never") == 0)
		return 1;
	for (;; value += n + 1) {
		n = strcspn(value, ",");
		for (i = 0; i < 3; i++)
			if (strlen(words[i]) == n &&
			    strncmp(value, words[i], n) == 0)
				break;
		if (i == 3 || !value[n])
			return i < 3;
	}
}

/* "type;address"; what came as xtext may hold spaces. */
static int
notes_orcpt(const char *value)
{
	const unsigned char *c;

	for (c = (const unsigned char *)value; *c; c++)
		if (*c < ' ' || *c == 127)
			return 0;
	return strcspn(value, ";") > 0 && strchr(value, ';');
}

static const struct {
	const char *name;
	int recipient; /* it is said of one, else of the message */
	int (*valid)(const char *value);
} notes_names[] = {
    {"body", 0, notes_body},
    {"smtputf8", 0, notes_yes},
    {"requiretls", 0, notes_yes},
    {"hold", 0, notes_yes},
    {"ret", 0, notes_ret},
    {"envid", 0, notes_envid},
    {"origin", 0, notes_origin},
    {"notify", 1, notes_notify},
    {"orcpt", 1, notes_orcpt},
};

int
notes_valid(const char *text)
{
	struct notes_line l;
	int r, to = 0;
	size_t i;

	while ((r = notes_next(&text, &l)) > 0) {
		if (strcmp(l.name, "to") == 0) {
			to = 1;
			continue;
		}
		for (i = 0; i < sizeof notes_names / sizeof *notes_names; i++)
			if (strcmp(l.name, notes_names[i].name) == 0 &&
			    to == notes_names[i].recipient &&
			    notes_names[i].valid(l.value))
				break;
		if (i == sizeof notes_names / sizeof *notes_names)
			return 0;
	}
	return r == 0;
}

int
notes_write(const char *text, const char *to, struct queue_out *q)
{
	struct notes_line l;
	int here = !to;

	while (notes_next(&text, &l) > 0)
		if (strcmp(l.name, "to") == 0) {
			if (here) /* the first entry counts */
				break;
			here = to && strcmp(l.value, to) == 0;
		} else if (here && queue_note(q, l.name, l.value) < 0)
			return -1;
	return 0;
}
