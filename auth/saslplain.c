/* SPDX-License-Identifier: ISC */
/* SASL PLAIN. */
#include "saslplain.h"

#include <string.h>

enum saslplain_verdict
saslplain_parse(const char *s, size_t n, struct saslplain *p)
{
	const char *end = s + n, *user, *password;

	user = n ? memchr(s, 0, n) : 0;
	if (!user)
		return SASLPLAIN_BAD;
	user++;
	password = user < end ? memchr(user, 0, (size_t)(end - user)) : 0;
	if (!password)
		return SASLPLAIN_BAD;
	password++;
	if (password < end && memchr(password, 0, (size_t)(end - password)))
		return SASLPLAIN_BAD;
	if (*s && strcmp(s, user) != 0)
		return SASLPLAIN_OTHER;
	p->user = user;
	p->un = (size_t)(password - 1 - user);
	p->password = password;
	p->pn = (size_t)(end - password);
	return SASLPLAIN_OK;
}
