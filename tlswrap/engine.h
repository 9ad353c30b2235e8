/* SPDX-License-Identifier: ISC */
/* The event loop of tlsd: descriptors and deadlines, nothing of TLS. */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdint.h>

/* Deadlines are kept in one queue for each duration: what is added last is
 * due last, so nothing is ever sorted. */
enum engine_queue {
	ENGINE_REQUEST,   /* for a request, from the accept on */
	ENGINE_HANDSHAKE, /* for the whole handshake */
	ENGINE_IDLE,      /* for a byte in one direction or the other */
	ENGINE_DRAIN,     /* for what the client has not yet taken */
	ENGINE_LINGER,    /* for the client to close too */
	ENGINE_PAUSE,     /* when the system has no room */
	ENGINE_STOP,      /* for connections that are left, when told to stop */
	ENGINE_QUEUES
};

struct engine_watch {
	int fd;          /* -1: none; never closed here */
	uint32_t events; /* EPOLL* asked for; all ones: not watched yet */
	void (*ready)(struct engine_watch *, uint32_t events);
	void *owner;
};

struct engine_timer {
	struct engine_timer *next, *prev; /* null: not set */
	int64_t at;
	void (*due)(struct engine_timer *);
	void *owner;
};

/* Memory that events of this round may still point to. */
struct engine_grave {
	struct engine_grave *next;
};

struct engine {
	int epoll;
	int64_t now; /* ms, of this round */
	int64_t ms[ENGINE_QUEUES];
	struct engine_timer queue[ENGINE_QUEUES];
	struct engine_grave *dead;
};

/* Dies 111 if it cannot. SECONDS: the duration of each queue. */
void engine_init(struct engine *e, const unsigned int seconds[ENGINE_QUEUES]);

void engine_watch_init(struct engine_watch *w, int fd,
    void (*ready)(struct engine_watch *, uint32_t), void *owner);

/* Asks for EVENTS on W's descriptor; 0 asks for errors and hang-up alone, and
 * is told of each once. 0, or -1 with errno. */
int engine_want(struct engine *e, struct engine_watch *w, uint32_t events);

/* 1 if W was ever asked for, else 0. */
int engine_watched(const struct engine_watch *w);

/* Before a descriptor is closed: another process may have the same socket, so
 * closing it here would not stop its events. */
void engine_forget(struct engine *e, struct engine_watch *w);

/* Closes W's descriptor, which no other process has. */
void engine_close(struct engine_watch *w);

/* Sets T, in place of what it was set to. */
void engine_timer(
    struct engine *e, struct engine_timer *t, enum engine_queue queue);
void engine_timer_off(struct engine_timer *t);

/* Frees G (made by malloc, its first member) at the end of this round. */
void engine_bury(struct engine *e, struct engine_grave *g);

/* One round: waits, and calls what is ready and what is due. */
void engine_round(struct engine *e);

#endif
