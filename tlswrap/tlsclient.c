/* SPDX-License-Identifier: ISC */
/* tlsclient: connects to a server for the next program and puts TLS between
 * them. The next program is a child; this process has the keys and parses what
 * the server sends in TLS. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "bundle.h"
#include "chain.h"
#include "client.h"
#include "client_dial.h"
#include "client_options.h"
#include "deadline.h"
#include "hostname.h"
#include "log.h"
#include "priv.h"
#include "ucspi.h"
#include "ucspitls.h"

/* No program of ours is in this binary. */
const struct chain_stage chain_table[] = {{0, 0}};

/* Ends with CODE, after saying so on the descriptor of -e. */
static void __attribute__((noreturn))
tlsclient_fail(struct client *c, int code, const char *word, const char *reason)
{
	client_failed(c, word, reason);
	exit(code);
}

static void
tlsclient_context(struct client *c, const char *bundle)
{
	const char *why = 0;
	int fd;

	if (!(c->ctx = verify_context(c->verify, &why)))
		tlsclient_fail(c, 100, "local-error", why);
	if (!bundle)
		return;
	if ((fd = open(bundle, O_RDONLY | O_CLOEXEC)) < 0)
		log_diesys(111, "cannot open ", bundle, (char *)0);
	if (bundle_load(c->ctx, fd, &why) < 0)
		tlsclient_fail(c, 100, "local-error", why);
	close(fd);
}

/* Connects; c->net is the connection. */
static void
tlsclient_connect(struct client *c, struct dial *d, unsigned int seconds)
{
	enum dial_result r = DIAL_OK;
	tain deadline;

	deadline_in(&deadline, seconds);
	if (!dial_list(d, c->host))
		r = dial_lookup(d, c->host, &deadline);
	if (r == DIAL_NONAME)
		tlsclient_fail(
		    c, 100, "no-such-host", "the name has no address");
	if (r == DIAL_NOLOOKUP)
		tlsclient_fail(c, 111, "lookup-failed",
		    "the name cannot be looked up now");
	if (dial_connect(d, &c->net, &deadline) != DIAL_OK)
		tlsclient_fail(c, 111, "connect-failed", d->reason);
	/* next expects a socket that waits */
	if (fcntl(c->net, F_SETFL, 0) < 0)
		log_diesys(111, "cannot use the connection", (char *)0);
}

static void
tlsclient_setenv(const char *name, const char *value)
{
	if ((value ? setenv(name, value, 1) : unsetenv(name)) < 0)
		log_diesys(111, "cannot set ", name, (char *)0);
}

/* What UCSPI clients tell of the connection, and nothing that is left of
 * another one. */
static void
tlsclient_env(const struct client *c)
{
	char name[HOSTNAME_SIZE];
	enum verify_level level = c->verify->level;

	ucspitls_clear();
	tlsclient_setenv("SSLCTLFD", 0);
	tlsclient_setenv("SSLREADFD", 0);
	tlsclient_setenv("SSLWRITEFD", 0);
	tlsclient_setenv("TCPREMOTEINFO", 0);
	tlsclient_setenv("TCPLOCALHOST", 0);
	tlsclient_setenv(
	    "TCPREMOTEHOST", hostname_clean(name, c->host) ? name : 0);
	if (ucspi_env_socket(c->net) < 0)
		log_diesys(111, "cannot tell who is connected", (char *)0);
	if (level == VERIFY_OFF)
		tlsclient_setenv("TLS", "off");
	else
		tlsclient_setenv(
		    "TLS", level == VERIFY_OFFER ? "offer" : "require");
}

/* No TLS: this process becomes next. */
static void __attribute__((noreturn))
tlsclient_plain(const struct client *c, char *const *next)
{
	int fd = fcntl(c->net, F_DUPFD_CLOEXEC, 10);

	if (fd < 0 || dup2(fd, 6) < 0 || dup2(fd, 7) < 0)
		log_diesys(111, "cannot set fd 6 and 7", (char *)0);
	if (c->net != 6 && c->net != 7)
		close(c->net);
	if (c->status >= 0)
		close(c->status);
	chain_next(next);
}

static int
tlsclient_serve(struct client *c)
{
	int code = 0, ended;

	switch (client_begin(c, &code)) {
	case 1:
		client_relay(c);
		return client_wait(c);
	case 0: /* next wants no TLS, and goes on in clear or not at all */
		close(c->net);
		ended = client_wait(c);
		if (c->verify->level < VERIFY_REQUIRE)
			return ended;
		client_failed(c, "starttls-not-supported",
		    "the next program did not start TLS");
		return ended ? ended : 1;
	default:
		client_wait(c);
		return code;
	}
}

int
main(int argc, char **argv)
{
	static struct client_options o;
	struct client c = {.verify = &o.verify, .status = -1, .ctl = -1};
	char *const *next;

	log_start_conn("tlsclient");
	next = client_options(&o, argc, argv);
	c.host = o.host;
	c.protocol = o.protocol;
	c.delayed = o.delayed;
	c.status = o.status;
	c.seconds = o.seconds;
	c.idle = o.idle;
	if (o.verify.level != VERIFY_OFF)
		tlsclient_context(&c, o.bundle);
	tlsclient_connect(&c, &o.dial, o.connect);
	tlsclient_env(&c);
	if (o.verify.level == VERIFY_OFF)
		tlsclient_plain(&c, next);
	client_fork(&c, next);
	priv_drop(o.drop ? &o.id : 0, 0);
	return tlsclient_serve(&c);
}
