/* SPDX-License-Identifier: ISC */
/* The clients of dnssecd. */
#include "service.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"
#include "dnsmsg.h"
#include "log.h"

enum { SERVICE_IDLE = 60, SERVICE_LENGTH = 4 /* before a message of peer.h */ };

struct service_client {
	struct validator_question question; /* first: see service_answer */
	int fd;                             /* -1: free */
	int asked;
	tain deadline; /* for the answer, or the next question */
	size_t n;
	char text[SERVICE_LENGTH + DNSSEC_QUESTION];
	char name[HOSTNAME_SIZE];
};

struct service {
	const struct service_config *c;
	struct validator *v;
	struct service_client *client;
	struct pollfd *poll; /* listener, validator, clients */
};

static void
service_close(struct service_client *k)
{
	if (k->asked)
		validator_cancel(&k->question);
	close(k->fd);
	k->fd = -1;
	k->asked = 0;
}

/* Sends A, whole and at once: one who does not read has to ask anew. */
static void
service_send(struct service_client *k, const struct dnssec *a)
{
	static char text[SERVICE_LENGTH + DNSSEC_ANSWER];
	uint32_t n = (uint32_t)dnssec_write(text + SERVICE_LENGTH, a);
	ssize_t all = (ssize_t)n + SERVICE_LENGTH;

	memcpy(text, &n, sizeof n);
	deadline_in(&k->deadline, SERVICE_IDLE);
	if (send(k->fd, text, (size_t)all, MSG_DONTWAIT | MSG_NOSIGNAL) != all)
		service_close(k);
}

static void
service_fail(struct service_client *k, const char *why)
{
	struct dnssec a = {.name = "", .why = why};

	a.status = DNSSEC_FAILED;
	service_send(k, &a);
}

void
service_answer(struct validator_question *q, const struct dnssec *a)
{
	struct service_client *k = (struct service_client *)q;

	k->asked = 0;
	if (a->status == DNSSEC_BOGUS)
		log_event(
		    "bogus", "name", k->name, "reason", a->why, (char *)0);
	service_send(k, a);
}

/* 1 if mail needs records of TYPE, else 0. */
static int
service_type(int type)
{
	return type == ns_t_a || type == ns_t_aaaa || type == ns_t_cname ||
	    type == ns_t_mx || type == ns_t_txt || type == DNSMSG_TLSA;
}

/* K's text holds a question of N bytes. */
static void
service_question(struct service *s, struct service_client *k, size_t n)
{
	int type = dnssec_question(k->text + SERVICE_LENGTH, n, k->name);

	k->n = 0;
	if (!service_type(type)) {
		service_fail(k, "no question");
		return;
	}
	deadline_in(&k->deadline, s->c->seconds);
	if (validator_ask(s->v, &k->question, k->name, type) == 0)
		k->asked = 1;
	else
		service_fail(k, "it cannot be asked now");
}

/* Reads what K sends; who sends more than one question at a time is gone. */
static void
service_read(struct service *s, struct service_client *k)
{
	uint32_t size;
	ssize_t r =
	    recv(k->fd, k->text + k->n, sizeof k->text - k->n, MSG_DONTWAIT);

	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r <= 0 || k->asked) {
		service_close(k);
		return;
	}
	k->n += (size_t)r;
	if (k->n < SERVICE_LENGTH)
		return;
	memcpy(&size, k->text, sizeof size);
	if (size > DNSSEC_QUESTION || k->n > SERVICE_LENGTH + size)
		service_close(k);
	else if (k->n == SERVICE_LENGTH + size)
		service_question(s, k, size);
}

static void
service_accept(struct service *s)
{
	struct service_client *k = s->client;
	int fd = accept4(s->c->listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	while (k->fd >= 0)
		k++;
	k->fd = fd;
	k->n = 0;
	deadline_in(&k->deadline, SERVICE_IDLE);
}

/* K's time is over. */
static void
service_late(struct service_client *k)
{
	if (!k->asked) {
		service_close(k);
		return;
	}
	validator_cancel(&k->question);
	k->asked = 0;
	service_fail(k, "no answer in time");
}

/* Waits. The milliseconds are those to the next deadline. */
static int
service_wait(struct service *s)
{
	int ms = VALIDATOR_TICK * 1000, left;
	size_t i, used = 0;

	s->poll[1] = (struct pollfd){validator_fd(s->v), POLLIN, 0};
	for (i = 0; i < s->c->clients; i++) {
		s->poll[i + 2] = (struct pollfd){s->client[i].fd, POLLIN, 0};
		if (s->client[i].fd < 0)
			continue;
		used++;
		left = deadline_left(&s->client[i].deadline);
		if (left < ms)
			ms = left;
	}
	/* who is full takes nobody in */
	s->poll[0] = (struct pollfd){
	    used < s->c->clients ? s->c->listener : -1, POLLIN, 0};
	return poll(s->poll, s->c->clients + 2, ms);
}

static void
service_clients(struct service *s)
{
	struct service_client *k;
	size_t i;

	for (i = 0; i < s->c->clients; i++) {
		k = &s->client[i];
		if (k->fd >= 0 && k->fd == s->poll[i + 2].fd &&
		    s->poll[i + 2].revents)
			service_read(s, k);
		if (k->fd >= 0 && !deadline_left(&k->deadline))
			service_late(k);
	}
}

int
service_run(const struct service_config *c, struct validator *v)
{
	struct service s = {.c = c, .v = v};
	size_t i;

	s.client = calloc(c->clients, sizeof *s.client);
	s.poll = calloc(c->clients + 2, sizeof *s.poll);
	if (!s.client || !s.poll)
		log_diesys(111, "no memory", (char *)0);
	for (i = 0; i < c->clients; i++)
		s.client[i].fd = -1;
	for (;;) {
		if (service_wait(&s) < 0 && errno != EINTR)
			log_diesys(111, "cannot wait", (char *)0);
		if (validator_work(v) < 0)
			log_die(
			    111, "the resolver's process is gone", (char *)0);
		service_clients(&s);
		if (s.poll[0].fd >= 0 && s.poll[0].revents)
			service_accept(&s);
	}
}
