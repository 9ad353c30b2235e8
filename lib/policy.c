/* SPDX-License-Identifier: ISC */
/* Requests of the Postfix policy protocol. Fields are kept as NUL-terminated
 * names and values one behind the other in the request's text. */
#include "policy.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"

void
policy_clear(struct policy_request *q)
{
	q->n = q->used = q->ahead = 0;
}

int
policy_set(struct policy_request *q, const char *name, const char *value)
{
	size_t nn = strlen(name) + 1, vn = strlen(value) + 1;
	char *p = q->text + q->used, *lf;

	/* what is written must be no longer than what a reader takes */
	if (q->n == POLICY_FIELDS || nn + vn >= POLICY_REQUEST_MAX - q->used)
		return -1;
	memcpy(p, name, nn);
	memcpy(p + nn, value, vn);
	for (lf = p; lf < p + nn + vn; lf++)
		if (*lf == '\n' || (lf < p + nn && *lf == '='))
			*lf = '?';
	q->field[q->n].name = p;
	q->field[q->n++].value = p + nn;
	q->used += nn + vn;
	q->ahead = 0;
	return 0;
}

const char *
policy_get(const struct policy_request *q, const char *name)
{
	size_t i;

	for (i = 0; i < q->n; i++)
		if (strcmp(q->field[i].name, name) == 0)
			return q->field[i].value;
	return "";
}

int
policy_write(int fd, const struct policy_request *q, const tain *deadline)
{
	char text[POLICY_REQUEST_MAX];
	size_t i, n = 0, len;

	for (i = 0; i < q->n; i++) {
		len = strlen(q->field[i].name);
		memcpy(text + n, q->field[i].name, len);
		n += len;
		text[n++] = '=';
		len = strlen(q->field[i].value);
		memcpy(text + n, q->field[i].value, len);
		n += len;
		text[n++] = '\n';
	}
	text[n++] = '\n';
	return deadline_write(fd, text, n, deadline);
}

/* Takes the lines in the first N bytes of the text apart. 1, or -1. */
static int
policy_parse(struct policy_request *q, size_t n)
{
	char *p = q->text, *end = q->text + n, *lf, *eq;

	for (; p < end; p = lf + 1) {
		lf = memchr(p, '\n', (size_t)(end - p));
		eq = memchr(p, '=', (size_t)(lf - p));
		if (!eq || eq == p || memchr(p, 0, (size_t)(lf - p)) ||
		    q->n == POLICY_FIELDS) {
			errno = EPROTO;
			return -1;
		}
		*eq = *lf = 0;
		q->field[q->n].name = p;
		q->field[q->n++].value = eq + 1;
	}
	return 1;
}

/* Length of the lines of a request in the N bytes at S, or N if it is not
 * whole yet. The empty line itself is not counted. */
static size_t
policy_end(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] == '\n' && (i == 0 || s[i - 1] == '\n'))
			return i;
	return n;
}

/* Reads more into the text. 1; 0 end; -1 failed. */
static int
policy_more(int fd, struct policy_request *q, size_t *len, const tain *deadline)
{
	ssize_t n;
	int ready;

	if (*len == sizeof q->text) {
		errno = EPROTO;
		return -1;
	}
	if ((ready = deadline_wait(fd, POLLIN, deadline)) <= 0) {
		if (ready == 0)
			errno = ETIMEDOUT;
		return -1;
	}
	if ((n = read(fd, q->text + *len, sizeof q->text - *len)) < 0)
		return errno == EAGAIN || errno == EINTR ? 1 : -1;
	*len += (size_t)n;
	return n > 0;
}

int
policy_read(int fd, struct policy_request *q, const tain *deadline)
{
	size_t len = q->ahead, n;
	int more;

	memmove(q->text, q->text + q->used, len);
	policy_clear(q);
	while ((n = policy_end(q->text, len)) == len) {
		if ((more = policy_more(fd, q, &len, deadline)) > 0)
			continue;
		if (more == 0 && len) { /* cut off in the middle */
			errno = EPROTO;
			return -1;
		}
		return more;
	}
	q->used = n + 1;
	q->ahead = len - q->used;
	return policy_parse(q, n);
}
