/* SPDX-License-Identifier: ISC */
/* The commands of the TRANSACTION state that are about messages. */
#include <errno.h>
#include <unistd.h>

#include "log.h"
#include "pop3send.h"
#include "pop3session.h"

/* The index of the message with NUMBER, or -1: answered. */
static int64_t
pop3verbs_message(struct pop3session *p, unsigned long long number)
{
	size_t i;

	if (number < 1 || number > p->drop.n) {
		pop3session_say(p, "-ERR no such message");
		return -1;
	}
	i = maildrop_index(&p->drop, (size_t)number);
	if (p->drop.m[i].deleted) {
		pop3session_say(p, "-ERR the message is deleted");
		return -1;
	}
	return (int64_t)i;
}

/* ARG as exactly one *NUMBER of a message: its index, or -1: answered. */
static int64_t
pop3verbs_one(
    struct pop3session *p, const char *arg, unsigned long long *number)
{
	if (pop3cmd_numbers(arg, number, 1) != 1) {
		pop3session_say(p, "-ERR it takes the number of a message");
		return -1;
	}
	return pop3verbs_message(p, *number);
}

int
pop3session_stat(struct pop3session *p, char *arg)
{
	unsigned long long count = 0, octets = 0;
	size_t i;

	if (pop3cmd_numbers(arg, 0, 0) != 0) {
		pop3session_say(p, "-ERR STAT takes nothing");
		return 1;
	}
	maildrop_octets_all(&p->drop);
	for (i = 0; i < p->drop.n; i++)
		if (!p->drop.m[i].deleted) {
			count++;
			octets += (uint64_t)maildrop_octets(&p->drop, i);
		}
	pop3out_puts(&p->out, "+OK ");
	pop3out_u64(&p->out, count);
	pop3out_put(&p->out, " ", 1);
	pop3out_u64(&p->out, octets);
	pop3session_say(p, "");
	return 1;
}

/* Writes what LIST or UIDL say of message I, behind its number. */
typedef void pop3verbs_item(struct pop3session *p, size_t i);

static void
pop3verbs_size(struct pop3session *p, size_t i)
{
	pop3out_u64(&p->out, (uint64_t)maildrop_octets(&p->drop, i));
}

static void
pop3verbs_uid(struct pop3session *p, size_t i)
{
	char uid[MAILDROP_UID + 1];

	pop3out_put(&p->out, uid, maildrop_uid(&p->drop, i, uid));
}

static void
pop3verbs_item_line(struct pop3session *p, unsigned long long number, size_t i,
    pop3verbs_item *item)
{
	pop3out_u64(&p->out, number);
	pop3out_put(&p->out, " ", 1);
	item(p, i);
	pop3out_put(&p->out, "\r\n", 2);
}

/* LIST and UIDL: of one message, or of all that are not deleted. */
static int
pop3verbs_listing(struct pop3session *p, const char *arg, pop3verbs_item *item)
{
	unsigned long long number;
	int64_t one;
	size_t i, k;

	if (pop3cmd_numbers(arg, 0, 0) != 0) {
		if ((one = pop3verbs_one(p, arg, &number)) >= 0) {
			pop3out_puts(&p->out, "+OK ");
			pop3verbs_item_line(p, number, (size_t)one, item);
		}
		return 1;
	}
	pop3session_say(p, "+OK");
	for (k = 1; k <= p->drop.n && !p->out.failed; k++) {
		i = maildrop_index(&p->drop, k);
		if (!p->drop.m[i].deleted)
			pop3verbs_item_line(p, k, i, item);
	}
	pop3session_say(p, ".");
	return 1;
}

int
pop3session_list(struct pop3session *p, char *arg)
{
	if (!arg)
		maildrop_octets_all(&p->drop);
	return pop3verbs_listing(p, arg, pop3verbs_size);
}

int
pop3session_uidl(struct pop3session *p, char *arg)
{
	return pop3verbs_listing(p, arg, pop3verbs_uid);
}

/* Sends message I, LINES lines of its body or all. Its octets; -1 it was not
 * there, answered; -2 it cannot be sent to its end: nothing helps then but to
 * close the connection. */
static int64_t
pop3verbs_send(struct pop3session *p, size_t i, int64_t lines)
{
	struct pop3send s;
	ssize_t n;
	int fd = maildrop_file(&p->drop, i, 0), more = 1;

	if (fd < 0) {
		pop3session_say(p,
		    errno == ENOENT
			? "-ERR the message is gone"
			: "-ERR [SYS/TEMP] cannot read the message");
		return -1;
	}
	pop3session_say(p, "+OK");
	pop3send_init(&s, &p->out, lines);
	while (more && (n = read(fd, p->drop.buf, MAILDROP_BUFFER)) > 0)
		more = pop3send_piece(&s, p->drop.buf, (size_t)n) &&
		    !p->out.failed;
	close(fd);
	if (n < 0) {
		p->reason = "cannot read a message";
		return -2;
	}
	pop3send_end(&s);
	return s.octets;
}

/* The size that was told must be the size that was sent. */
static void
pop3verbs_check(struct pop3session *p, struct message *m, int64_t octets)
{
	char told[LOG_NUM], sent[LOG_NUM];

	if (p->out.failed)
		return;
	if (m->octets >= 0 && m->octets != octets) {
		p->drop.wrong |= !m->sized;
		log_event("size-wrong", "file", p->drop.names + m->name, "told",
		    log_u64(told, (uint64_t)m->octets), "sent",
		    log_u64(sent, (uint64_t)octets), (char *)0);
	}
	m->octets = octets;
}

int
pop3session_retr(struct pop3session *p, char *arg)
{
	unsigned long long number;
	int64_t i = pop3verbs_one(p, arg, &number), octets;

	if (i < 0)
		return 1;
	octets = pop3verbs_send(p, (size_t)i, POP3SEND_ALL);
	if (octets < 0)
		return octets == -1;
	pop3verbs_check(p, &p->drop.m[i], octets);
	p->retr++;
	p->retr_octets += (uint64_t)octets;
	return 1;
}

int
pop3session_top(struct pop3session *p, char *arg)
{
	unsigned long long v[2];
	int64_t i, octets;

	if (pop3cmd_numbers(arg, v, 2) != 2) {
		pop3session_say(
		    p, "-ERR TOP takes a message and a number of lines");
		return 1;
	}
	if ((i = pop3verbs_message(p, v[0])) < 0)
		return 1;
	octets = pop3verbs_send(p, (size_t)i, (int64_t)v[1]);
	if (octets < 0)
		return octets == -1;
	p->top++;
	p->top_octets += (uint64_t)octets;
	return 1;
}

int
pop3session_dele(struct pop3session *p, char *arg)
{
	unsigned long long number;
	int64_t i = pop3verbs_one(p, arg, &number);

	if (i < 0)
		return 1;
	p->drop.m[i].deleted = MAILDROP_DELETED;
	p->del++;
	if (p->drop.m[i].octets > 0)
		p->del_octets += (uint64_t)p->drop.m[i].octets;
	pop3session_say(p, "+OK");
	return 1;
}

int
pop3session_rset(struct pop3session *p, char *arg)
{
	size_t i;

	if (pop3cmd_numbers(arg, 0, 0) != 0) {
		pop3session_say(p, "-ERR RSET takes nothing");
		return 1;
	}
	for (i = 0; i < p->drop.n; i++)
		p->drop.m[i].deleted = 0;
	p->del = p->del_octets = 0;
	pop3session_say(p, "+OK");
	return 1;
}
