/* SPDX-License-Identifier: ISC */
/* The verbs of SMTP. */
#ifndef SMTP_VERBS_H
#define SMTP_VERBS_H

#include "smtp/session.h"

/* Does what the command line LINE (N bytes, changed) asks for. */
void smtp_verb(struct smtp_session *s, char *line, size_t n);

/* The verbs with a file of their own; ARG is what follows the verb. */
void smtp_verb_mail(struct smtp_session *s, char *arg);
void smtp_verb_rcpt(struct smtp_session *s, char *arg);
void smtp_verb_data(struct smtp_session *s, char *arg);
void smtp_verb_bdat(struct smtp_session *s, char *arg);
void smtp_verb_auth(struct smtp_session *s, char *arg);
void smtp_verb_helo(struct smtp_session *s, char *arg);
void smtp_verb_ehlo(struct smtp_session *s, char *arg);
void smtp_verb_starttls(struct smtp_session *s, char *arg);

/* BDAT with argument ARG cannot be done now: reads its chunk, then says WHY. */
void smtp_bdat_refuse(struct smtp_session *s, const char *arg, const char *why);

/* 1 if a password may be sent as things are: under TLS, or where the ip rules
 * say TLS=off. */
int smtp_auth_safe(const struct smtp_session *s);

#endif
