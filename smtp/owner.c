/* SPDX-License-Identifier: ISC */
/* Whose addresses the account that is logged in may use. */
#include "smtp/owner.h"

#include <string.h>

#include "smtp/mailboxes.h"
#include "smtp/replies.h"

/* 1 if KEY is the key of ADDRESS. */
static int
smtp_owner_same(const char *key, const char *address)
{
	char other[ADDRESS_MAX + 1];

	return address_key(other, address) && strcmp(key, other) == 0;
}

int
smtp_owns(const struct smtp_session *s, const char *address)
{
	char key[ADDRESS_MAX + 1];
	const char *a;

	if (!*address)
		return 1;
	if (!address_key(key, address))
		return 0;
	if (smtp_owner_same(key, smtp_user(s)))
		return 1;
	for (a = 0; (a = login_answer_get(&s->answer, "FROM", a));)
		if (smtp_owner_same(key, a))
			return 1;
	return 0;
}

static int
smtp_owner_good(const void *data, const char *address)
{
	return smtp_owns(data, address);
}

const char *
smtp_owner_fault(const struct smtp_session *s)
{
	const struct smtp_header *h = &s->message.header;

	if (h->author_n == SMTP_HEADER_AUTHOR)
		return SMTP_AUTHOR_BAD;
	if (!h->author_n) /* one of the user's own was put in */
		return 0;
	switch (smtp_mailboxes(h->author, h->author_n, smtp_owner_good, s)) {
	case SMTP_MAILBOXES_OK:
		return 0;
	case SMTP_MAILBOXES_OTHER:
		return SMTP_AUTHOR_OTHER;
	default:
		return SMTP_AUTHOR_BAD;
	}
}
