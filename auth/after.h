/* SPDX-License-Identifier: ISC */
/* What checkpw has done for a login that is right. */
#ifndef AFTER_H
#define AFTER_H

enum { AFTER_WORDS = 32, AFTER_TEXT = 1024 };

struct after {
	char *argv[AFTER_WORDS + 1]; /* [0] null: none */
	char text[AFTER_TEXT];
};

/* Takes COMMAND, words with blanks between, apart (and leaves it as it is: it
 * may be needed again). 1; 0 there is none, or too much of it. */
int after_words(struct after *a, const char *command);

/* Runs it with the rights that checkpw has still: by a call where it is of
 * this binary, else in a child without the client's connection. Its exit code;
 * 111 if it could not be run. */
int after_run(const struct after *a);

#endif
