/* SPDX-License-Identifier: ISC */
/* certtool selfsigned. */
#ifndef SELFSIGNED_H
#define SELFSIGNED_H

int selfsigned_main(int argc, char **argv, const char *usage);

#endif
