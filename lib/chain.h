/* SPDX-License-Identifier: ISC */
/* The chain of stages: run the next program, by a call where it is ours. */
#ifndef CHAIN_H
#define CHAIN_H

struct chain_stage {
	const char *name;
	int (*main)(int, char **);
};

/* Every program of this binary, ended by a null name (made by the build). */
extern const struct chain_stage chain_table[];

/* 1 if NAME (no slash in it) will be entered by a call, else 0: it is not
 * ours, or POSTERN_EXEC=1 is set. */
int chain_calls(const char *name);

/* 1 if NAME is a program of this binary, however it will be entered, else 0. */
int chain_ours(const char *name);

/* Marks FD to be closed at the border to the next stage, whether that is an
 * exec (FD_CLOEXEC) or a call (chain_next closes it). At most 16 at a time;
 * a further one dies 111. */
void chain_close_on_next(int fd);

/* The stage FD belongs to takes back the mark (before closing it itself). */
void chain_keep(int fd);

/* Enters argv[0], for which chain_calls has said 1, and returns what its main
 * returns. For a caller that lives on; marked descriptors are closed. */
int chain_call(char *const *argv);

/* Runs argv[0] with argv (ended by a null pointer) and never returns. Ours
 * is called, and its return value becomes the exit code; anything else is
 * looked up in PATH and executed. Dies 100 if there is nothing to run or no
 * such program, 111 if it cannot be executed now. */
void chain_next(char *const *argv) __attribute__((noreturn));

#endif
