/* SPDX-License-Identifier: ISC */
/* Answers of a TLS engine as the application reads them: whatever comes, no
 * variable but SSL_* is set, and none that was there before is believed. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"
#include "ucspitls.h"

extern char **environ;

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fuzz_setenv(const char *name, int fd)
{
	char number[16];

	snprintf(number, sizeof number, "%d", fd);
	setenv(name, number, 1);
}

/* 1 if ANSWER (N bytes) holds NAME=VALUE, as S says, and a NUL. */
static int
fuzz_said(const char *s, const uint8_t *answer, size_t n)
{
	return memmem(answer, n, s, strlen(s) + 1) != 0;
}

static void
fuzz_check(const uint8_t *answer, size_t n, int done)
{
	char **e;

	for (e = environ; *e; e++) {
		if (strcmp(*e, "SSL_CLIENT_S_DN=boss") == 0 &&
		    !fuzz_said(*e, answer, n))
			abort();
		if (strncmp(*e, "SSL_", 4) == 0 && !fuzz_said(*e, answer, n) &&
		    !(done && strcmp(*e, "SSL_PROTOCOL=unknown") == 0))
			abort();
		if (strncmp(*e, "SSL_", 4) != 0 &&
		    strcmp(*e, "PATH=/bin") != 0 &&
		    strncmp(*e, "SSLCTLFD=", 9) != 0 &&
		    strncmp(*e, "SSLREADFD=", 10) != 0 &&
		    strncmp(*e, "SSLWRITEFD=", 11) != 0)
			abort();
	}
	if (done && (getenv("SSLCTLFD") || !ucspitls_active()))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	int ctl[2], plain[2], done;
	tain d;

	if (n > 60000)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ctl) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, plain) < 0)
		abort();
	clearenv();
	setenv("PATH", "/bin", 1);
	setenv("SSL_CLIENT_S_DN", "boss", 1);
	fuzz_setenv("SSLCTLFD", ctl[0]);
	fuzz_setenv("SSLREADFD", plain[0]);
	fuzz_setenv("SSLWRITEFD", plain[0]);
	if (n && send(ctl[1], data, n, MSG_DONTWAIT) < 0)
		abort();
	shutdown(ctl[1], SHUT_WR);
	deadline_in(&d, 5);
	done = ucspitls_start(&d) == 1;
	fuzz_check(data, n, done);
	if (!done)
		ucspitls_decline();
	close(ctl[1]);
	close(plain[1]);
	return 0;
}
