/* SPDX-License-Identifier: ISC */
/* What a delivery says of its outcome, beside its exit code: text on fd 1, a
 * line "STATUS REASON" (an RFC 3463 status and words), then perhaps lines
 * "remote NAME" (the server that was spoken to) and "reply TEXT" (what it
 * answered). queued shows it in the log and in delivery notices. */
#ifndef REPORT_H
#define REPORT_H

enum { REPORT_MAX = 1200 };

struct report {
	const char *status, *reason; /* always */
	const char *remote, *reply;  /* or null */
};

/* Takes TEXT apart, which is cut up and made printable (bytes above 127 stay),
 * for a delivery that ended with CODE. What it does not say, or says badly, is
 * filled in: "4.3.0" and its exit code. */
void report_read(char *text, int code, struct report *r);

/* 1 if CODE and its report mean that trying again is of no use: exit 100, with
 * a status of class 5. Else 0. */
int report_permanent(const struct report *r, int code);

/* Says STATUS and the strings of REASON (ended by a null pointer), joined, on
 * fd 1; for the programs that deliver. Where fd 1 is not queued's pipe but a
 * terminal or nothing, that does no harm. */
void report_say(const char *status, const char *reason, ...)
    __attribute__((sentinel));

#endif
