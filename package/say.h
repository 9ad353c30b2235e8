/* SPDX-License-Identifier: ISC */
/* What a command (postern, certtool) tells the person who runs it. */
#ifndef SAY_H
#define SAY_H

/* "PROGRAM: TEXT" on standard error, then exits with CODE. */
void die(int code, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/* The same, with ": " and the text of errno at the end. */
void die_sys(int code, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/* "PROGRAM: TEXT" on standard error. */
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
