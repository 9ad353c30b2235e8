/* SPDX-License-Identifier: ISC */
/* Whose addresses the account that is logged in may use. */
#ifndef SMTP_OWNER_H
#define SMTP_OWNER_H

#include "smtp/session.h"

/* 1 if it may send as ADDRESS, else 0. Bounces and receipts have no sender
 * (""): anybody may send those. */
int smtp_owns(const struct smtp_session *s, const char *address);

/* Why the From and Sender fields of the message at hand cannot be sent by it,
 * as a reply; or null. */
const char *smtp_owner_fault(const struct smtp_session *s);

#endif
