/* SPDX-License-Identifier: ISC */
/* Fuzzes a whole session of smtpd up to the recipients, with logins in the
 * clear: commands, parameters, AUTH and BDAT that is refused. No policy says
 * yes and the monitor is gone, so nothing may be accepted. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "smtp/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct smtp_session s;
	static char buf[SMTP_BUFFER];
	int in = memfd_create("session", 0), out = open("/dev/null", O_WRONLY);
	int login[2];

	if (in < 0 || out < 0 || write(in, data, n) != (ssize_t)n ||
	    lseek(in, 0, 0) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, login) < 0)
		abort();
	close(login[1]);
	memset(&s, 0, offsetof(struct smtp_session, t));
	smtp_transaction_clear(&s.t);
	s.host = "mx.test";
	s.size_max = 1000;
	s.rcpt_max = 2;
	s.seconds = s.session = 5;
	s.auth = 1;
	s.submission = n & 1;
	s.tls = UCSPITLS_OFF;
	s.incoming = -1;
	s.login = login[0];
	line_init(&s.in, in, LINE_BUFFER, buf + 1, sizeof buf - 1);
	reply_init(&s.out, out, 5);
	smtp_session_run(&s);
	if (s.mails || s.mechanism || s.t.rcpts || s.message.open)
		abort();
	close(login[0]);
	close(in);
	close(out);
	return 0;
}
