/* SPDX-License-Identifier: ISC */
/* What an instance consists of: folders and files, each file also as it was
 * made, in made/. */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "package/instance.h"

/* A file of an instance as this version makes it. */
struct layout_file {
	const char *path; /* below the instance */
	mode_t mode;      /* of a new one */
	const char *text;
};

typedef void layout_use(void *to, const struct layout_file *f);

/* Makes the folders of I, or gives those there are owner and mode. Dies 111. */
void layout_folders(const struct instance *i);

/* Makes the folders of service NAME and of its log. Dies 111. */
void layout_service(const struct instance *i, const char *name);

/* Calls USE with TO for each file of I. */
void layout_files(const struct instance *i, layout_use *use, void *to);

/* Writes F to its place. Dies 111; what was there is then as it was. */
void layout_write(const struct instance *i, const struct layout_file *f);

/* Writes F to made/, by which an update sees what was changed since. */
void layout_made(const struct instance *i, const struct layout_file *f);

#endif
