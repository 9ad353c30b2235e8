/* SPDX-License-Identifier: ISC */
/* postern queue: what is in the queue of an instance, and what is to become of
 * it. Changes are orders to queued (queue/order.h): it alone changes the
 * queue. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "package/instance.h"
#include "package/queue_list.h"
#include "package/queue_story.h"
#include "package/say.h"
#include "package/verbs.h"
#include "queue/order.h"

enum { QUEUE_WAIT = 100, QUEUE_WAIT_NS = 50 * 1000 * 1000 };

struct queue_call {
	struct instance i;
	const char *id, *reason;
	int silent;
	struct queue_item *item;
	size_t n;
};

static int
queue_show_list(struct queue_call *c)
{
	size_t k;

	c->n = queue_list(instance_path(&c->i, "queue"), 0, &c->item);
	for (k = 0; k < c->n; k++)
		queue_list_print(c->item + k);
	printf("%zu message%s\n", c->n, c->n == 1 ? "" : "s");
	return 0;
}

static int
queue_show(struct queue_call *c)
{
	const char *connid = 0;

	c->n = queue_list(instance_path(&c->i, "queue"), c->id, &c->item);
	if (c->n) {
		queue_list_print(c->item);
		connid = c->item->envelope.connid;
	}
	if (!queue_story(&c->i, c->id, connid) && !c->n)
		die(1, "%s: neither in the queue nor in the logs", c->id);
	return 0;
}

static int
queue_active(struct queue_call *c)
{
	int fd = open(instance_path(&c->i, "queue/active"),
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		die_sys(111, "cannot open the queue");
	return fd;
}

/* Waits until order NAME is carried out. 1, or 0: not yet. */
static int
queue_wait(int active, const char *name)
{
	const struct timespec pause = {0, QUEUE_WAIT_NS};
	struct stat st;
	int k;

	for (k = 0; k < QUEUE_WAIT; k++) {
		if (fstatat(active, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return 1;
		nanosleep(&pause, 0);
	}
	return 0;
}

/* The domains that the waiting message M is for: the one, or "*". */
static const char *
queue_domain(const struct queue_item *m)
{
	const char *at, *domain = 0;
	size_t i;

	for (i = 0; i < m->envelope.to_n; i++) {
		at = strrchr(m->envelope.to[i].address, '@');
		if (!queue_list_waits(m, i) || !at)
			continue;
		if (domain && strcasecmp(domain, at + 1) != 0)
			return "*";
		domain = at + 1;
	}
	return domain ? domain : "";
}

/* Gives an order about the one message that the call names. */
static int
queue_order(struct queue_call *c, enum order_verb verb)
{
	char name[QUEUE_NAME_MAX];
	int active = queue_active(c);

	c->n = queue_list(instance_path(&c->i, "queue"), c->id, &c->item);
	if (!c->n || strcmp(c->item->folder, "active") != 0)
		die(1, "%s: no such message waits", c->id);
	if (verb == ORDER_RETRY && c->item->state.held)
		die(1, "%s is held: release it", c->id);
	if (verb == ORDER_RETRY)
		c->reason = queue_domain(c->item);
	if (order_give(active, verb, c->item->name, c->reason, name) < 0)
		die_sys(111, "cannot tell queued");
	if (queue_wait(active, name))
		return 0;
	warn("queued is busy with that message, or is down: it will be done");
	return 0;
}

/* 1 if a recipient of M that waits is in DOMAIN. */
static int
queue_concerns(const struct queue_item *m, const char *domain)
{
	const char *at;
	size_t i;

	for (i = 0; i < m->envelope.to_n; i++) {
		at = strrchr(m->envelope.to[i].address, '@');
		if (queue_list_waits(m, i) && at &&
		    strcasecmp(at + 1, domain) == 0)
			return 1;
	}
	return 0;
}

/* Retries all that wait for DOMAIN, or (null) all. */
static int
queue_retry(struct queue_call *c, const char *domain)
{
	char name[QUEUE_NAME_MAX];
	const char *whom = domain ? domain : "*";
	int active = queue_active(c);
	size_t k, n = 0;

	c->n = queue_list(instance_path(&c->i, "queue"), 0, &c->item);
	for (k = 0; k < c->n; k++) {
		if (strcmp(c->item[k].folder, "active") != 0 ||
		    c->item[k].state.held ||
		    (domain && !queue_concerns(c->item + k, domain)))
			continue;
		/* one message finds out whether the servers are back */
		if (order_give(active, ORDER_RETRY, c->item[k].name,
			n ? "" : whom, name) < 0)
			die_sys(111, "cannot tell queued");
		n++;
	}
	printf("%zu message%s\n", n, n == 1 ? "" : "s");
	return 0;
}

static void queue_usage(void) __attribute__((noreturn));

static void
queue_usage(void)
{
	die(100,
	    "usage: postern queue DIR list | show ID | hold ID | release ID | "
	    "retry [ID|DOMAIN] | delete ID --reason TEXT [--silent]");
}

/* The options into C; the words that are left go to WORD. How many. */
static int
queue_read(int argc, char **argv, struct queue_call *c, const char **word)
{
	static const struct option options[] = {
	    {"reason", 1, 0, 'r'}, {"silent", 0, 0, 's'}, {0, 0, 0, 0}};
	int o, n;

	c->reason = "";
	while ((o = getopt_long(argc, argv, "", options, 0)) != -1)
		if (o == 'r')
			c->reason = optarg;
		else if (o == 's')
			c->silent = 1;
		else
			queue_usage();
	for (n = 0; n < argc - optind && n < 3; n++)
		word[n] = argv[optind + n];
	if (n < 2 || n < argc - optind)
		queue_usage();
	c->id = n == 3 ? word[2] : 0;
	return n;
}

/* 1 if S looks like a message's id, SECONDS.M..., else 0. */
static int
queue_is_id(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n > 0 && s[n] == '.' && s[n + 1] == 'M';
}

int
verb_queue(int argc, char **argv)
{
	static struct queue_call c;
	const char *word[3];

	queue_read(argc, argv, &c, word);
	instance_need(&c.i, word[0]);
	if (strcmp(word[1], "list") == 0 && !c.id)
		return queue_show_list(&c);
	if (strcmp(word[1], "retry") == 0 && (!c.id || !queue_is_id(c.id)))
		return queue_retry(&c, c.id);
	if (!c.id)
		queue_usage();
	if (strcmp(word[1], "show") == 0)
		return queue_show(&c);
	if (strcmp(word[1], "hold") == 0)
		return queue_order(&c, ORDER_HOLD);
	if (strcmp(word[1], "release") == 0)
		return queue_order(&c, ORDER_RELEASE);
	if (strcmp(word[1], "retry") == 0)
		return queue_order(&c, ORDER_RETRY);
	if (strcmp(word[1], "delete") != 0 || !*c.reason)
		queue_usage();
	return queue_order(&c, c.silent ? ORDER_DROP : ORDER_RETURN);
}
