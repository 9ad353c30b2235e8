/* SPDX-License-Identifier: ISC */
/* TAP for unit tests: count, say ok or not ok with the place, end with done. */
#ifndef TAP_H
#define TAP_H

#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

static int
tap_ok(int good, const char *what, const char *file, int line)
{
	tap_count++;
	printf("%sok %d - ", good ? "" : "not ", tap_count);
	for (; *what; what++)
		putchar(*what < ' ' && *what >= 0 ? '?' : *what);
	putchar('\n');
	if (!good) {
		tap_failed++;
		printf("# at %s line %d\n", file, line);
	}
	fflush(stdout);
	return good;
}

static inline void
tap_is(
    const char *a, const char *b, const char *what, const char *file, int line)
{
	if (!tap_ok(a && b && strcmp(a, b) == 0, what, file, line))
		printf("# got '%s', expected '%s'\n", a ? a : "(null)",
		    b ? b : "(null)");
}

#define ok(good, what) tap_ok(!!(good), (what), __FILE__, __LINE__)
#define is(a, b, what) tap_is((a), (b), (what), __FILE__, __LINE__)

static inline int
done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
