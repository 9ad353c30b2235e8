/* SPDX-License-Identifier: ISC */
/* Fuzz target: the lines of a maildrop's index of sizes. What they say goes to
 * the message of that name and to no other. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pop3/mailparts.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct maildrop drop;

/* A maildrop as it was seen once: names that differ in few bytes. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const names[] = {"cur/1.a:2,", "cur/1.a-2:2,S",
	    "cur/1.b,S=5:2,", "cur/1.b,S=6:2,", "cur/2.M5.c:2,", "cur/x y:2,",
	    "cur/3.d,W=9:2,", 0};
	char dir[] = "/tmp/postern-fuzz.XXXXXX", path[64];
	int i;

	(void)argc;
	(void)argv;
	if (!mkdtemp(dir) || maildrop_open(&drop, dir) < 0)
		abort();
	for (i = 0; names[i]; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		close(open(path, O_WRONLY | O_CREAT, 0600));
	}
	if (maildrop_scan(&drop) < 0 || drop.n != (size_t)i)
		abort();
	while (i-- > 0) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		unlink(path);
	}
	for (i = 0; i < 3; i++) {
		snprintf(
		    path, sizeof path, "%s/%s", dir, &"tmp\0new\0cur"[4 * i]);
		rmdir(path);
	}
	rmdir(dir);
	return 0;
}

/* 1 if TEXT has a line that says so of M. */
static int
said(const char *text, const struct message *m)
{
	const char *name = drop.names + m->name, *lf, *at;
	char *end;

	for (; (lf = strchr(text, '\n')); text = lf + 1) {
		at = lf - m->base;
		if (lf - text > m->base && at[-1] == ' ' &&
		    memcmp(at, name, m->base) == 0 &&
		    strtoll(text, &end, 10) == m->octets && end == at - 1)
			return 1;
	}
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1), *text = malloc(size + 1);
	struct message *m;

	if (!s || !text)
		abort();
	memcpy(s, data, size);
	s[size] = 0;
	strcpy(text, s);
	for (m = drop.m; m < drop.m + drop.n; m++)
		m->octets = m->sized ? 9 : -1;
	maildrop_index_take(&drop, s);
	for (m = drop.m; m < drop.m + drop.n; m++)
		if (m->sized ? m->octets != 9
			     : m->octets != -1 && !said(text, m))
			abort();
	free(s);
	free(text);
	return 0;
}
