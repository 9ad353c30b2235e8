/* SPDX-License-Identifier: ISC */
/* The ESMTP parameters of MAIL and RCPT. */
#include "smtp/params.h"

#include <string.h>
#include <strings.h>

#include "smtp/command.h"
#include "smtp/replies.h"

struct smtp_param {
	const char *keyword;
	unsigned int verbs;
	int valued; /* 1: with a value; 0: without */
	/* null, or the reply that refuses it */
	const char *(*take)(struct smtp_session *, char *);
};

/* SIZE=digits (RFC 1870). More than fits is more than any limit. */
static const char *
smtp_param_size(struct smtp_session *s, char *value)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; value[i]; i++) {
		if (value[i] < '0' || value[i] > '9' || i == 20)
			return SMTP_PARAM_BAD;
		if (n > (UINT64_MAX - 9) / 10)
			n = (UINT64_MAX - 9) / 10;
		n = n * 10 + (uint64_t)(value[i] - '0');
	}
	s->t.size = n;
	return 0;
}

/* BODY= (RFC 6152, RFC 3030). Binary mail fits neither the queue nor a
 * mailbox, whose lines end with LF: it is encoded as it comes. */
static const char *
smtp_param_body(struct smtp_session *s, char *value)
{
	s->t.binary = strcasecmp(value, "BINARYMIME") == 0;
	if (strcasecmp(value, "7BIT") == 0)
		s->t.body = "7bit";
	else if (strcasecmp(value, "8BITMIME") == 0 || s->t.binary)
		s->t.body = "8bitmime";
	return s->t.body ? 0 : SMTP_PARAM_BAD;
}

/* Decodes xtext; 1, or 0: it is none, or not all ASCII. */
static int
smtp_param_xtext(char *value)
{
	const char *c;

	if (!smtp_command_xtext(value))
		return 0;
	for (c = value; *c; c++)
		if ((unsigned char)*c >= 128)
			return 0;
	return 1;
}

/* AUTH=mailbox (RFC 4954, 5): said by whom? Checked, and not believed. */
static const char *
smtp_param_auth(struct smtp_session *s, char *value)
{
	(void)s;
	return strcmp(value, "<>") == 0 || smtp_param_xtext(value)
	    ? 0
	    : SMTP_PARAM_BAD;
}

static const char *
smtp_param_utf8(struct smtp_session *s, char *value)
{
	(void)value;
	s->t.utf8 = 1;
	return 0;
}

/* RFC 8689: without TLS there is no such parameter. */
static const char *
smtp_param_requiretls(struct smtp_session *s, char *value)
{
	(void)value;
	s->t.requiretls = 1;
	return ucspitls_active() ? 0 : SMTP_PARAM;
}

/* RET=FULL or HDRS (RFC 3461, 4.3). */
static const char *
smtp_param_ret(struct smtp_session *s, char *value)
{
	if (strcasecmp(value, "FULL") == 0)
		s->t.ret = "full";
	else if (strcasecmp(value, "HDRS") == 0)
		s->t.ret = "hdrs";
	return s->t.ret ? 0 : SMTP_PARAM_BAD;
}

/* ENVID=xtext (RFC 3461, 4.4). */
static const char *
smtp_param_envid(struct smtp_session *s, char *value)
{
	if (strlen(value) > SMTP_ENVID_MAX || !smtp_param_xtext(value))
		return SMTP_PARAM_BAD;
	strcpy(s->t.envid, value);
	return 0;
}

/* The bit of a word of NOTIFY, or 0. */
static unsigned int
smtp_param_notify_word(const char *word)
{
	static const struct {
		const char *word;
		unsigned int bit;
	} words[] = {
	    {"NEVER", SMTP_NOTIFY_NEVER},
	    {"SUCCESS", SMTP_NOTIFY_SUCCESS},
	    {"FAILURE", SMTP_NOTIFY_FAILURE},
	    {"DELAY", SMTP_NOTIFY_DELAY},
	};
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(word, words[i].word) == 0)
			return words[i].bit;
	return 0;
}

/* NOTIFY=NEVER, or a list of the other words (RFC 3461, 4.1). */
static const char *
smtp_param_notify(struct smtp_session *s, char *value)
{
	char *word, *rest = value;
	unsigned int bit;

	while ((word = strsep(&rest, ","))) {
		if (!(bit = smtp_param_notify_word(word)) ||
		    (s->t.notify & (bit | SMTP_NOTIFY_NEVER)) ||
		    (s->t.notify && bit == SMTP_NOTIFY_NEVER))
			return SMTP_PARAM_BAD;
		s->t.notify |= bit;
	}
	return 0;
}

/* The address of ORCPT, decoded where it is xtext. What goes beyond ASCII there
 * is no xtext of RFC 3461, but sent by Postfix with SMTPUTF8. */
static int
smtp_param_original(struct smtp_session *s, char *address, int xtext)
{
	const char *c;

	if (xtext && !smtp_command_xtext(address))
		return 0;
	for (c = address; *c; c++)
		if ((unsigned char)*c >= 128)
			return address_text_valid(address, s->t.utf8);
	return xtext || address_text_valid(address, 0);
}

/* ORCPT=type;address (RFC 3461, 4.2): in xtext, but for the type utf-8, which
 * has a code of its own (RFC 6533, 3) and is kept as it came. */
static const char *
smtp_param_orcpt(struct smtp_session *s, char *value)
{
	size_t type = strspn(value,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789-");
	int utf8 = type == 5 && strncasecmp(value, "utf-8", 5) == 0;

	if (!type || value[type] != ';' || !value[type + 1] ||
	    strlen(value) > SMTP_ORCPT_MAX ||
	    !smtp_param_original(s, value + type + 1, !utf8))
		return SMTP_PARAM_BAD;
	s->t.orcpt = value;
	return 0;
}

static const struct smtp_param smtp_param_table[] = {
    {"SIZE", SMTP_PARAMS_MAIL, 1, smtp_param_size},
    {"BODY", SMTP_PARAMS_MAIL, 1, smtp_param_body},
    {"AUTH", SMTP_PARAMS_MAIL, 1, smtp_param_auth},
    {"SMTPUTF8", SMTP_PARAMS_MAIL, 0, smtp_param_utf8},
    {"REQUIRETLS", SMTP_PARAMS_MAIL, 0, smtp_param_requiretls},
    {"RET", SMTP_PARAMS_MAIL, 1, smtp_param_ret},
    {"ENVID", SMTP_PARAMS_MAIL, 1, smtp_param_envid},
    {"NOTIFY", SMTP_PARAMS_RCPT, 1, smtp_param_notify},
    {"ORCPT", SMTP_PARAMS_RCPT, 1, smtp_param_orcpt},
    {0, 0, 0, 0},
};

const char *
smtp_params(struct smtp_session *s, enum smtp_params verb, char *text)
{
	const struct smtp_param *p;
	unsigned long seen = 0, bit;
	char *keyword, *value;
	const char *why;
	int more;

	while ((more = smtp_command_param(&text, &keyword, &value)) > 0) {
		for (p = smtp_param_table; p->keyword; p++)
			if ((p->verbs & verb) &&
			    strcmp(p->keyword, keyword) == 0)
				break;
		if (!p->keyword)
			return SMTP_PARAM;
		bit = 1ul << (p - smtp_param_table);
		if ((seen & bit) || p->valued != (value != 0))
			return SMTP_PARAM_BAD;
		if ((why = p->take(s, value)))
			return why;
		seen |= bit;
	}
	return more < 0 ? SMTP_PARAM_BAD : 0;
}
