/* SPDX-License-Identifier: ISC */
/* What is known of a message that an attempt did not finish. */
#include "queue/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue/queue.h"

void
state_free(struct state *s)
{
	free(s->done);
	s->done = 0;
	s->done_n = 0;
	state_clear_last(s);
}

void
state_clear_last(struct state *s)
{
	free(s->last);
	s->last = 0;
	s->last_n = 0;
}

int
state_is_done(const struct state *s, const char *mailbox)
{
	size_t i;

	for (i = 0; i < s->done_n; i += strlen(s->done + i) + 1)
		if (strcmp(s->done + i, mailbox) == 0)
			return 1;
	return 0;
}

int
state_is_returned(const struct state *s, const char *recipient)
{
	size_t i;

	for (i = 0; i < s->done_n; i += strlen(s->done + i) + 1)
		if (strncmp(s->done + i, "to:", 3) == 0 &&
		    strcmp(s->done + i + 3, recipient) == 0)
			return 1;
	return 0;
}

/* Adds TEXT to the LEN bytes of strings at *TO, at most MAX. 0 or -1. */
static int
state_append(char **to, size_t *len, size_t max, const char *text)
{
	size_t n = strlen(text) + 1;
	char *more;

	if (*len + n > max || !(more = realloc(*to, *len + n)))
		return -1;
	memcpy(more + *len, text, n);
	*to = more;
	*len += n;
	return 0;
}

int
state_add_done(struct state *s, const char *mailbox)
{
	return state_append(&s->done, &s->done_n, STATE_MAX, mailbox);
}

void
state_add_last(struct state *s, const char *address, const char *status,
    const char *reason)
{
	char text[1024];

	snprintf(text, sizeof text, "%s: %s %s", address, status, reason);
	state_append(&s->last, &s->last_n, STATE_LAST_MAX, text);
}

/* One line of the file. 0, or -1 if it is no such line. */
static int
state_line(struct state *s, const char *line)
{
	char *end;

	if (strncmp(line, "done ", 5) == 0)
		return line[5] ? state_add_done(s, line + 5) : -1;
	if (strncmp(line, "last ", 5) == 0) {
		state_append(&s->last, &s->last_n, STATE_LAST_MAX, line + 5);
		return 0;
	}
	if (strncmp(line, "tries ", 6) == 0)
		s->tries = strtoull(line + 6, &end, 10);
	else if (strncmp(line, "next ", 5) == 0)
		s->next = strtoull(line + 5, &end, 10);
	else if (strncmp(line, "held ", 5) == 0)
		s->held = strtoull(line + 5, &end, 10);
	else if (strncmp(line, "warned ", 7) == 0)
		s->warned = strtoull(line + 7, &end, 10);
	else
		return -1;
	return *end ? -1 : 0;
}

static int
state_parse(struct state *s, char *text)
{
	char *lf;

	for (; (lf = strchr(text, '\n')); text = lf + 1) {
		*lf = 0;
		if (state_line(s, text) < 0)
			return -1;
	}
	return *text ? -1 : 0;
}

int
state_read(int dir, const char *name, struct state *s)
{
	struct stat st;
	char *text = 0;
	ssize_t n;
	int fd, r = -1;

	memset(s, 0, sizeof *s);
	if ((fd = openat(dir, name, O_RDONLY | O_CLOEXEC)) < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) < 0)
		goto out;
	if (st.st_size > 2 * STATE_MAX) {
		errno = EPROTO;
		goto out;
	}
	if (!(text = malloc((size_t)st.st_size + 1)) ||
	    (n = read(fd, text, (size_t)st.st_size)) < 0)
		goto out;
	text[n] = 0;
	r = 1;
	if (state_parse(s, text) < 0) {
		state_free(s);
		errno = EPROTO;
		r = -1;
	}
out:
	free(text);
	close(fd);
	return r;
}

static int
state_save(int fd, const struct state *s)
{
	FILE *f;
	size_t i;

	if (!(f = fdopen(fd, "w"))) {
		close(fd);
		return -1;
	}
	fprintf(f, "tries %llu\nnext %llu\n", (unsigned long long)s->tries,
	    (unsigned long long)s->next);
	if (s->held)
		fprintf(f, "held %llu\n", (unsigned long long)s->held);
	if (s->warned)
		fprintf(f, "warned %llu\n", (unsigned long long)s->warned);
	for (i = 0; i < s->done_n; i += strlen(s->done + i) + 1)
		fprintf(f, "done %s\n", s->done + i);
	for (i = 0; i < s->last_n; i += strlen(s->last + i) + 1)
		fprintf(f, "last %s\n", s->last + i);
	if (fflush(f) == 0 && fsync(fileno(f)) == 0)
		return fclose(f);
	fclose(f);
	return -1;
}

int
state_write(int dir, const char *name, const struct state *s)
{
	char temp[QUEUE_NAME_MAX + 8];
	int fd;

	snprintf(temp, sizeof temp, "tmp.%s", name);
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (state_save(fd, s) < 0 || renameat(dir, temp, dir, name) < 0) {
		int saved = errno;

		unlinkat(dir, temp, 0);
		errno = saved;
		return -1;
	}
	return fsync(dir);
}
