/* SPDX-License-Identifier: ISC */
/* Certificates by ACME. uacme speaks to the CA; it sees the request and its own
 * account key, and never the key of the certificate. */
#include "certacme.h"

#include <errno.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "issue.h"
#include "package/say.h"
#include "package/settings.h"
#include "store.h"

/* One setting. 1; 0: it is none. The hook reads challenge and dns_hook. */
static int
certacme_set(void *to, const char *name, const char *value)
{
	struct certacme *a = to;
	char *text = strcmp(name, "url") == 0 ? a->url
	    : strcmp(name, "email") == 0      ? a->email
					      : 0;

	if (text) {
		if (strlen(value) >= CERTACME_TEXT)
			return 0;
		strcpy(text, value);
		return 1;
	}
	if (strcmp(name, "name") == 0)
		return hostnames_add(&a->names, value);
	if (strcmp(name, "challenge") == 0)
		return strcmp(value, "http-01") == 0 ||
		    strcmp(value, "dns-01") == 0;
	return strcmp(name, "dns_hook") == 0;
}

int
certacme_read(struct certacme *a, const struct instance *i)
{
	const char *file = instance_path(i, "etc/acme");

	memset(a, 0, sizeof *a);
	if (!settings_read(file, certacme_set, a))
		return 0;
	if (strncmp(a->url, "https://", 8) != 0 &&
	    strncmp(a->url, "http://", 7) != 0)
		die(100, "%s: url must be that of a CA's directory", file);
	return 1;
}

static void
certacme_exec(const struct instance *i, char *const *argv, int fd)
{
	const struct priv_id *id = i->roles ? &i->role[ROLE_ACME] : 0;

	if (fd >= 0 && dup2(fd, 1) < 0)
		die_sys(111, "cannot run %s", argv[0]);
	/* it has to get there even if it cannot enter the folders above */
	if ((id ? priv_enter(id, i->dir) : chdir(i->dir)) < 0)
		die_sys(111, "cannot enter %s", i->dir);
	priv_drop(id, 0);
	execvp(argv[0], argv);
	if (errno == ENOENT)
		die(100, "there is no program %s%s", argv[0],
		    strcmp(argv[0], "uacme") == 0 ? " (Debian package uacme)"
						  : "");
	die_sys(111, "cannot run %s", argv[0]);
}

int
certacme_run(const struct instance *i, char *const *argv, int fd)
{
	int status;
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) < 0)
		die_sys(111, "cannot fork");
	if (pid == 0)
		certacme_exec(i, argv, fd);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die_sys(111, "cannot wait for %s", argv[0]);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 100)
		exit(100);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 111;
}

/* Writes the request where the role acme can read it. */
static void
certacme_request(const struct certacme *a, const struct instance *i,
    const char *host, EVP_PKEY *key)
{
	struct store to = {.file = instance_path(i, "acme/request.pem"),
	    .mode = 0644,
	    .force = 1};
	static const char *const subject[] = {0};
	struct hostnames all = {0};
	X509_REQ *r;
	size_t n;
	BIO *b;

	hostnames_need(&all, host);
	for (n = 0; n < a->names.n; n++)
		hostnames_need(&all, a->names.name[n]);
	r = issue_request(key, all.name, subject);
	b = BIO_new(BIO_s_mem());
	issue_need(b && PEM_write_bio_X509_REQ(b, r), "PEM");
	store_bio(&to, b);
	BIO_free(b);
	X509_REQ_free(r);
}

/* The account, at the first time. */
static void
certacme_account(const struct certacme *a, const struct instance *i)
{
	char *argv[] = {(char *)"uacme", (char *)"-a", (char *)a->url,
	    (char *)"-c", (char *)"acme", (char *)"-y", (char *)"new",
	    (char *)(*a->email ? a->email : 0), 0};

	if (certacme_run(i, argv, -1) != 0)
		die(111, "%s gives no account: see above", a->url);
}

void
certacme_issue(const struct certacme *a, const struct instance *i,
    const char *host, EVP_PKEY *key, char *answer)
{
	char *argv[] = {(char *)"uacme", (char *)"-a", (char *)a->url,
	    (char *)"-c", (char *)"acme", (char *)"-h", (char *)"etc/acme-hook",
	    (char *)"-f", (char *)"-o", (char *)"issue",
	    (char *)"acme/request.pem", 0};

	if (i->roles && !i->role[ROLE_ACME].uid)
		die(100, "%s/etc/instance must say role_acme=UID:GID", i->dir);
	certacme_request(a, i, host, key);
	strcpy(answer, instance_path(i, "acme/request-cert.pem"));
	if (unlink(answer) < 0 && errno != ENOENT)
		die_sys(111, "cannot remove %s", answer);
	if (access(instance_path(i, "acme/private/key.pem"), F_OK) < 0)
		certacme_account(a, i);
	if (certacme_run(i, argv, -1) != 0)
		die(111, "%s gives no certificate: see above", a->url);
}
