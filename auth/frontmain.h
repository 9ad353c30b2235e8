/* SPDX-License-Identifier: ISC */
/* The main of a login program: its options, and its two processes. */
#ifndef FRONTMAIN_H
#define FRONTMAIN_H

#include "front.h"

/* The options of a login program: -H, -u, -R, -t. */
struct front_options {
	const char *host, *dir; /* or null */
	const char *user;       /* of -u, or null */
	unsigned int seconds;
};

/* One option C with ARG, for USAGE. */
void front_option(
    struct front_options *o, int c, const char *arg, const char *usage);

/* The two processes: RUN in the one, ARGV (a checkpassword program) by the
 * other. Returns the exit code. */
int front_main(
    const struct front_options *o, char *const *argv, front_run *run);

#endif
