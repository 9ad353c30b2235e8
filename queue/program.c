/* SPDX-License-Identifier: ISC */
/* The programs that aliases deliver to. */
#include "queue/program.h"

#include <stdlib.h>
#include <string.h>

/* Takes run=USER and the arg= behind it from the record V, the Nth such. */
static int
program_take(const struct rules_value *v, unsigned long n, struct program *p)
{
	const char *s = 0;

	while ((s = rules_each(v, s)))
		if (strncmp(s, "run=", 4) == 0 && --n == 0)
			break;
	if (!s || priv_id_scan(s + 4, &p->id) != 1 || !p->id.uid || !p->id.gid)
		return 0;
	for (p->argc = 0; (s = rules_each(v, s)); p->argc++) {
		if (strncmp(s, "arg=", 4) != 0)
			break;
		if (p->argc == LOCAL_ARGUMENTS)
			return 0;
		p->argv[p->argc] = s + 4;
	}
	p->argv[p->argc] = 0;
	return p->argc && p->argv[0][0] == '/';
}

int
program_find(struct rules *r, const char *name, struct program *p)
{
	struct rules_value v;
	unsigned long n;
	char *end;
	int found;

	if (*name != LOCAL_PROGRAM)
		return 0;
	n = strtoul(name + 1, &end, 10);
	if (!n || *end != ' ')
		return 0;
	found = rules_find(r, end + 1, strlen(end + 1), &v);
	return found == 1 ? program_take(&v, n, p) : found;
}
