/* SPDX-License-Identifier: ISC */
/* Text with line ends of any kind, made text with LF line ends. */
#include "lf.h"

#include <string.h>

size_t
lf_put(struct lf *l, const char *in, size_t n, char *out)
{
	const char *p = in, *end = in + n, *cr;
	char *o = out;
	size_t run;

	while (p < end) {
		if (l->cr) {
			*o++ = '\n';
			p += *p == '\n';
			l->cr = 0;
			continue;
		}
		if (!(cr = memchr(p, '\r', (size_t)(end - p))))
			cr = end;
		run = (size_t)(cr - p);
		memmove(o, p, run);
		o += run;
		l->cr = cr < end;
		p = cr + l->cr;
	}
	return (size_t)(o - out);
}

size_t
lf_end(struct lf *l, char *out)
{
	size_t n = (size_t)l->cr;

	if (n)
		*out = '\n';
	l->cr = 0;
	return n;
}
