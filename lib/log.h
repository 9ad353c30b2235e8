/* SPDX-License-Identifier: ISC */
/* The log: one logfmt line an event, on fd 2, written at once. */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>

enum { LOG_MAX = 2048, LOG_NUM = 21, LOG_CONNID = 32 };

/* Names the program in every later line, and takes CONNID from the
 * environment. If fd 2 is the client's connection (the same socket as fd 0, as
 * under inetd) it becomes /dev/null, for this and every later stage. First
 * call of every main. */
void log_start(const char *program);

/* Like log_start, and makes a CONNID where the environment has none. */
void log_start_conn(const char *program);

/* A new CONNID into ID (LOG_CONNID bytes): unique on this machine as long as
 * a process asks for one each microsecond at the most. */
void log_connid(char *id);

/* Writes "prog=P connid=C event=E name=value..." in one write(2). The
 * arguments after EVENT are names and values, ended by a null name; a pair
 * with a null value is left out. Values are quoted and escaped as needed, so
 * that no value can make a second line or a second pair. Lines are cut at
 * LOG_MAX bytes. Never fails: what cannot be written is lost. */
void log_event(const char *event, ...) __attribute__((sentinel));

/* Logs event=fatal with exit=CODE and reason= the strings joined (ended by a
 * null pointer), then exits with CODE (100 permanent, 111 temporary). */
void log_die(int code, const char *reason, ...)
    __attribute__((sentinel, noreturn));

/* log_die with ": " and the text of errno at the end of the reason. */
void log_diesys(int code, const char *reason, ...)
    __attribute__((sentinel, noreturn));

/* N in decimal, written into BUF (LOG_NUM bytes), which is returned. */
const char *log_u64(char *buf, uint64_t n);

#endif
