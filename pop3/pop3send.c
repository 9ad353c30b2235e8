/* SPDX-License-Identifier: ISC */
/* A message on the wire (RFC 1939, 3): LF becomes CRLF, CRLF stays, a line that
 * begins with a dot gets another one, a last line that is not ended is. */
#include "pop3send.h"

#include <string.h>

void
pop3send_init(struct pop3send *s, struct pop3out *out, int64_t lines)
{
	*s = (struct pop3send){.out = out,
	    .lines = lines < 0 ? UINT64_MAX : (uint64_t)lines,
	    .header = 1,
	    .bol = 1,
	    .blank = 1};
}

/* The N bytes at P, which are of one line and without its LF. */
static void
pop3send_text(struct pop3send *s, const char *p, size_t n)
{
	if (s->bol && *p == '.')
		pop3out_put(s->out, ".", 1);
	pop3out_put(s->out, p, n);
	s->octets += (int64_t)n;
	s->blank = s->bol && n == 1 && *p == '\r';
	s->cr = p[n - 1] == '\r';
	s->bol = 0;
}

/* The end of a line. 1 go on; 0 no line more. */
static int
pop3send_eol(struct pop3send *s)
{
	pop3out_put(s->out, &"\r\n"[s->cr], (size_t)(2 - s->cr));
	s->octets += 2 - s->cr;
	if (!s->header)
		s->lines--;
	else if (s->blank)
		s->header = 0;
	s->bol = s->blank = 1;
	s->cr = 0;
	return s->header || s->lines > 0;
}

int
pop3send_piece(struct pop3send *s, const char *p, size_t n)
{
	const char *end = p + n, *lf;

	while (p < end && !s->out->failed) {
		lf = memchr(p, '\n', (size_t)(end - p));
		if (lf != p)
			pop3send_text(s, p, (size_t)((lf ? lf : end) - p));
		if (!lf)
			return 1;
		if (!pop3send_eol(s))
			return 0;
		p = lf + 1;
	}
	return 1;
}

void
pop3send_end(struct pop3send *s)
{
	if (!s->bol)
		pop3send_eol(s);
	pop3out_put(s->out, ".\r\n", 3);
}
