/* SPDX-License-Identifier: ISC */
/* The folder where is counted: opening it, its key and its locks. */
#include "tally.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "priv.h"

enum { TALLY_TRIES = 2000 }; /* a millisecond each */

int
tally_trylock(int fd, short type, uint64_t start, uint64_t len)
{
	struct flock l = {.l_type = type, .l_whence = SEEK_SET};

	l.l_start = (off_t)start;
	l.l_len = (off_t)len;
	if (fcntl(fd, F_OFD_SETLK, &l) == 0)
		return 1;
	if (errno != EAGAIN && errno != EACCES)
		log_diesys(111, "cannot lock in the state folder", (char *)0);
	return 0;
}

void
tally_lock(int fd, short type, uint64_t start, uint64_t len)
{
	const struct timespec millisecond = {0, 1000000};
	unsigned int i;

	for (i = 0; !tally_trylock(fd, type, start, len); i++) {
		if (i == TALLY_TRIES)
			log_die(
			    111, "the state folder stays locked", (char *)0);
		nanosleep(&millisecond, 0);
	}
}

/* The key out of the file. 1; 0 there is none yet. (A file that a power cut
 * left without its data is zeros.) */
static int
tally_read_key(struct tally *s)
{
	ssize_t n = pread(s->file, s->key, sizeof s->key, 0);
	size_t i;

	if (n < 0)
		log_diesys(111, "cannot read the state file", (char *)0);
	for (i = 0; i < sizeof s->key; i++)
		if (n == sizeof s->key && s->key[i])
			return 1;
	return 0;
}

static void
tally_make_key(struct tally *s)
{
	tally_lock(s->file, F_WRLCK, 0, sizeof s->key);
	if (!tally_read_key(s) &&
	    (getrandom(s->key, sizeof s->key, 0) != sizeof s->key ||
		pwrite(s->file, s->key, sizeof s->key, 0) != sizeof s->key))
		log_diesys(111, "cannot make the state file", (char *)0);
}

void
tally_open(struct tally *s, const char *dir)
{
	struct stat st;
	int found;

	s->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0 || fstat(s->dir, &st) < 0)
		log_diesys(
		    111, "cannot open the state folder ", dir, (char *)0);
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		log_die(100, "the state folder ", dir,
		    " must belong to the user of this program, mode 0700",
		    (char *)0);
	s->file = openat(s->dir, "state", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->file < 0)
		log_diesys(111, "cannot open ", dir, "/state", (char *)0);
	tally_lock(s->file, F_RDLCK, 0, sizeof s->key);
	found = tally_read_key(s);
	tally_lock(s->file, F_UNLCK, 0, sizeof s->key);
	if (!found) {
		tally_make_key(s);
		tally_lock(s->file, F_UNLCK, 0, sizeof s->key);
	}
}

void
tally_close(struct tally *s)
{
	priv_wipe(s->key, sizeof s->key);
	close(s->file);
	close(s->dir);
}

uint64_t
tally_hash(const struct tally *s, const void *data, size_t n)
{
	return siphash(s->key, data, n);
}
