/* SPDX-License-Identifier: ISC */
/* Dates as mail has them. */
#ifndef DATE_H
#define DATE_H

#include <time.h>

enum { DATE_SIZE = 48 };

/* Writes T as RFC 5322 has it, in UTC ("Thu, 01 Jan 1970 00:00:00 +0000"),
 * into BUF (DATE_SIZE bytes), which is returned. Reads no time zone file: in
 * an empty chroot there is none. Years are 1970 to 9999. */
const char *date_mail(char *buf, time_t t);

#endif
