/* SPDX-License-Identifier: ISC */
/* What is told of a handshake: to the application and in the log. */
#include "report.h"

#include <stdio.h>
#include <string.h>

#include "context.h"
#include "log.h"
#include "reason.h"
#include "tlsreq.h"

/* The name the client asked for, or null if it did not or it is no name that
 * can be shown. */
static const char *
report_sni(const SSL *ssl)
{
	const char *s = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	return s && tlsreq_host(s, strlen(s)) ? s : 0;
}

size_t
report_answer(char *buf, const SSL *ssl)
{
	const char *sni = report_sni(ssl);
	char bits[LOG_NUM];
	const char *const vars[][2] = {
	    {"SSL_PROTOCOL", SSL_get_version(ssl)},
	    {"SSL_CIPHER", SSL_get_cipher_name(ssl)},
	    {"SSL_CIPHER_USEKEYSIZE",
		log_u64(bits, (uint64_t)SSL_get_cipher_bits(ssl, 0))},
	    {"SSL_TLS_SNI", sni},
	    {"SSL_TLS_SNI_SERVERNAME", sni},
	    {"SSL_SERVER_NAME", context_name(ssl)},
	};
	size_t i, n = 0, room = REPORT_ANSWER - 1;
	int w;

	for (i = 0; i < sizeof vars / sizeof *vars; i++) {
		if (!vars[i][1])
			continue;
		w = snprintf(
		    buf + n, room - n, "%s=%s", vars[i][0], vars[i][1]);
		if (w > 0 && (size_t)w < room - n)
			n += (size_t)w + 1;
	}
	buf[n++] = 0;
	return n;
}

void
report_done(SSL *ssl, const char *ip)
{
	const unsigned char *alpn;
	unsigned int n;
	char protocol[TLSREQ_PROTOCOL];
	int group = SSL_get_negotiated_group(ssl);

	SSL_get0_alpn_selected(ssl, &alpn, &n);
	snprintf(protocol, sizeof protocol, "%.*s", (int)n,
	    n ? (const char *)alpn : "");
	log_event("tls", "ip", *ip ? ip : 0, "sni", report_sni(ssl), "name",
	    context_name(ssl), "version", SSL_get_version(ssl), "cipher",
	    SSL_get_cipher_name(ssl), "group",
	    group ? SSL_group_to_name(ssl, group) : 0, "alpn", n ? protocol : 0,
	    "resumed", SSL_session_reused(ssl) ? "yes" : 0, (char *)0);
}

void
report_failed(SSL *ssl, const char *ip, const char *reason)
{
	char buf[REASON_MAX];

	log_event("failed", "ip", *ip ? ip : 0, "sni",
	    ssl ? report_sni(ssl) : 0, "reason",
	    reason || !ssl ? reason : reason_words(ssl, buf), (char *)0);
}
