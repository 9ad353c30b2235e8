/* SPDX-License-Identifier: ISC */
/* What a delivery says of its outcome. */
#include "queue/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* 1 if S begins with a status, D.D.D of up to three digits each, and a
 * blank. */
static int
report_status(const char *s)
{
	size_t n, part;

	if (!strchr("245", *s) || !*s)
		return 0;
	for (part = 0; part < 3; part++, s += n + 1) {
		n = strspn(s, "0123456789");
		if (n < 1 || n > 3 || s[n] != (part < 2 ? '.' : ' '))
			return 0;
	}
	return *s != 0;
}

static void
report_clean(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			*s = '?';
}

static void
report_line(char *line, struct report *r)
{
	report_clean(line);
	if (strncmp(line, "remote ", 7) == 0 && line[7])
		r->remote = line + 7;
	else if (strncmp(line, "reply ", 6) == 0 && line[6])
		r->reply = line + 6;
	else if (!r->status && report_status(line)) {
		char *blank = strchr(line, ' ');

		*blank = 0;
		r->status = line;
		r->reason = blank + 1;
	}
}

void
report_read(char *text, int code, struct report *r)
{
	char *lf;

	memset(r, 0, sizeof *r);
	for (; (lf = strchr(text, '\n')); text = lf + 1) {
		*lf = 0;
		report_line(text, r);
	}
	if (r->status)
		return;
	r->status = code == 0 ? "2.0.0" : "4.3.0";
	r->reason = code == 0 ? "delivered" : "the delivery could not be made";
}

int
report_permanent(const struct report *r, int code)
{
	return code == 100 && r->status[0] == '5';
}

void
report_say(const char *status, const char *reason, ...)
{
	char line[REPORT_MAX];
	size_t n = (size_t)snprintf(line, sizeof line, "%s ", status), len;
	const char *s;
	int saved = errno;
	va_list ap;

	va_start(ap, reason);
	for (s = reason; s; s = va_arg(ap, const char *)) {
		len = strlen(s);
		if (len > sizeof line - n - 2)
			len = sizeof line - n - 2;
		memcpy(line + n, s, len);
		n += len;
	}
	va_end(ap);
	line[n] = 0;
	report_clean(line);
	line[n] = '\n';
	if (write(1, line, n + 1) < 0)
		errno = saved; /* nobody listens: the exit code says enough */
	errno = saved;
}
