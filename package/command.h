/* SPDX-License-Identifier: ISC */
/* Other programs that the front command runs. */
#ifndef COMMAND_H
#define COMMAND_H

#include "package/instance.h"

/* Puts the folder of this binary first in PATH, so that its programs are
 * found, and writes that folder to BIN (INSTANCE_PATH bytes). Dies 111. */
void command_path(char *bin);

/* Runs ARGV, waits, and returns its exit code (111 if it was killed). Dies 100
 * if there is no such program, naming the package that brings it, if known. */
int command_run(char *const *argv);

/* Runs make in the instance: compiles the rules that changed. Dies 100 if that
 * fails (the compiler has said why). */
void command_make(const struct instance *i);

/* Has cdbrules check the source FILE of TYPE, and what it names, and say what is
 * wrong. 0 nothing, 1 warnings, more: it does not compile. */
int command_check(const struct instance *i, const char *type, const char *file);

#endif
