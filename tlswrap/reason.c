/* SPDX-License-Identifier: ISC */
/* Why a handshake failed, in words for an admin. */
#include "reason.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "hello.h"

static const struct {
	int code; /* SSL_R_* */
	const char *words;
} reason_table[] = {
    {SSL_R_UNEXPECTED_EOF_WHILE_READING,
	"the client hung up during the handshake"},
    {SSL_R_HTTP_REQUEST, "the client speaks HTTP, not TLS"},
    {SSL_R_HTTPS_PROXY_REQUEST, "the client speaks HTTP, not TLS"},
    {SSL_R_WRONG_VERSION_NUMBER, "the client speaks plain text, not TLS"},
    {SSL_R_BAD_RECORD_TYPE, "the client speaks plain text, not TLS"},
    {SSL_R_UNEXPECTED_MESSAGE, "the client does not speak TLS"},
    {SSL_R_RECORD_LENGTH_MISMATCH, "the client does not speak TLS"},
    {SSL_R_LENGTH_MISMATCH, "the client's hello is damaged"},
    {SSL_R_BAD_EXTENSION, "the client's hello is damaged"},
    {SSL_R_NO_SHARED_CIPHER, "the client offers no cipher that is allowed"},
    {SSL_R_NO_CIPHERS_SPECIFIED, "the client offers no cipher at all"},
    {SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS,
	"the client offers no signature that our certificate can make"},
    {SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
	"the client offers no signature that our certificate can make"},
    {SSL_R_NO_SUITABLE_GROUPS, "the client offers no group that is allowed"},
    {SSL_R_NO_SUITABLE_KEY_SHARE, "the client offers no group that is allowed"},
    {SSL_R_NO_SHARED_GROUPS, "the client offers no group that is allowed"},
    {SSL_R_NO_COMPRESSION_SPECIFIED, "the client insists on compression"},
    {SSL_R_INVALID_COMPRESSION_ALGORITHM, "the client insists on compression"},
    {SSL_R_INAPPROPRIATE_FALLBACK,
	"the client was made to fall back to an older version"},
    {SSL_R_NO_APPLICATION_PROTOCOL,
	"the client wants another protocol (no common ALPN)"},
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE,
	"the client has no certificate, and one is required"},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA,
	"the client does not trust our certificate (unknown CA)"},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
	"the client does not like our certificate"},
    {SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
	"the client does not like our kind of certificate"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
	"the client does not like our certificate"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
	"the client finds our certificate expired"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
	"the client finds our certificate revoked"},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION,
	"the client does not like our version of TLS"},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
	"the client does not like what was agreed upon"},
    {SSL_R_TLSV1_ALERT_USER_CANCELLED, "the client has given up"},
};

/* A version that is too old, or none. */
static const char *
reason_version(const struct hello *h, char *buf)
{
	const char *v = hello_version(h->version);

	snprintf(buf, REASON_MAX,
	    v ? "the client speaks only %s" : "the client does not speak TLS",
	    v);
	return buf;
}

/* What was wrong with the client's certificate, if that is what it was. */
static const char *
reason_certificate(const SSL *ssl, char *buf)
{
	snprintf(buf, REASON_MAX, "the client's certificate is no good: %s",
	    X509_verify_cert_error_string(SSL_get_verify_result(ssl)));
	return buf;
}

static const char *
reason_code(SSL *ssl, int code, char *buf)
{
	const struct hello *h = SSL_get_app_data(ssl);
	const char *s;
	size_t i;

	if (h->old) {
		snprintf(
		    buf, REASON_MAX, "the client begins like one of SSL 2.0");
		return buf;
	}
	if (code == SSL_R_UNSUPPORTED_PROTOCOL ||
	    code == SSL_R_VERSION_TOO_LOW || code == SSL_R_UNKNOWN_PROTOCOL)
		return reason_version(h, buf);
	if (code == SSL_R_CERTIFICATE_VERIFY_FAILED)
		return reason_certificate(ssl, buf);
	for (i = 0; i < sizeof reason_table / sizeof *reason_table; i++)
		if (code == reason_table[i].code)
			return reason_table[i].words;
	s = ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, code));
	return s ? s : "OpenSSL gives no reason";
}

/* The oldest error is the cause, later ones are consequences. */
const char *
reason_words(SSL *ssl, char *buf)
{
	unsigned long e = ERR_peek_error();
	const char *s;

	if (!e)
		s = "the connection was reset during the handshake";
	else if (ERR_GET_LIB(e) == ERR_LIB_SSL)
		s = reason_code(ssl, ERR_GET_REASON(e), buf);
	else
		s = ERR_reason_error_string(e);
	ERR_clear_error();
	return s ? s : "OpenSSL gives no reason";
}

const char *
reason_late(SSL *ssl, unsigned int seconds, char *buf)
{
	const struct hello *h = SSL_get_app_data(ssl);
	const char *what = "the handshake was not done";

	if (BIO_number_read(SSL_get_rbio(ssl)) == 0)
		what = "nothing was said";
	else if (!h->version)
		what = "the client's hello did not come whole";
	snprintf(buf, REASON_MAX, "%s within %u seconds", what, seconds);
	return buf;
}
