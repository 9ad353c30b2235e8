/* SPDX-License-Identifier: ISC */
/* The child of the spawner, which becomes the filter of notices. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "address.h"
#include "chain.h"
#include "log.h"
#include "queue/spawner.h"
#include "queue/start.h"

enum { FILTER_SECONDS = 300, FILTER_SAYS = 6 };

static void
filter_setenv(const char *name, const char *value)
{
	if ((*value ? setenv(name, value, 1) : unsetenv(name)) < 0)
		log_diesys(111, "cannot set ", name, (char *)0);
}

/* The envelope from FROM to TO, to be read from the descriptor. */
static int
filter_envelope(const char *from, const char *to)
{
	char text[2 * ADDRESS_MAX + 8];
	int p[2], n;

	n = snprintf(text, sizeof text, "F%s%cT%s%c", from, 0, to, 0) + 1;
	if (n <= 0 || (size_t)n > sizeof text || pipe2(p, O_CLOEXEC) < 0 ||
	    write(p[1], text, (size_t)n) != n)
		log_diesys(111, "cannot hand over the envelope", (char *)0);
	close(p[1]);
	return p[0];
}

void
start_filter(
    const struct start_config *c, const char *const *field, int fd, int said)
{
	int envelope, says;

	log_start("queued");
	if (!c->filter)
		log_die(111, "there is no filter", (char *)0);
	if (geteuid() == 0 && (!c->filter_as || c->filter_as->uid == 0))
		log_die(111, "no user to filter as (option -F)", (char *)0);
	filter_setenv("CONNID", field[3]);
	filter_setenv("QUEUEDIR", c->queue);
	filter_setenv("QUEUENOTES", field[5] + 1);
	filter_setenv("SMTPAUTHUSER", "");
	envelope = filter_envelope(field[4], field[6]);
	says = fcntl(said, F_DUPFD_CLOEXEC, FILTER_SAYS + 1);
	if (dup2(fd, 0) < 0 || dup2(envelope, 1) < 0 || says < 0 ||
	    dup2(says, FILTER_SAYS) < 0)
		log_diesys(111, "cannot start the filter", (char *)0);
	priv_drop(geteuid() == 0 ? c->filter_as : 0, 0);
	alarm(FILTER_SECONDS); /* whatever it becomes */
	chain_next(c->filter);
}
