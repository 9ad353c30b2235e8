/* SPDX-License-Identifier: ISC */
/* Reading what a CA answers when it is asked when to renew. */
#ifndef ARITEXT_H
#define ARITEXT_H

#include <time.h>

enum { ARITEXT_MAX = 1024 };

/* The string that KEY has in the JSON TEXT into VALUE (ARITEXT_MAX bytes). 1 or
 * 0. Good for answers whose keys stand there once. */
int aritext_string(char *value, const char *text, const char *key);

/* A time as RFC 3339 has it. 0: it is none. */
time_t aritext_time(const char *s);

#endif
