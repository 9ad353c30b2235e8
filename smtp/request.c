/* SPDX-License-Identifier: ISC */
/* What a policy is told (Postfix's SMTPD_POLICY_README). */
#include "smtp/request.h"

#include <stdio.h>
#include <stdlib.h>

#include "log.h"

static const char *
smtp_request_env(const char *name, const char *unset)
{
	const char *s = getenv(name);

	return s ? s : unset;
}

const char *
smtp_request_state(enum smtp_state at)
{
	switch (at) {
	case SMTP_AT_CONNECT:
		return "CONNECT";
	case SMTP_AT_MAIL:
		return "MAIL";
	case SMTP_AT_RCPT:
		return "RCPT";
	case SMTP_AT_DATA:
		return "DATA";
	case SMTP_AT_END:
		break;
	}
	return "END-OF-MESSAGE";
}

int
smtp_request(const struct smtp_session *s, enum smtp_state at, const char *to,
    struct policy_request *q)
{
	int behind = at == SMTP_AT_DATA || at == SMTP_AT_END; /* RCPT */
	char instance[64 + LOG_NUM], size[LOG_NUM], rcpts[LOG_NUM];
	const char *user = smtp_user(s);
	uint64_t octets = at == SMTP_AT_END ? s->message.text.size : s->t.size;
	size_t i;

	if (!to) /* of several, none is told */
		to = behind && s->t.rcpts == 1 ? s->t.to : "";
	snprintf(instance, sizeof instance, "%.64s.%u",
	    smtp_request_env("CONNID", "-"), s->transactions);
	const char *const pairs[][2] = {
	    {"request", "smtpd_access_policy"},
	    {"protocol_state", smtp_request_state(at)},
	    {"protocol_name", s->esmtp ? "ESMTP" : "SMTP"},
	    {"client_address", smtp_request_env("TCPREMOTEIP", "")},
	    {"client_port", smtp_request_env("TCPREMOTEPORT", "")},
	    {"client_name", smtp_request_env("TCPREMOTEHOST", "unknown")},
	    {"reverse_client_name",
		smtp_request_env("TCPREMOTEHOST", "unknown")},
	    {"server_address", smtp_request_env("TCPLOCALIP", "")},
	    {"server_port", smtp_request_env("TCPLOCALPORT", "")},
	    {"helo_name", s->helo},
	    {"sender", at == SMTP_AT_CONNECT ? "" : s->t.from},
	    {"recipient", to},
	    {"recipient_count", log_u64(rcpts, behind ? s->t.rcpts : 0)},
	    {"queue_id", s->message.open ? s->message.id : ""},
	    {"instance", instance},
	    {"size", log_u64(size, octets)},
	    {"etrn_domain", ""},
	    {"stress", ""},
	    {"sasl_method", s->mechanism ? s->mechanism : ""},
	    {"sasl_username", user ? user : ""},
	    {"sasl_sender", ""},
	    {"ccert_subject", smtp_request_env("SSL_CLIENT_S_DN", "")},
	    {"ccert_issuer", smtp_request_env("SSL_CLIENT_I_DN", "")},
	    {"ccert_fingerprint", smtp_request_env("SSL_PEER_CERT_HASH", "")},
	    {"encryption_protocol", smtp_request_env("SSL_PROTOCOL", "")},
	    {"encryption_cipher", smtp_request_env("SSL_CIPHER", "")},
	    {"encryption_keysize",
		smtp_request_env("SSL_CIPHER_USEKEYSIZE", "")},
	    {"policy_context", ""},
	};

	policy_clear(q);
	for (i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (policy_set(q, pairs[i][0], pairs[i][1]) < 0)
			return -1;
	return 0;
}
