/* SPDX-License-Identifier: ISC */
/* The front of a login program: lines in, replies out, and what it asks the
 * monitor for. */
#include "front.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "deadline.h"

void
front_init(struct front *f, char *buf, size_t size)
{
	line_init(&f->in, 0, LINE_EXACT, buf, size);
	reply_init(&f->out, 1, f->seconds);
	deadline_in(&f->end, FRONT_TOTAL * f->seconds);
}

int
front_allowed(const struct front *f)
{
	return f->secure || f->policy != UCSPITLS_REQUIRE;
}

int
front_over(struct front *f, const char *reason)
{
	f->reason = reason;
	return 0;
}

/* What is wrong with a line, or null. */
static const char *
front_bad(enum line_verdict v)
{
	switch (v) {
	case LINE_LONG:
		return "the line is too long";
	case LINE_NUL:
		return "a line holds no NUL";
	case LINE_BARECR:
	case LINE_BARELF:
		return "a line ends with CR LF";
	default:
		return 0;
	}
}

/* When the client has to be done. */
static void
front_deadline(const struct front *f, tain *deadline)
{
	deadline_in(deadline, f->seconds);
	if (tain_less(&f->end, deadline))
		*deadline = f->end;
}

int
front_line(struct front *f, char **s, size_t *n, const char **bad)
{
	enum line_verdict v;
	tain deadline;

	if (reply_flush(&f->out) < 0)
		return front_over(f, "the client is gone") - 1;
	front_deadline(f, &deadline);
	v = line_read(&f->in, s, n, &deadline);
	if (v == LINE_OK)
		return 1;
	if ((*bad = front_bad(v)))
		return 0;
	return front_over(
		   f, v == LINE_TIMEOUT ? "too slow" : "the client is gone") -
	    1;
}

int
front_bytes(struct front *f, char *p, size_t n)
{
	tain deadline;
	ssize_t r;
	int ready;

	if (reply_flush(&f->out) < 0)
		return front_over(f, "the client is gone") - 1;
	front_deadline(f, &deadline);
	while (n > 0) {
		if ((ready = deadline_wait(0, POLLIN, &deadline)) == 0)
			return front_over(f, "too slow") - 1;
		if (ready < 0 || (r = read(0, p, n)) <= 0)
			return front_over(f, "the client is gone") - 1;
		p += r;
		n -= (size_t)r;
	}
	return 1;
}

enum login_verdict
front_login(struct front *f, const char *user, size_t un, const char *password,
    size_t pn)
{
	struct login_answer a;
	struct timespec delay = {.tv_sec = 0};
	enum login_verdict v;
	tain deadline;

	if (reply_flush(&f->out) < 0) {
		front_over(f, "the client is gone");
		return LOGIN_TEMP;
	}
	deadline_in(&deadline, FRONT_ASK_SECONDS);
	v = login_ask(f->monitor, user, un, password, pn, &a, &deadline);
	if (v == LOGIN_TEMP)
		front_over(f, "the password could not be checked");
	if (v != LOGIN_BAD)
		return v;
	delay.tv_sec = ++f->failures;
	nanosleep(&delay, 0);
	if (f->failures >= FRONT_FAILURES)
		front_over(f, "too many wrong passwords");
	return v;
}

int
front_ahead(void)
{
	char c;

	return recv(0, &c, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

int
front_starttls(struct front *f)
{
	tain deadline;

	if (reply_flush(&f->out) < 0)
		return front_over(f, "the client is gone");
	deadline_in(&deadline, FRONT_TLS_SECONDS);
	if (login_starttls(f->monitor, &deadline) < 0)
		return front_over(f, "no TLS came about");
	f->secure = 1;
	f->offered = 0;
	f->user_len = 0;
	line_init(&f->in, 0, LINE_EXACT, f->in.buf, f->in.size);
	return 1;
}

int
front_http(const char *s, size_t n)
{
	enum { VERSION = sizeof " HTTP/1.1" - 1, NAME = sizeof " HTTP/" - 1 };

	return n > VERSION && memcmp(s + n - VERSION, " HTTP/", NAME) == 0;
}
