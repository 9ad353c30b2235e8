/* SPDX-License-Identifier: ISC */
/* Asking for a new password. */
#ifndef PASSWORD_H
#define PASSWORD_H

#include <stddef.h>

/* Reads one line from standard input (on a terminal asks twice, without echo)
 * and writes its hash, by the default method of crypt(3), into HASH (SIZE
 * bytes, at least CRYPT_OUTPUT_SIZE). Dies 100 if there is none, or it is
 * longer than a login can send. */
void password_read(char *hash, size_t size);

#endif
