/* SPDX-License-Identifier: ISC */
/* acmehttp: shows a CA the files of one folder, as HTTP-01 asks for, and
 * nothing else to anybody. One connection, one request. */
#include <errno.h>
#include <fcntl.h>
#include <skalibs/sgetopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "acmereq.h"
#include "deadline.h"
#include "line.h"
#include "log.h"
#include "priv.h"
#include "reply.h"
#include "usage.h"

int acmehttp_main(int, char **);

enum {
	ACMEHTTP_LINE = 1024,
	ACMEHTTP_HEADERS = 100, /* lines of a request */
	ACMEHTTP_FILE = 1024,   /* bytes of an answer */
	ACMEHTTP_SECONDS = 10   /* for all of it */
};

static const char acmehttp_usage[] =
    "usage: acmehttp [-u uid:gid] folder\n"
    "Answers one HTTP request for /.well-known/acme-challenge/TOKEN on\n"
    "descriptors 0 and 1 with the file TOKEN of the folder.\n"
    "  -u uid:gid  as root: chroot to the folder, and become this user\n";

struct acmehttp {
	enum acmereq_method method;
	char token[ACMEREQ_TOKEN + 1];
	char body[ACMEHTTP_FILE + 1];
	size_t len;
	tain end;
};

/* Reads the request, all of it, so that closing does not reset the connection
 * under the answer. The status to answer with, or 0: there is nobody. */
static int
acmehttp_request(struct acmehttp *a)
{
	char buf[ACMEHTTP_LINE], *s;
	struct line in;
	size_t n, i;
	int status = 0;
	enum line_verdict v;

	line_init(&in, 0, LINE_BUFFER, buf, sizeof buf);
	for (i = 0; i <= ACMEHTTP_HEADERS; i++) {
		v = line_read(&in, &s, &n, &a->end);
		if (v == LINE_LONG && status)
			continue;
		if (v == LINE_LONG || v == LINE_NUL || v == LINE_BARECR ||
		    v == LINE_BARELF)
			return 400;
		if (v != LINE_OK)
			return 0;
		if (!status)
			status = acmereq_parse(s, n, &a->method, a->token);
		else if (!n)
			return status;
	}
	return 400;
}

/* Reads the file of the token. 200; 404 there is none; 500. */
static int
acmehttp_file(struct acmehttp *a)
{
	int fd = open(a->token, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t r;

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? 404 : 500;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return 404;
	}
	r = read(fd, a->body, sizeof a->body);
	close(fd);
	if (r < 0 || r > ACMEHTTP_FILE)
		return 500;
	a->len = (size_t)r;
	return 200;
}

static const char *
acmehttp_words(int status)
{
	switch (status) {
	case 200:
		return "200 OK";
	case 400:
		return "400 Bad Request";
	case 404:
		return "404 Not Found";
	case 405:
		return "405 Method Not Allowed";
	default:
		return "500 Internal Server Error";
	}
}

/* 0, or -1: the client is gone. */
static int
acmehttp_answer(struct acmehttp *a, int status)
{
	struct reply r;
	char length[LOG_NUM];

	if (status != 200)
		a->len = 0;
	reply_init(&r, 1, ACMEHTTP_SECONDS);
	reply_line(&r, "HTTP/1.1 ", acmehttp_words(status), (char *)0);
	reply_line(&r, "Content-Type: application/octet-stream", (char *)0);
	reply_line(&r, "Content-Length: ", log_u64(length, a->len), (char *)0);
	reply_line(&r, "Connection: close", (char *)0);
	reply_line(&r, (char *)0);
	if (a->method == ACMEREQ_GET)
		reply_put(&r, a->body, a->len);
	return reply_flush(&r);
}

int
acmehttp_main(int argc, char **argv)
{
	static struct acmehttp a;
	subgetopt opt = SUBGETOPT_ZERO;
	struct priv_id id, *who = 0;
	char text[LOG_NUM];
	int c, status;

	log_start("acmehttp");
	opt.err = 0;
	while ((c = subgetopt_r(
		    argc, (char const *const *)argv, "u:h", &opt)) != -1)
		switch (c) {
		case 'u':
			priv_id_need("option -u", opt.arg, &id);
			who = &id;
			break;
		case 'h':
			usage_help(acmehttp_usage);
		default:
			usage_die(acmehttp_usage);
		}
	if (argc - opt.ind != 1)
		usage_die(acmehttp_usage);
	if (chdir(argv[opt.ind]) < 0)
		log_diesys(errno == ENOENT || errno == ENOTDIR ? 100 : 111,
		    "cannot enter ", argv[opt.ind], (char *)0);
	priv_drop(who, who && geteuid() == 0 ? "." : 0);
	deadline_in(&a.end, ACMEHTTP_SECONDS);
	if (!(status = acmehttp_request(&a)))
		return 1;
	if (status == 200)
		status = acmehttp_file(&a);
	log_event("challenge", "status", log_u64(text, (uint64_t)status),
	    "token", *a.token ? a.token : 0, (char *)0);
	if (acmehttp_answer(&a, status) < 0)
		return 1;
	return status == 200 ? 0 : 1;
}
