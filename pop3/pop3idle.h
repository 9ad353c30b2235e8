/* SPDX-License-Identifier: ISC */
/* A session whose client is silent holds as little memory as can be. */
#ifndef POP3IDLE_H
#define POP3IDLE_H

#include <stddef.h>

/* Makes a buffer of N bytes at *P if there is none. 0, or -1: no memory. */
int pop3idle_have(char **p, size_t n);

/* Gives it back, and what was in it is lost. */
void pop3idle_drop(char **p, size_t n);

/* Gives back what the heap and the stack have held before and hold no more: that
 * of a login, of a long list. */
void pop3idle_rest(void);

#endif
