/* SPDX-License-Identifier: ISC */
/* The static binary: enters the program whose name it was started by. */
#include <string.h>

#include "chain.h"
#include "log.h"

int
main(int argc, char **argv)
{
	const struct chain_stage *s;
	const char *name, *slash;

	name = argc > 0 ? argv[0] : "";
	if ((slash = strrchr(name, '/')))
		name = slash + 1;
	for (s = chain_table; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s->main(argc, argv);
	log_start("postern");
	log_die(100, "no program named ", name, " in this binary", (char *)0);
}
