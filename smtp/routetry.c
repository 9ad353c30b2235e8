/* SPDX-License-Identifier: ISC */
/* A session with one host. */
#include "smtp/routetry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chain.h"
#include "log.h"

enum { ROUTETRY_STATUS = 4096, ROUTETRY_ARGS = 80, ROUTETRY_FD = 10 };

/* A command line being made. */
struct routetry_args {
	size_t n;
	char *v[ROUTETRY_ARGS];
};

static void
routetry_arg(struct routetry_args *a, const char *s)
{
	if (a->n == ROUTETRY_ARGS - 1)
		log_die(111, "too many arguments", (char *)0);
	a->v[a->n++] = (char *)s;
	a->v[a->n] = 0;
}

/* Option NAME with VALUE, if there is one. */
static void
routetry_opt(struct routetry_args *a, const char *name, const char *value)
{
	if (!value)
		return;
	routetry_arg(a, name);
	routetry_arg(a, value);
}

/* FD under a number from 10 up that stays open in other programs, written into
 * NUMBER, which is returned. */
static const char *
routetry_give(char *number, int fd)
{
	int copy = fcntl(fd, F_DUPFD, ROUTETRY_FD);

	if (copy < 0)
		log_diesys(111, "cannot pass a descriptor", (char *)0);
	return log_u64(number, (uint64_t)copy);
}

/* Whom TLS must be with: the names and the records that can be used. */
static void
routetry_whom(
    struct routetry_args *a, const struct routeplan *p, const char *level)
{
	static char text[RESOLVE_MAX][TLSA_FMT];
	const struct tlsa *t;
	size_t i;

	for (i = 0; i < ROUTEPLAN_NAMES; i++)
		routetry_opt(a, "-n", p->name[i]);
	for (i = 0; strcmp(level, "dane") == 0 && i < p->dane.tlsas.n; i++) {
		t = &p->dane.tlsas.record[i];
		if (tlsa_usable(t))
			routetry_opt(a, "-d", tlsa_fmt(text[i], t));
	}
}

/* 1 if TLS comes before all else, as on the port of submissions (RFC 8314);
 * 0 with STARTTLS. */
static int
routetry_implicit(const struct routetry *t, const char *level)
{
	return strcmp(t->port, "465") == 0 && strcmp(level, "off") != 0;
}

/* The child: both programs tell how it came out on STATUS. */
static void __attribute__((noreturn)) routetry_child(const struct routetry *t,
    const struct routeplan *p, const char *level, const char *name, int status)
{
	char number[3][LOG_NUM];
	struct routetry_args a = {0};

	routetry_arg(&a, "tlsclient");
	if (!routetry_implicit(t, level))
		routetry_arg(&a, "-s");
	routetry_opt(&a, "-l", level);
	routetry_whom(&a, p, level);
	routetry_opt(&a, "-c", t->connect);
	routetry_opt(&a, "-A", t->ca);
	routetry_opt(&a, "-i", t->source);
	routetry_opt(&a, "-e", routetry_give(number[0], status));
	routetry_arg(&a, name);
	routetry_arg(&a, t->port);
	routetry_arg(&a, "smtpsend");
	routetry_arg(&a, "-q");
	routetry_opt(&a, "-H", t->helo);
	routetry_opt(&a, "-t", t->seconds);
	routetry_opt(&a, "-e", routetry_give(number[1], status));
	if (t->auth >= 0)
		routetry_opt(&a, "-a", routetry_give(number[2], t->auth));
	close(status);
	chain_next(a.v);
}

/* The value of NAME= in a line of TEXT, ended by the line, into BUF; or null. */
static const char *
routetry_value(const char *text, const char *name, char *buf, size_t size)
{
	const char *s = text;
	size_t n = strlen(name);

	for (; s; s = strchr(s, '\n'), s = s ? s + 1 : 0)
		if (strncmp(s, name, n) == 0 && s[n] == '=') {
			s += n + 1;
			snprintf(buf, size, "%.*s", (int)strcspn(s, "\n"), s);
			return buf;
		}
	return 0;
}

/* What the words of tlsclient mean for the mail. */
static void
routetry_verdict(const char *word, const char *reason, const char *name,
    int literally, struct sendconn_reply *r)
{
	static const struct {
		const char *word;
		unsigned int code;
		const char *status, *text;
	} known[] = {
	    {"no-such-host", 550, "5.4.4", "the MX host has no address"},
	    {"lookup-failed", 451, "4.4.3", "no address can be looked up now"},
	    {"connect-failed", 451, "4.4.1", "no connection"},
	    {"starttls-not-supported", 451, "4.7.4", "TLS is required"},
	    {"local-error", 451, "4.3.5", "wrong configuration"},
	    {"", 451, "4.7.5", "TLS is required"},
	};
	char text[SENDCONN_TEXT];
	size_t i = 0;

	if (literally && strcmp(word, "no-such-host") == 0) {
		sendconn_say(r, 550, "5.1.2", "no such domain");
		return;
	}
	while (known[i].word[0] && strcmp(known[i].word, word) != 0)
		i++;
	/* a word of RFC 8460, where it is none of the others above */
	snprintf(text, sizeof text, "%s: %s: %.200s%s%.40s%s", name,
	    known[i].text, reason ? reason : word, known[i].word[0] ? "" : " (",
	    known[i].word[0] ? "" : word, known[i].word[0] ? "" : ")");
	sendconn_say(r, known[i].code, known[i].status, text);
}

/* How the session ended, by what was told in TEXT. 1 or 0, as routetry. */
static int
routetry_outcome(const char *text, int code, const char *name, int literally,
    struct sendconn_reply *r)
{
	char word[64], status[SENDCONN_STATUS], reason[SENDCONN_TEXT];

	if (code == 0 || routetry_value(text, "TAKEN", word, sizeof word))
		return 1;
	if (routetry_value(text, "CODE", word, sizeof word) &&
	    routetry_value(text, "STATUS", status, sizeof status) &&
	    routetry_value(text, "REASON", reason, sizeof reason)) {
		sendconn_say(
		    r, (unsigned int)strtoul(word, 0, 10), status, reason);
		return 0;
	}
	if (routetry_value(text, "RESULT", word, sizeof word))
		routetry_verdict(word,
		    routetry_value(text, "REASON", reason, sizeof reason), name,
		    literally, r);
	else
		sendconn_say(
		    r, 451, "4.3.0", "the client ended without reason");
	return 0;
}

/* All that comes from FD, into TEXT, ended by NUL. */
static void
routetry_read(int fd, char *text, size_t size)
{
	size_t n = 0;
	ssize_t r;

	while (n < size - 1 &&
	    ((r = read(fd, text + n, size - 1 - n)) > 0 ||
		(r < 0 && errno == EINTR)))
		n += r > 0 ? (size_t)r : 0;
	text[n] = 0;
	close(fd);
}

/* One try at LEVEL; what was told goes to TEXT. As routetry. */
static int
routetry_level(const struct routetry *t, const struct routeplan *p,
    const char *level, const char *name, int literally, char *text,
    struct sendconn_reply *r)
{
	int fd[2], status = 0;
	pid_t child;

	if (pipe2(fd, O_CLOEXEC) < 0 || (child = fork()) < 0)
		log_diesys(111, "cannot start a client", (char *)0);
	if (child == 0) {
		close(fd[0]);
		routetry_child(t, p, level, name, fd[1]);
	}
	close(fd[1]);
	routetry_read(fd[0], text, ROUTETRY_STATUS);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return routetry_outcome(text,
	    WIFEXITED(status) ? WEXITSTATUS(status) : 111, name, literally, r);
}

/* 1 if STARTTLS is there and broken, by what was told in TEXT, else 0. */
static int
routetry_broken(const char *text)
{
	char word[64];

	return !routetry_value(text, "CODE", word, sizeof word) &&
	    routetry_value(text, "RESULT", word, sizeof word) &&
	    strcmp(word, "validation-failure") == 0;
}

/* 1 if TLS with the right server is what failed, else 0. */
static int
routetry_untrusted(const char *text)
{
	char word[64];

	if (routetry_value(text, "STATUS", word, sizeof word))
		return strcmp(word, "4.7.4") == 0; /* no STARTTLS */
	return routetry_broken(text) ||
	    (routetry_value(text, "RESULT", word, sizeof word) &&
		strncmp(word, "certificate-", 12) == 0);
}

int
routetry(const struct routetry *t, const struct routeplan *p, const char *name,
    int literally, struct sendconn_reply *r)
{
	const char *level = p->level;
	char text[ROUTETRY_STATUS];

	if (routetry_level(t, p, level, name, literally, text, r))
		return 1;
	if (p->testing && routetry_untrusted(text)) {
		log_event(
		    "testing", "host", name, "reason", r->text, (char *)0);
		level = "offer";
		if (routetry_level(t, p, level, name, literally, text, r))
			return 1;
	}
	/* TLS is offered, and broken: with "offer" the mail goes without */
	return strcmp(level, "offer") == 0 && !routetry_implicit(t, level) &&
		routetry_broken(text)
	    ? routetry_level(t, p, "off", name, literally, text, r)
	    : 0;
}
