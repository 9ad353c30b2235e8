/* SPDX-License-Identifier: ISC */
/* What a policy is told about a recipient. */
#ifndef SMTP_REQUEST_H
#define SMTP_REQUEST_H

#include "smtp/session.h"

/* Fills Q with the attributes of a request about recipient TO. 0; -1 they do
 * not fit: the policies cannot be asked. */
int smtp_request(
    const struct smtp_session *s, const char *to, struct policy_request *q);

#endif
