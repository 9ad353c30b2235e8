/* SPDX-License-Identifier: ISC */
/* Fetching a policy of MTA-STS (RFC 8461, 3.3): HTTPS only, from the one URL,
 * without redirection. curl is told which addresses the name has, so that all
 * names are looked up by lib/resolve. */
#include "smtp/stsfetch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chain.h"
#include "deadline.h"
#include "log.h"
#include "resolve.h"

enum { STSFETCH_LOOKUP = 15, STSFETCH_GRACE = 5, STSFETCH_ADDRESSES = 1024 };

/* The last line that curl writes: status, type and what went wrong. */
static const char stsfetch_trailer[] =
    "\\n%{http_code}|%{content_type}|%{errormsg}";

static int
stsfetch_fail(struct stsfetch *f, const char *word, const char *why)
{
	f->word = word;
	snprintf(f->why, sizeof f->why, "%s", why);
	return -1;
}

/* "HOST:PORT:ADDRESS,ADDRESS..." for curl's --resolve, into S. 0, or -1. */
static int
stsfetch_addresses(struct stsfetch *f, const char *host, char *s, size_t size)
{
	static struct resolve_ips ips;
	char text[IP_FMT];
	tain deadline;
	size_t i, n;

	deadline_in(&deadline, STSFETCH_LOOKUP);
	resolve_ips(host, 0, &ips, &deadline);
	if (!ips.n)
		return stsfetch_fail(f, "sts-policy-fetch-error",
		    "the policy host has no address");
	n = (size_t)snprintf(s, size, "%s:%u:", host, f->port);
	for (i = 0; i < ips.n && n + IP_FMT + 4 < size; i++)
		n += (size_t)snprintf(s + n, size - n,
		    ips.ip[i].len == 4 ? "%s%s" : "%s[%s]", i ? "," : "",
		    ip_fmt(text, &ips.ip[i]));
	return 0;
}

/* The child: becomes curl, which writes to FD. */
static void __attribute__((noreturn)) stsfetch_child(
    const struct stsfetch *f, const char *host, const char *addresses, int fd)
{
	char url[HOSTNAME_SIZE + 64], port[2 * HOSTNAME_SIZE + 64];
	char seconds[LOG_NUM], size[LOG_NUM];
	char *argv[] = {(char *)"curl", (char *)"-q", (char *)"-s",
	    (char *)"--proto", (char *)"=https", (char *)"--tlsv1.2",
	    (char *)"--max-redirs", (char *)"0", (char *)"--max-time", seconds,
	    (char *)"--max-filesize", size, (char *)"--resolve",
	    (char *)addresses, (char *)"--connect-to", port, (char *)"-w",
	    (char *)stsfetch_trailer, url, 0, 0, 0};
	size_t n = sizeof argv / sizeof *argv - 3;

	snprintf(url, sizeof url, "https://%s/.well-known/mta-sts.txt", host);
	snprintf(port, sizeof port, "%s:443:%s:%u", host, host, f->port);
	log_u64(seconds, f->seconds);
	log_u64(size, STSPOLICY_TEXT);
	if (f->ca) {
		argv[n++] = (char *)"--cacert";
		argv[n++] = (char *)f->ca;
	}
	if (dup2(fd, 1) < 0 || (fd = open("/dev/null", O_RDONLY)) < 0 ||
	    dup2(fd, 0) < 0)
		_exit(111);
	close(fd);
	chain_next(argv);
}

/* All that comes from FD until its end. 1; 0 the deadline has passed, or it is
 * too much. */
static int
stsfetch_read(struct stsfetch *f, int fd)
{
	tain deadline;
	ssize_t r;

	f->n = 0;
	deadline_in(&deadline, f->seconds + STSFETCH_GRACE);
	while (f->n < sizeof f->text - 1 &&
	    deadline_wait(fd, POLLIN, &deadline) == 1) {
		r = read(fd, f->text + f->n, sizeof f->text - 1 - f->n);
		if (r == 0)
			return 1;
		if (r < 0 && errno != EINTR)
			return 0;
		f->n += r > 0 ? (size_t)r : 0;
	}
	return 0;
}

/* What curl's exit code says of the certificate. */
static const char *
stsfetch_word(int code)
{
	static const int pki[] = {35, 51, 58, 60, 77, 82, 83, 90, 91};
	size_t i;

	for (i = 0; i < sizeof pki / sizeof *pki; i++)
		if (code == pki[i])
			return "sts-webpki-invalid";
	return "sts-policy-fetch-error";
}

/* Takes the trailer off the text and judges it. 0, or -1. */
static int
stsfetch_judge(struct stsfetch *f, int code)
{
	char *status, *type, *error;

	f->text[f->n] = 0;
	status = memrchr(f->text, '\n', f->n);
	if (!status || !(type = strchr(status, '|')) ||
	    !(error = strchr(type + 1, '|')))
		return stsfetch_fail(f, stsfetch_word(code),
		    "curl cannot be run, or says nothing");
	f->n = (size_t)(status - f->text);
	*status++ = *type++ = *error++ = 0;
	if (code != 0)
		return stsfetch_fail(f, stsfetch_word(code), error);
	if (strcmp(status, "200") != 0) {
		stsfetch_fail(f, "sts-policy-fetch-error", "");
		snprintf(f->why, sizeof f->why, "the policy host answers %.3s",
		    status);
		return -1;
	}
	if (strncasecmp(type, "text/plain", 10) != 0 ||
	    !strchr("; \t", type[10]))
		return stsfetch_fail(f, "sts-policy-fetch-error",
		    "what the policy host has is not text/plain");
	return 0;
}

int
stsfetch(struct stsfetch *f, const char *domain)
{
	char host[HOSTNAME_SIZE + 8], addresses[STSFETCH_ADDRESSES];
	int fd[2], status = 0, whole;
	pid_t child;

	f->word = 0;
	snprintf(host, sizeof host, "mta-sts.%s", domain);
	if (stsfetch_addresses(f, host, addresses, sizeof addresses) < 0)
		return -1;
	if (pipe2(fd, O_CLOEXEC) < 0 || (child = fork()) < 0)
		log_diesys(111, "cannot start curl", (char *)0);
	if (child == 0)
		stsfetch_child(f, host, addresses, fd[1]);
	close(fd[1]);
	whole = stsfetch_read(f, fd[0]);
	close(fd[0]);
	if (!whole)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (!whole)
		return stsfetch_fail(f, "sts-policy-fetch-error",
		    "it is too long, or took too long");
	return stsfetch_judge(f, WIFEXITED(status) ? WEXITSTATUS(status) : 111);
}
