/* SPDX-License-Identifier: ISC */
/* What a policy's answer means. */
#include "smtp/action.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "smtp/replies.h"

static int
smtp_action_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The first word of S is WORD, in any case: what follows it, else null. */
static const char *
smtp_action_word(const char *s, const char *word)
{
	size_t n = strlen(word);

	if (strncasecmp(s, word, n) != 0 || (s[n] && s[n] != ' '))
		return 0;
	return s + n + strspn(s + n, " ");
}

/* 1 if S begins with a status like 5.7.1 of CLASS. */
static int
smtp_action_status(const char *s, char class)
{
	int part;

	if (*s++ != class)
		return 0;
	for (part = 0; part < 2; part++) {
		if (*s++ != '.' || !smtp_action_digit(*s))
			return 0;
		while (smtp_action_digit(*s))
			s++;
	}
	return *s == ' ' || !*s;
}

/* The reply: CODE, a status (S's own where it has one), and what S says. */
static enum smtp_action
smtp_action_refuse(char *text, const char *code, const char *s)
{
	char status[] = "5.7.1 ";

	status[0] = code[0];
	snprintf(text, SMTP_ACTION_TEXT, "%.3s %s%s", code,
	    smtp_action_status(s, code[0]) ? "" : status,
	    *s ? s : "refused by policy");
	return SMTP_ACTION_REFUSE;
}

/* 1 if S is "NAME: value", printable: fit for a header. */
static int
smtp_action_field(const char *s)
{
	size_t n = strcspn(s, ": ");
	const char *c;

	for (c = s; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c >= 127)
			return 0;
	return n > 0 && s[n] == ':' && strlen(s) < SMTP_ACTION_TEXT;
}

/* An address, of no recipient that the client named, into TEXT. */
static enum smtp_action
smtp_action_address(char *text, const char *s, enum smtp_action which)
{
	size_t n = strlen(s);

	if (n >= SMTP_ACTION_TEXT || !address_valid(s, n, 0)) {
		strcpy(text, SMTP_POLICY_FAILED);
		return SMTP_ACTION_REFUSE;
	}
	strcpy(text, s);
	return which;
}

enum smtp_action
smtp_action_read(const char *action, char *text)
{
	const char *s;

	if (smtp_action_word(action, "OK"))
		return SMTP_ACTION_OK;
	if (smtp_action_word(action, "DUNNO"))
		return SMTP_ACTION_DUNNO;
	if ((s = smtp_action_word(action, "PREPEND")) && smtp_action_field(s)) {
		strcpy(text, s);
		return SMTP_ACTION_PREPEND;
	}
	if ((s = smtp_action_word(action, "REJECT")))
		return smtp_action_refuse(text, "554", s);
	if ((s = smtp_action_word(action, "DEFER")))
		return smtp_action_refuse(text, "450", s);
	if ((s = smtp_action_word(action, "DEFER_IF_PERMIT"))) {
		smtp_action_refuse(text, "450", s);
		return SMTP_ACTION_LATER;
	}
	if ((s = smtp_action_word(action, "DEFER_IF_REJECT"))) {
		smtp_action_refuse(text, "450", s);
		return SMTP_ACTION_SOFTEN;
	}
	if ((s = smtp_action_word(action, "BCC")))
		return smtp_action_address(text, s, SMTP_ACTION_BCC);
	if ((s = smtp_action_word(action, "REDIRECT")))
		return smtp_action_address(text, s, SMTP_ACTION_REDIRECT);
	if (smtp_action_word(action, "HOLD"))
		return SMTP_ACTION_HOLD;
	if (smtp_action_word(action, "DISCARD"))
		return SMTP_ACTION_DISCARD;
	if ((s = smtp_action_word(action, "WARN")) ||
	    (s = smtp_action_word(action, "INFO"))) {
		snprintf(text, SMTP_ACTION_TEXT, "%s", s);
		return SMTP_ACTION_WARN;
	}
	if ((action[0] == '4' || action[0] == '5') &&
	    smtp_action_digit(action[1]) && smtp_action_digit(action[2]) &&
	    (action[3] == ' ' || !action[3]))
		return smtp_action_refuse(
		    text, action, action + 3 + strspn(action + 3, " "));
	strcpy(text, SMTP_POLICY_FAILED);
	return SMTP_ACTION_REFUSE;
}
