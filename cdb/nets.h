/* SPDX-License-Identifier: ISC */
/* Records by client address, as the types ip and relay have them. */
#ifndef NETS_H
#define NETS_H

#include "compile.h"

/* Writes the record begun in C under every prefix the address S (N bytes) of
 * the current line stands for; says what is wrong. */
void nets_add(struct compile *c, const char *s, size_t n);

/* Writes the record of the prefix lengths in use ("/", see lib/iprules.c), and
 * warns of lines whose addresses all belong to longer prefixes. */
void nets_end(struct compile *c);

#endif
