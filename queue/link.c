/* SPDX-License-Identifier: ISC */
/* The talk on one link. */
#include "queue/link.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"
#include "peer.h"
#include "smtp/sendjob.h"

enum { LINK_SECONDS = 5, LINK_TEXT = 1500 };

int
link_open(struct link *l, int *peer)
{
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s) < 0)
		return -1;
	*l = (struct link){.fd = s[0]};
	*peer = s[1];
	return 0;
}

/* The request for ITEM, in TEXT. Its length, or 0: too long. */
static size_t
link_request(const struct backlog_item *item, char *text)
{
	const char *name = item->job->name;
	size_t i, n, room;
	int w;

	n = strcspn(name, ","); /* without the size: its id */
	memcpy(text, name, n);
	text[n++] = 0;
	for (i = 0; i < item->n; i++) {
		room = SENDJOB_REQUEST - n;
		w = snprintf(text + n, room, "%zu%s%c%s", item->target[i]->to,
		    item->target[i]->many ? "+" : "", 0,
		    item->target[i]->address);
		if (w < 0 || (size_t)w >= room)
			return 0;
		n += (size_t)w + 1;
	}
	return n;
}

int
link_ask(struct link *l, int active, struct backlog_item *item)
{
	static char text[SENDJOB_REQUEST];
	size_t n = link_request(item, text);
	tain deadline;
	int fd, sent;

	if (!n)
		return 0;
	fd = openat(active, item->job->name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	deadline_in(&deadline, LINK_SECONDS);
	sent = peer_send(l->fd, text, n, fd, &deadline);
	close(fd);
	if (sent != 1)
		return -1;
	l->item = item;
	memset(l->told, 0, sizeof l->told);
	return 1;
}

/* What the server answered, in FIELD as reason "SERVER said: REPLY", in words
 * for report.h. */
static void
link_report(char *text, enum sendjob_word word, const char *const *field)
{
	static const char *const words[] = {
	    [SENDJOB_DELIVERED] = "taken by the server",
	    [SENDJOB_RELAYED] = "taken by the server",
	    [SENDJOB_DEFERRED] = "the server says: later",
	    [SENDJOB_FAILED] = "the server refuses it"};
	const char *server = field[3], *reason = field[4], *reply = 0;
	size_t n = strlen(server);

	if (n && strncmp(reason, server, n) == 0 &&
	    strncmp(reason + n, " said: ", 7) == 0) {
		reply = reason + n + 7;
		reason = words[word];
	}
	snprintf(text, LINK_TEXT, "%s %s\n%s%s%s%s%s%s", field[2], reason,
	    n ? "remote " : "", server, n ? "\n" : "", reply ? "reply " : "",
	    reply ? reply : "", reply ? "\n" : "");
}

/* What FIELD (of SENDJOB_TO) says of a target. */
static enum link_said
link_result(struct link *l, const char *const *field)
{
	static const int code[] = {[SENDJOB_DELIVERED] = 0,
	    [SENDJOB_RELAYED] = 0,
	    [SENDJOB_DEFERRED] = 111,
	    [SENDJOB_FAILED] = 100};
	size_t i = strtoul(field[0], 0, 10);
	int word = sendjob_scan(field[1]);
	char text[LINK_TEXT];

	if (!l->item || i >= l->item->n || l->told[i] || word < 0)
		return LINK_BROKEN;
	l->told[i] = 1;
	l->item->target[i]->passed = word == SENDJOB_DELIVERED;
	link_report(text, (enum sendjob_word)word, field);
	job_result(l->item->job, l->item->target[i], code[word], text);
	return LINK_RESULT;
}

/* The request is over, with WORD. */
static enum link_said
link_end(const struct link *l, const char *word)
{
	if (!l->item)
		return LINK_BROKEN;
	if (strcmp(word, "unreachable") == 0)
		return LINK_UNREACHABLE;
	return strcmp(word, "more") == 0 ? LINK_MORE : LINK_OVER;
}

enum link_said
link_hear(struct link *l)
{
	char text[SENDJOB_ANSWER];
	const char *field[SENDJOB_TO];
	tain deadline;
	size_t n;

	deadline_in(&deadline, LINK_SECONDS);
	if (peer_recv(l->fd, text, sizeof text, &n, 0, &deadline) != 1)
		return LINK_BROKEN;
	switch (sendjob_split(text, n, field, SENDJOB_TO)) {
	case SENDJOB_READY:
		if (strcmp(field[0], "ready") != 0 || l->begun)
			return LINK_BROKEN;
		l->begun = 1;
		return LINK_READY;
	case SENDJOB_END:
		return strcmp(field[0], "end") == 0 ? link_end(l, field[1])
						    : LINK_BROKEN;
	case SENDJOB_TO:
		return link_result(l, field);
	default:
		return LINK_BROKEN;
	}
}
