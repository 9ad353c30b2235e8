/* SPDX-License-Identifier: ISC */
/* The verbs of certtool, each like a main: argv[0] is the verb; USAGE is what
 * -h prints. */
#ifndef CERTTOOL_VERBS_H
#define CERTTOOL_VERBS_H

int selfsigned_main(int argc, char **argv, const char *usage);
int request_main(int argc, char **argv, const char *usage);
int install_main(int argc, char **argv, const char *usage);
int rollback_main(int argc, char **argv, const char *usage);
int check_main(int argc, char **argv, const char *usage);
int show_main(int argc, char **argv, const char *usage);
int tlsa_main(int argc, char **argv, const char *usage);
int dkim_main(int argc, char **argv, const char *usage);
int import_main(int argc, char **argv, const char *usage);
int renew_main(int argc, char **argv, const char *usage);

#endif
