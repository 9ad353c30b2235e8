/* SPDX-License-Identifier: ISC */
/* Tests of queue/schedule: what is due first comes first, and in turn. */
#include "queue/schedule.h"

#include <stdio.h>
#include <stdlib.h>

#include "t/tap.h"

/* Of 1000 that are due late every third is of group 3: 7 of these a second. */
static void
hurry(struct schedule *s)
{
	unsigned int i, seed = 9, early = 0, right = 1, others = 1;
	struct waiting *w;
	char name[16];

	for (i = 0; i < 1000; i++) {
		seed = seed * 1103515245 + 12345;
		snprintf(name, sizeof name, "m%u", i);
		if (schedule_add_for(s, name, 1000 + seed / 65536 % 500, 0,
			i % 3 == 0 ? 3 : 1 + i % 2) < 0)
			exit(111);
	}
	schedule_hurry(s, 3, 10, 7);
	for (i = 0; schedule_first(s); i++) {
		w = schedule_take(s);
		if (w->due < 1000) {
			right &= w->due == 10 + early++ / 7 && !w->group;
			right &= early == i + 1;
		} else
			others &= w->group == 1 || w->group == 2;
		free(w);
	}
	ok(i == 1000, "all come out after a hurry");
	ok(early == 334 && right, "those of the group first, at their pace");
	ok(others, "the others as before");
}

int
main(void)
{
	struct schedule s = {0};
	struct waiting *w;
	char name[16];
	unsigned int i, seed = 7;
	uint64_t due = 0, turn = 0;
	int sorted = 1, in_turn = 1;

	ok(!schedule_first(&s), "empty");
	for (i = 0; i < 1000; i++) {
		seed = seed * 1103515245 + 12345;
		snprintf(name, sizeof name, "m%u", i);
		if (schedule_add(&s, name, seed / 65536 % 50, 0) < 0)
			exit(111);
	}
	for (i = 0; schedule_first(&s); i++) {
		w = schedule_take(&s);
		sorted &= w->due >= due;
		in_turn &= w->due > due || i == 0 || w->turn > turn;
		due = w->due;
		turn = w->turn;
		free(w);
	}
	ok(i == 1000, "all come out");
	ok(sorted, "by the time they are due");
	ok(in_turn, "and in turn where that is the same");
	hurry(&s);
	free(s.heap);
	return done();
}
