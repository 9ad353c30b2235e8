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
	int (*take)(struct smtp_session *, char *); /* 1, or 0: wrong value */
};

/* SIZE=digits (RFC 1870). More than fits is more than any limit. */
static int
smtp_param_size(struct smtp_session *s, char *value)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; value[i]; i++) {
		if (value[i] < '0' || value[i] > '9' || i == 20)
			return 0;
		if (n > (UINT64_MAX - 9) / 10)
			n = (UINT64_MAX - 9) / 10;
		n = n * 10 + (uint64_t)(value[i] - '0');
	}
	s->declared = n;
	return 1;
}

/* BODY= (RFC 6152). Octets above 127 are stored as they come either way. */
static int
smtp_param_body(struct smtp_session *s, char *value)
{
	(void)s;
	return strcasecmp(value, "7BIT") == 0 ||
	    strcasecmp(value, "8BITMIME") == 0;
}

/* AUTH=mailbox (RFC 4954, 5): said by whom? Checked, and not believed. */
static int
smtp_param_auth(struct smtp_session *s, char *value)
{
	(void)s;
	return strcmp(value, "<>") == 0 || smtp_command_xtext(value);
}

static const struct smtp_param smtp_param_table[] = {
    {"SIZE", SMTP_PARAMS_MAIL, smtp_param_size},
    {"BODY", SMTP_PARAMS_MAIL, smtp_param_body},
    {"AUTH", SMTP_PARAMS_MAIL, smtp_param_auth},
    {0, 0, 0},
};

const char *
smtp_params(struct smtp_session *s, enum smtp_params verb, char *text)
{
	const struct smtp_param *p;
	unsigned long seen = 0, bit;
	char *keyword, *value;
	int more;

	while ((more = smtp_command_param(&text, &keyword, &value)) > 0) {
		for (p = smtp_param_table; p->keyword; p++)
			if ((p->verbs & verb) &&
			    strcmp(p->keyword, keyword) == 0)
				break;
		if (!p->keyword)
			return SMTP_PARAM;
		bit = 1ul << (p - smtp_param_table);
		if ((seen & bit) || !value || !p->take(s, value))
			return SMTP_PARAM_BAD;
		seen |= bit;
	}
	return more < 0 ? SMTP_PARAM_BAD : 0;
}
