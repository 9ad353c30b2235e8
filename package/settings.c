/* SPDX-License-Identifier: ISC */
/* Files of settings. */
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "say.h"

enum { SETTINGS_LINE = 1024 };

int
settings_read(const char *file, settings_set *set, void *to)
{
	char line[SETTINGS_LINE], *eq;
	unsigned int n = 0;
	FILE *f;

	if (!(f = fopen(file, "re"))) {
		if (errno == ENOENT)
			return 0;
		die_sys(111, "cannot read %s", file);
	}
	while (n++, fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		if (!*line || *line == '#')
			continue;
		if ((eq = strchr(line, '=')))
			*eq++ = 0;
		if (!eq || !set(to, line, eq))
			die(100, "%s line %u: '%s' is no setting I know", file,
			    n, line);
	}
	fclose(f);
	return 1;
}
