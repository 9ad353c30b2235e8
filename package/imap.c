/* SPDX-License-Identifier: ISC */
/* An instance with IMAP. */
#include "package/imap.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "package/say.h"

const char *
imap_engine(void)
{
	static const char *const places[] = {"/usr/lib/dovecot/imap",
	    "/usr/libexec/dovecot/imap", "/usr/local/libexec/dovecot/imap"};
	size_t i;

	for (i = 0; i < sizeof places / sizeof *places; i++)
		if (access(places[i], X_OK) == 0)
			return places[i];
	die(100,
	    "--imap needs Dovecot's imap, and there is none in %s or %s: "
	    "install it (on Debian: apt-get install dovecot-imapd)",
	    places[0], places[1]);
}

int
imap_barred(const struct instance *n, char *path, unsigned int *mode)
{
	struct stat st;
	char *slash;

	strcpy(path, n->dir);
	while (n->roles && (slash = strrchr(path, '/')) && slash > path) {
		*slash = 0;
		if (stat(path, &st) < 0 || st.st_mode & S_IXOTH)
			continue;
		*mode = st.st_mode & 07777;
		return 1;
	}
	return 0;
}
