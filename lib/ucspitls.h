/* SPDX-License-Identifier: ISC */
/* The application's side of UCSPI-TLS, and what TLS a client may use. */
#ifndef UCSPITLS_H
#define UCSPITLS_H

#include <skalibs/tai.h>

enum ucspitls_policy { UCSPITLS_OFF, UCSPITLS_OFFER, UCSPITLS_REQUIRE };

/* What the ip rules said in TLS: off, offer (also when unset) or require.
 * Any other value dies 100: a typing error must not mean "no TLS needed". */
enum ucspitls_policy ucspitls_policy(void);

/* 1 if the connection is inside TLS now (SSL_PROTOCOL is set), else 0. */
int ucspitls_active(void);

/* 1 if TLS can be started: SSLCTLFD, SSLREADFD and SSLWRITEFD are numbers,
 * the policy is not off, and TLS is not active. Else 0. */
int ucspitls_offered(void);

/* Starts TLS: has SSLHANDFD tell an engine that does not know yet (tlswrap -l),
 * writes 'Y' to SSLCTLFD, reads NAME=value strings until the
 * empty one (64 KiB at the most), puts SSL_* names into the environment (a
 * bare NAME unsets it; any other name is ignored), moves the plaintext fds to
 * 0 and 1, closes the originals and unsets the three variables.
 * The caller has flushed its reply and thrown away its input before.
 * 1 done; -1 the handshake failed: exit without another byte. */
int ucspitls_start(const tain *deadline);

/* The same for a client, whose connection is on RD and WR (6 and 7). The
 * three descriptors must be others. */
int ucspitls_start_at(int rd, int wr, const tain *deadline);

/* The same where the command is given already: all but writing 'Y'. */
int ucspitls_finish_at(int rd, int wr, const tain *deadline);

/* The last part of ucspitls_start alone, for a process whose other half has
 * made the handshake: moves the plaintext fds to 0 and 1, closes the originals
 * and unsets the three variables. 1 done; -1 failed. */
int ucspitls_take(void);

/* Gives up the offer of TLS: closes the three descriptors and unsets their
 * variables. */
void ucspitls_decline(void);

/* Moves those of the three descriptors that are FD to another number. */
void ucspitls_avoid(int fd);

/* For a process whose other half starts TLS: closes what only that needs. */
void ucspitls_leave(void);

/* Unsets every SSL_* variable of the environment. */
void ucspitls_clear(void);

#endif
