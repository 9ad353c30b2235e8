/* SPDX-License-Identifier: ISC */
/* Tests of queue/schedule: what is due first comes first, and in turn. */
#include "queue/schedule.h"

#include <stdio.h>
#include <stdlib.h>

#include "t/tap.h"

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
	free(s.heap);
	return done();
}
