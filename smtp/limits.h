/* SPDX-License-Identifier: ISC */
/* How much of anything a client of smtpd can have. */
#ifndef SMTP_LIMITS_H
#define SMTP_LIMITS_H

enum {
	SMTP_BUFFER = 65536,      /* of input; touched as far as it is used */
	SMTP_LINE_MAX = 2048,     /* command line */
	SMTP_AUTH_MAX = 12288,    /* line within AUTH (RFC 4954, 4) */
	SMTP_ERRORS_MAX = 20,     /* since the last message that was taken */
	SMTP_DEFERRED_MAX = 2000, /* 4xx replies, too: no mistakes of its own */
	SMTP_JUNK_MAX = 100,      /* commands that bring no mail nearer, too */
	SMTP_LOGINS_MAX = 3,      /* wrong passwords */
	SMTP_ENVID_MAX = 100,     /* RFC 3461, 4.4 */
	SMTP_ORCPT_MAX = 500,     /* RFC 3461, 4.2 */
	SMTP_HOPS_MAX = 100,      /* Received fields */
	SMTP_DELAY_MAX = 240,     /* RFC 5321, 4.5.3.2.1: clients wait 300 */
	SMTP_DATA_SECONDS = 3600, /* one message */
	SMTP_BCC_MAX = 4,         /* recipients that policies add */
	SMTP_PREPEND_MAX = 4096   /* header fields that policies ask for */
};

#endif
