/* SPDX-License-Identifier: ISC */
/* What is told of a handshake: to the application and in the log. */
#include "report.h"

#include <stdio.h>
#include <string.h>

#include "clients.h"
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

/* Adds NAME=VALUE to the *N bytes at BUF, if there is a value and room. */
static void
report_put(char *buf, size_t *n, const char *name, const char *value)
{
	size_t room = REPORT_ANSWER - 1 - *n;
	int w;

	if (!value || !*value)
		return;
	w = snprintf(buf + *n, room, "%s=%s", name, value);
	if (w > 0 && (size_t)w < room)
		*n += (size_t)w + 1;
}

/* What is known of the client, if its certificate was verified. */
static void
report_client(char *buf, size_t *n, const SSL *ssl)
{
	struct clients_who who;
	const char *why;

	if (!clients_who(ssl, &who, &why))
		return;
	report_put(buf, n, "SSL_CLIENT_VERIFY", "SUCCESS");
	report_put(buf, n, "SSL_CLIENT_S_DN", who.subject);
	report_put(buf, n, "SSL_CLIENT_I_DN", who.issuer);
	report_put(buf, n, "SSL_CLIENT_M_SERIAL", who.serial);
	report_put(buf, n, "SSL_PEER_CERT_HASH", who.hash);
}

size_t
report_answer(char *buf, const SSL *ssl)
{
	const char *sni = report_sni(ssl);
	char bits[LOG_NUM];
	size_t n = 0;

	report_put(buf, &n, "SSL_PROTOCOL", SSL_get_version(ssl));
	report_put(buf, &n, "SSL_CIPHER", SSL_get_cipher_name(ssl));
	report_put(buf, &n, "SSL_CIPHER_USEKEYSIZE",
	    log_u64(bits, (uint64_t)SSL_get_cipher_bits(ssl, 0)));
	report_put(buf, &n, "SSL_TLS_SNI", sni);
	report_put(buf, &n, "SSL_TLS_SNI_SERVERNAME", sni);
	report_put(buf, &n, "SSL_SERVER_NAME", context_name(ssl));
	report_client(buf, &n, ssl);
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
	struct clients_who who;
	const char *why;
	int client = clients_who(ssl, &who, &why);

	SSL_get0_alpn_selected(ssl, &alpn, &n);
	snprintf(protocol, sizeof protocol, "%.*s", (int)n,
	    n ? (const char *)alpn : "");
	log_event("tls", "ip", *ip ? ip : 0, "sni", report_sni(ssl), "name",
	    context_name(ssl), "version", SSL_get_version(ssl), "cipher",
	    SSL_get_cipher_name(ssl), "group",
	    group ? SSL_group_to_name(ssl, group) : 0, "alpn", n ? protocol : 0,
	    "resumed", SSL_session_reused(ssl) ? "yes" : 0, "client",
	    client ? who.subject : 0, "clientrefused", why, (char *)0);
}

void
report_failed(SSL *ssl, const char *ip, const char *reason)
{
	char buf[REASON_MAX];

	log_event("failed", "ip", *ip ? ip : 0, "sni",
	    ssl ? report_sni(ssl) : 0, "reason",
	    reason || !ssl ? reason : reason_words(ssl, buf), (char *)0);
}
