/* SPDX-License-Identifier: ISC */
/* The engine for one connection. The signer reads the first bundle by the
 * rights tlsd was started with, and is gone, with the key, when the handshake
 * is over. */
#include "one.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "keyring.h"
#include "log.h"
#include "sandbox.h"
#include "signask.h"
#include "signer.h"

static void
one_drop(void *arg)
{
	const struct one *o = arg;

	priv_drop(o->id, 0);
	sandbox_enter(SANDBOX_SIGNER_ONE);
}

/* Starts the signer. */
static void
one_split(const struct one *o)
{
	int s[2];
	pid_t pid;

	signal(SIGCHLD, SIG_IGN); /* nobody waits for it */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s) < 0)
		log_diesys(111, "cannot make a socketpair", (char *)0);
	if ((pid = fork()) < 0)
		log_diesys(111, "cannot fork", (char *)0);
	if (pid == 0) {
		close(s[0]);
		close(0);
		prctl(PR_SET_NAME, "tlsd-signer");
		if (!keyring_prepare())
			log_die(111, "OpenSSL cannot be set up", (char *)0);
		signer_run_one(o->dir, s[1], one_drop, (void *)o);
		_exit(0);
	}
	close(s[1]);
	close(o->dir);
	signask_use(s[0]);
}

int
one_serve(const struct one *o)
{
	static struct worker w;
	uint64_t key;
	int fd;

	one_split(o);
	worker_start_tls();
	worker_init(&w, o->limits);
	w.names.first = o->name;
	w.names.ask = 1;
	if (o->clients >= 0) {
		clients_read(&w.names.clients, o->clients);
		close(o->clients);
	}
	if ((fd = signask_name(o->name, &key)) < 0 ||
	    names_set(&w.names, o->name, fd, key) < 0)
		log_die(100, "no usable certificate for ", o->name, (char *)0);
	close(fd);
	priv_drop(o->id, o->root);
	sandbox_enter(SANDBOX_WORKER);
	worker_run_one(&w, 0);
	return 0;
}
