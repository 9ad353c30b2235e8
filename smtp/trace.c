/* SPDX-License-Identifier: ISC */
/* The Received field. */
#include "smtp/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "date.h"

/* The value of NAME if it can stand in a comment, else null. */
static const char *
smtp_trace_env(const char *name)
{
	const char *s = getenv(name), *c;

	if (!s || !*s || strlen(s) > ADDRESS_DOMAIN_MAX)
		return 0;
	for (c = s; *c; c++)
		if (*c <= ' ' || *c >= 127 || strchr("()\\\"", *c))
			return 0;
	return s;
}

/* "NAME [ADDRESS]" as far as they are known (RFC 5321, 4.4: TCP-info). */
static void
smtp_trace_client(char *buf, size_t size)
{
	const char *ip = smtp_trace_env("TCPREMOTEIP");
	const char *name = smtp_trace_env("TCPREMOTEHOST");

	if (!ip)
		snprintf(buf, size, "unknown");
	else
		snprintf(buf, size, "%s%s[%s%s]", name ? name : "",
		    name ? " " : "", strchr(ip, ':') ? "IPv6:" : "", ip);
}

/* "(PROTOCOL CIPHER, connid ID)", as far as known, on a line of its own. */
static void
smtp_trace_tls(char *buf, size_t size)
{
	const char *protocol = smtp_trace_env("SSL_PROTOCOL");
	const char *cipher = smtp_trace_env("SSL_CIPHER");
	const char *connid = smtp_trace_env("CONNID");

	buf[0] = 0;
	if (protocol || connid)
		snprintf(buf, size, "\n\t(%s%s%s%s%s%s)",
		    protocol ? protocol : "", protocol && cipher ? " " : "",
		    protocol && cipher ? cipher : "",
		    protocol && connid ? ", " : "", connid ? "connid " : "",
		    connid ? connid : "");
}

/* The word for the protocol (RFC 3848; RFC 6531, 4.3). */
static const char *
smtp_trace_with(const struct smtp_session *s)
{
	static const char *const words[2][4] = {
	    {"ESMTP", "ESMTPA", "ESMTPS", "ESMTPSA"},
	    {"UTF8SMTP", "UTF8SMTPA", "UTF8SMTPS", "UTF8SMTPSA"}};

	if (!s->esmtp && !s->t.utf8)
		return "SMTP";
	return words[s->t.utf8][2 * ucspitls_active() + (s->mechanism != 0)];
}

size_t
smtp_trace_received(
    const struct smtp_session *s, const char *id, time_t now, char *buf)
{
	char client[ADDRESS_DOMAIN_MAX * 2 + 16], date[DATE_SIZE];
	char tls[ADDRESS_DOMAIN_MAX * 3 + 32];
	int one = s->t.rcpts == 1, n;

	smtp_trace_client(client, sizeof client);
	smtp_trace_tls(tls, sizeof tls);
	n = snprintf(buf, SMTP_TRACE_MAX,
	    "Received: from %s (%s)\n\tby %s with %s id %s%s%s%s%s;\n\t%s\n",
	    s->helo, client, s->host, smtp_trace_with(s), id, tls,
	    one ? "\n\tfor <" : "", one ? s->t.to : "", one ? ">" : "",
	    date_mail(date, now));
	return n < SMTP_TRACE_MAX ? (size_t)n : SMTP_TRACE_MAX - 1;
}
