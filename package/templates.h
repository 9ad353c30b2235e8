/* SPDX-License-Identifier: ISC */
/* The files of a new instance, from package/instance, made by package/embed. */
#ifndef TEMPLATES_H
#define TEMPLATES_H

struct template
{
	const char *path; /* below the instance */
	int program;      /* 1: executable */
	const char *text; /* with @NAME@ to fill in */
};

/* Ended by a null path. */
extern const struct template templates[];

#endif
