/* SPDX-License-Identifier: ISC */
/* The pages of the program itself, and the children that a fork makes. */
#ifndef IMAGE_H
#define IMAGE_H

/* Sees to it that children get the pages of code and constants that this
 * process has used with the fork, and need not fault each of them in again. For
 * one that forks for each connection and executes nothing. Where that cannot be
 * done nothing happens. */
void image_share(void);

#endif
