/* SPDX-License-Identifier: ISC */
/* An instance whose certificate renews itself. */
#ifndef PACKAGE_ACME_H
#define PACKAGE_ACME_H

#include "package/instance.h"

struct acme_settings {
	int wanted;        /* 1: --acme was given */
	const char *url;   /* of the CA's directory */
	const char *email; /* or null */
	const char *dns;   /* the program for DNS-01; null: HTTP-01 */
};

/* Looks at the settings, before anything is made. Dies 100. */
void acme_check(const struct acme_settings *a, struct instance *n);

/* Makes etc/acme and the folders of uacme and the responder. Dies 111. */
void acme_make(const struct acme_settings *a, const struct instance *n);

#endif
