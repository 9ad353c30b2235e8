/* SPDX-License-Identifier: ISC */
/* Why a handshake with a server failed, in words for an admin. */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "verify.h"

static const struct {
	int reason;
	const char *words;
} verify_reasons[] = {
    {SSL_R_UNEXPECTED_EOF_WHILE_READING,
	"the server hung up during the handshake"},
    {SSL_R_WRONG_VERSION_NUMBER, "the server does not speak TLS"},
    {SSL_R_PACKET_LENGTH_TOO_LONG, "the server does not speak TLS"},
    {SSL_R_UNEXPECTED_MESSAGE, "the server does not speak TLS as it should"},
    {SSL_R_UNSUPPORTED_PROTOCOL,
	"the server knows only TLS versions before 1.2"},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION,
	"the server knows no TLS version of ours"},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
	"the server finds no cipher or group of ours good enough"},
    {SSL_R_WRONG_CIPHER_RETURNED, "the server chose a cipher not offered"},
    {SSL_R_DH_KEY_TOO_SMALL, "the server's Diffie-Hellman key is too small"},
    {SSL_R_TLSV1_UNRECOGNIZED_NAME, "the server does not know its name"},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA, "the server does not trust our certificate"},
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
	"the server wants a certificate of us"},
    {SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL,
	"the server speaks another protocol (ALPN)"},
};

/* The oldest error is the cause, later ones are consequences. */
const char *
verify_trouble(void)
{
	unsigned long e = ERR_peek_error();
	const char *s;
	size_t i;

	if (!e)
		return "the connection was reset during the handshake";
	for (i = 0; i < sizeof verify_reasons / sizeof *verify_reasons; i++)
		if (ERR_GET_LIB(e) == ERR_LIB_SSL &&
		    ERR_GET_REASON(e) == verify_reasons[i].reason)
			return verify_reasons[i].words;
	s = ERR_reason_error_string(e);
	return s ? s : "OpenSSL gives no reason";
}
