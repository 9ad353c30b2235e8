/* SPDX-License-Identifier: ISC */
/* Which destinations are left alone, and until when, kept over a restart of
 * queued, so that it does not try all the dead at once: a hint, in the file
 * "destinations" among the states:
 *
 *     postern-destinations 1
 *     UNTIL FAILS any|strict DOMAIN REASON     (one line each)
 *
 * It is written beside and renamed, not fsynced, and may be missing. */
#ifndef BACKOFF_H
#define BACKOFF_H

#include "queue/dest.h"

enum { BACKOFF_SIZE = 1024 * 1024, BACKOFF_DESTS = 4096 };

/* Takes what the file in folder DIR says into D. What is no such file, or what
 * is damaged in it and all behind that, is passed over, and logged. */
void backoff_load(int dir, struct dests *d, uint64_t now);

/* The same from the N bytes at TEXT, which are changed. 1, or 0: they are no such
 * file, or damaged. */
int backoff_parse(struct dests *d, char *text, size_t n, uint64_t now);

/* Writes it if something has changed, but not all the time. 1: this is to be
 * called again in a second; else 0. */
int backoff_keep(int dir, struct dests *d, uint64_t now);

#endif
