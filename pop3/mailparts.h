/* SPDX-License-Identifier: ISC */
/* What the files of the maildrop use of each other. */
#ifndef MAILPARTS_H
#define MAILPARTS_H

#include "maildrop.h"

/* Called for each file in new (CUR 0), then in cur. 0, or -1: give up. */
typedef int maildrop_each(struct maildrop *d, int cur, const char *name);

/* One look at both directories. 1 both kept still meanwhile; 0 a file may
 * have been missed; -1 failed. */
int maildrop_walk(struct maildrop *d, maildrop_each *each);

/* 1 if new and cur are as they were at the last look, else 0. */
int maildrop_unchanged(const struct maildrop *d);

/* Appends NAME to the names; where it begins, or -1 with errno. */
int64_t maildrop_add_name(struct maildrop *d, const char *name);

/* The message with NAME's base name, or null. */
struct message *maildrop_find(struct maildrop *d, const char *name);

/* maildrop_file, but only where the message was when it was last seen. */
int maildrop_open_file(const struct maildrop *d, size_t i, int how);

/* Takes the sizes that earlier sessions counted. */
void maildrop_index_load(struct maildrop *d);

/* The same from the lines at S (ended by NUL, and changed). */
void maildrop_index_take(struct maildrop *d, char *s);

/* 1 if the N bytes at S can be a unique-id as they are (RFC 1939, 7). */
int maildrop_uid_valid(const char *s, size_t n);

/* A unique-id for any N bytes, into BUF (MAILDROP_UID + 1 bytes); its length. */
size_t maildrop_uid_hash(const char *s, size_t n, char *buf);

/* Message M's place, by which maildrop_sort will sort. 0, or -1 with errno. */
int maildrop_put(struct maildrop *d, const struct message *m, uint64_t place);

/* Numbers the messages by their places, if they have any; those without one
 * come last, in their order. 0, or -1 with errno. */
int maildrop_sort(struct maildrop *d);

/* Numbers the messages, which are sorted, that share a unique-id. */
void maildrop_number(struct maildrop *d);

#endif
