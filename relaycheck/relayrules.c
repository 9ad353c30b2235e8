/* SPDX-License-Identifier: ISC */
/* Looking up compiled relay rules. */
#include "relayrules.h"

#include <string.h>

#include "address.h"

enum { RELAYRULES_WORD = 5 };

/* Looks WORD and NAME up as one key. */
static int
relayrules_find(
    struct rules *r, const char *word, const char *name, struct rules_value *v)
{
	char key[RELAYRULES_WORD + ADDRESS_MAX];
	size_t w = strlen(word), n = strlen(name);

	if (n > ADDRESS_MAX)
		return 0;
	memcpy(key, word, w);
	memcpy(key + w, name, n);
	return rules_find(r, key, w + n, v);
}

int
relayrules_to(struct rules *r, const char *domain, struct rules_value *v)
{
	int found = relayrules_find(r, "to:", domain, v);

	while (!found && (domain = strchr(domain + 1, '.')))
		found = relayrules_find(r, "to:", domain, v);
	return found;
}

int
relayrules_from(struct rules *r, const char *sender, struct rules_value *v)
{
	return relayrules_find(r, "from:", sender, v);
}
