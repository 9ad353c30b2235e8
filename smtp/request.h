/* SPDX-License-Identifier: ISC */
/* What a policy is told (Postfix's SMTPD_POLICY_README). */
#ifndef SMTP_REQUEST_H
#define SMTP_REQUEST_H

#include "smtp/session.h"

/* The word for state AT. */
const char *smtp_request_state(enum smtp_state at);

/* Fills Q with the attributes of a request at state AT; TO is the recipient at
 * RCPT. 0; -1 they do not fit: the policies cannot be asked. */
int smtp_request(const struct smtp_session *s, enum smtp_state at,
    const char *to, struct policy_request *q);

#endif
