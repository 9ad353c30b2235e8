/* SPDX-License-Identifier: ISC */
/* Files of settings: name=value lines. */
#ifndef SETTINGS_H
#define SETTINGS_H

/* Takes one setting into TO. 1; 0: it is none that belongs there. */
typedef int settings_set(void *to, const char *name, const char *value);

/* Reads FILE: gives SET each line that is not empty and begins with no '#'.
 * 1; 0 there is no such file. Dies 100, naming file and line, at what is no
 * setting; 111 if FILE cannot be read. */
int settings_read(const char *file, settings_set *set, void *to);

#endif
