/* SPDX-License-Identifier: ISC */
/* The header of a message that is to be signed. */
#include "dkim/head.h"

#include <string.h>
#include <strings.h>

#include "address.h"
#include "smtp/mailboxes.h"

void
dkim_head_init(struct dkim_head *h)
{
	h->over = h->cut = 0;
	h->last = '\n';
	h->n = h->fields = 0;
}

size_t
dkim_head_put(struct dkim_head *h, const char *p, size_t n)
{
	const char *lf, *at = p, *end = p + n;

	while (at < end && !h->over) {
		h->over = *at == '\n' && h->last == '\n';
		lf = memchr(at, '\n', (size_t)(end - at));
		at = lf ? lf + 1 : end;
		h->last = at[-1];
	}
	n = (size_t)(at - p);
	if (n > DKIM_HEAD_SIZE - h->n)
		h->cut = 1;
	if (!h->cut) {
		memcpy(h->text + h->n, p, n);
		h->n += n;
	}
	return n;
}

/* Length of the field's name at P, in the N bytes that a line has; 0 no field
 * begins so. */
static size_t
dkim_head_name(const char *p, size_t n)
{
	size_t i, name;

	for (i = 0; i < n && p[i] > ' ' && p[i] < 127 && p[i] != ':'; i++)
		;
	name = i;
	while (i < n && (p[i] == ' ' || p[i] == '\t'))
		i++;
	return i < n && p[i] == ':' ? name : 0;
}

/* One line of the header. 0, or -1: it has no place there. */
static int
dkim_head_line(struct dkim_head *h, const char *p, size_t n)
{
	struct dkim_field *f = &h->field[h->fields];

	if (*p == ' ' || *p == '\t') {
		if (!h->fields)
			return -1;
		f--;
		f->n = (size_t)(p + n - f->p);
		return 0;
	}
	if (!(f->name_n = dkim_head_name(p, n)))
		return -1;
	f->p = p;
	f->n = n;
	h->fields++;
	return 0;
}

const char *
dkim_head_parse(struct dkim_head *h)
{
	const char *p = h->text, *end = p + h->n, *lf;

	if (h->cut)
		return "the header is too long";
	if (memchr(p, 0, h->n))
		return "the header holds a NUL";
	for (; p < end && *p != '\n'; p = lf + 1) {
		if (!(lf = memchr(p, '\n', (size_t)(end - p))))
			lf = end;
		if (h->fields == DKIM_HEAD_FIELDS)
			return "the header has too many fields";
		if (dkim_head_line(h, p, (size_t)(lf - p)) < 0)
			return "the header has a line that is no field";
		if (lf == end)
			break;
	}
	return 0;
}

int
dkim_field_is(const struct dkim_field *f, const char *name)
{
	return strlen(name) == f->name_n &&
	    strncasecmp(f->p, name, f->name_n) == 0;
}

/* Keeps the domain of the first address; 1 if ADDRESS has the same, else 0. */
static int
dkim_head_same(const void *data, const char *address)
{
	char key[ADDRESS_MAX + 1];
	char *domain = (char *)data;

	if (!address_key(key, address))
		return 0;
	if (!*domain)
		strcpy(domain, address_domain(key));
	return strcmp(domain, address_domain(key)) == 0;
}

const char *
dkim_head_domain(const struct dkim_head *h, char *domain)
{
	const struct dkim_field *f, *from = 0;
	char name[ADDRESS_MAX + 1] = "";
	const char *list;
	size_t i;

	for (i = 0; i < h->fields; i++) {
		f = &h->field[i];
		if (!dkim_field_is(f, "From"))
			continue;
		if (from)
			return "there are several From fields";
		from = f;
	}
	if (!from)
		return "there is no From field";
	list = (const char *)memchr(from->p, ':', from->n) + 1;
	switch (smtp_mailboxes(
	    list, (size_t)(from->p + from->n - list), dkim_head_same, name)) {
	case SMTP_MAILBOXES_OK:
		break;
	case SMTP_MAILBOXES_OTHER:
		return "From has addresses of several domains";
	default:
		return "From holds no proper address";
	}
	if (!idn_ascii(domain, name) ||
	    !address_domain_valid(domain, strlen(domain), 0))
		return "From has a domain that is no host name";
	return 0;
}
