/* SPDX-License-Identifier: ISC */
/* What deliver says of a message. */
#include "queue/outcome.h"

#include <errno.h>
#include <string.h>

#include "log.h"

/* 1 if every character of S can stand in a header line. */
static int
outcome_clean(const char *s)
{
	for (; s && *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			return 0;
	return 1;
}

const char *
outcome_bad(const struct store *s)
{
	if (!outcome_clean(s->sender) || !outcome_clean(s->recipient) ||
	    !outcome_clean(s->original))
		return "a control character in an address";
	if (s->id && (!*s->id || strpbrk(s->id, "/:,") || s->id[0] == '.'))
		return "the id cannot be part of a file name";
	return 0;
}

static struct outcome
outcome_failed(int error)
{
	switch (error) {
	case ELOOP:
		return (struct outcome){100, "5.4.6",
		    "the message was delivered here before, and came back: "
		    "mail loop"};
	case EFBIG:
		return (struct outcome){
		    100, "5.2.3", "the message is larger than the mailbox"};
	case EDQUOT:
		return (struct outcome){111, "4.2.2", "the mailbox is full"};
	case ENOSPC:
		return (struct outcome){111, "4.3.1", "the disk is full"};
	default:
		return (struct outcome){
		    111, "4.2.0", "the mailbox cannot be written to"};
	}
}

struct outcome
outcome_tell(const struct store *s, const char *maildir)
{
	struct outcome o = {.code = 0};
	char bytes[LOG_NUM];

	if (s->outcome == STORE_FAILED) {
		o = outcome_failed(s->error);
		log_event("not-delivered", "id", s->id, "to", s->recipient,
		    "from", s->sender, "maildir", maildir, "reason", o.reason,
		    "error", strerror(s->error), (char *)0);
		return o;
	}
	log_event(s->outcome == STORE_DONE ? "delivered" : "delivered-before",
	    "id", s->id, "to", s->recipient, "from", s->sender, "bytes",
	    log_u64(bytes, s->bytes), "name", s->name, (char *)0);
	return o;
}
