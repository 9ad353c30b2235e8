/* SPDX-License-Identifier: ISC */
/* The verbs of the front command; each returns the exit code. argv[0] is the
 * verb. */
#ifndef VERBS_H
#define VERBS_H

int verb_init(int argc, char **argv);
int verb_update(int argc, char **argv);
int verb_user(int argc, char **argv);
int verb_up(int argc, char **argv);
int verb_down(int argc, char **argv);
int verb_status(int argc, char **argv);
int verb_check(int argc, char **argv);
int verb_queue(int argc, char **argv);
int verb_explain(int argc, char **argv);

#endif
