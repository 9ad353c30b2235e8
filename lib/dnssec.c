/* SPDX-License-Identifier: ISC */
/* Questions to dnssecd, and its answers. */
#include "dnssec.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "unixsock.h"

const char *
dnssec_word(enum dnssec_status status)
{
	static const char *const words[] = {
	    "secure", "insecure", "bogus", "failed", "blind"};

	return words[status];
}

int
dnssec_question(const char *text, size_t n, char *name)
{
	char copy[HOSTNAME_SIZE];

	if (n < 2 || n - 2 >= sizeof copy || memchr(text + 2, 0, n - 2))
		return 0;
	memcpy(copy, text + 2, n - 2);
	copy[n - 2] = 0;
	*name = 0;
	if (*copy && !hostname_clean(name, copy))
		return 0;
	return (unsigned char)text[0] << 8 | (unsigned char)text[1];
}

int
dnssec_read(struct dnssec *a, size_t n)
{
	const char *s = a->text + 2, *end = a->text + n, *why, *packet;

	if (n < 2 || (unsigned char)a->text[0] > DNSSEC_BLIND ||
	    !(why = memchr(s, 0, (size_t)(end - s))) ||
	    !(packet = memchr(why + 1, 0, (size_t)(end - why - 1))))
		return 0;
	a->status = (enum dnssec_status)a->text[0];
	a->some = a->text[1] == 1;
	a->name = s;
	a->why = why + 1;
	a->packet = (const unsigned char *)packet + 1;
	a->n = (size_t)(end - packet - 1);
	return 1;
}

size_t
dnssec_write(char *text, const struct dnssec *a)
{
	struct dnssec failed = {.status = DNSSEC_FAILED,
	    .name = "",
	    .why = "the answer is too long"};
	char *p = text;

	if (a->n > DNSSEC_PACKET || strlen(a->name) >= HOSTNAME_SIZE)
		a = &failed;
	*p++ = (char)a->status;
	*p++ = a->some ? 1 : 0;
	p = stpcpy(p, a->name) + 1;
	p += snprintf(p, DNSSEC_WHY, "%.*s", DNSSEC_WHY - 1, a->why) + 1;
	if (a->n)
		memcpy(p, a->packet, a->n);
	return (size_t)(p - text) + a->n;
}

/* Asks over S. 0, or -1: there is no answer. */
static int
dnssec_talk(struct dnssec *a, int s, const char *question, size_t n,
    const tain *deadline)
{
	return peer_send(s, question, n, -1, deadline) == 1 &&
		peer_recv(s, a->text, sizeof a->text, &n, 0, deadline) == 1 &&
		dnssec_read(a, n)
	    ? 0
	    : -1;
}

/* There is no answer, for reason WHY. */
static void
dnssec_none(struct dnssec *a, const char *why)
{
	a->status = DNSSEC_FAILED;
	a->some = 0;
	a->name = "";
	a->why = why;
	a->packet = 0;
	a->n = 0;
}

void
dnssec_ask(struct dnssec *a, const char *socket, const char *name, int type,
    const tain *deadline)
{
	char question[DNSSEC_QUESTION] = {(char)(type >> 8), (char)type};
	int s;

	if (*name && !hostname_clean(question + 2, name)) {
		dnssec_none(a, "no such name");
		return;
	}
	if ((s = unixsock_connect(socket)) < 0) {
		dnssec_none(a, "dnssecd is not there");
		return;
	}
	if (dnssec_talk(a, s, question, 2 + strlen(question + 2), deadline) < 0)
		dnssec_none(a, "dnssecd gives no answer");
	close(s);
}
