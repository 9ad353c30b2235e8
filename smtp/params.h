/* SPDX-License-Identifier: ISC */
/* The ESMTP parameters of MAIL and RCPT. */
#ifndef SMTP_PARAMS_H
#define SMTP_PARAMS_H

#include "smtp/session.h"

enum smtp_params { SMTP_PARAMS_MAIL = 1, SMTP_PARAMS_RCPT = 2 };

/* Takes the parameters TEXT (changed) of VERB into the transaction. Null, or
 * the reply that refuses them; some of them may have been taken by then. */
const char *smtp_params(
    struct smtp_session *s, enum smtp_params verb, char *text);

#endif
