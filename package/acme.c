/* SPDX-License-Identifier: ISC */
/* An instance whose certificate renews itself. */
#include "package/acme.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "package/command.h"
#include "package/files.h"
#include "package/say.h"

static const char acme_default[] =
    "https://acme-v02.api.letsencrypt.org/directory";

void
acme_check(const struct acme_settings *a, struct instance *n)
{
	const char *url = a->url ? a->url : acme_default;

	if (!a->wanted && (a->url || a->email || a->dns))
		die(100,
		    "--acme-url, --acme-email and --acme-dns go with "
		    "--acme");
	if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
		die(100, "--acme-url: '%s' is no address of a directory", url);
	if (strlen(url) > 400 || url[strcspn(url, " \t\r\n")])
		die(100, "--acme-url: '%s' is too long or has spaces", url);
	if (a->email && !address_valid(a->email, strlen(a->email), 0))
		die(100, "--acme-email: '%s' is no mail address", a->email);
	if (a->dns &&
	    (*a->dns != '/' || a->dns[strcspn(a->dns, "\r\n")] ||
		access(a->dns, X_OK) < 0))
		die(100,
		    "--acme-dns: '%s' is no program (its whole path is needed)",
		    a->dns);
	n->acme = !a->wanted ? 0 : a->dns ? 1 : 2;
}

void
acme_make(const struct acme_settings *a, const struct instance *n)
{
	const struct priv_id *id = n->roles ? &n->role[ROLE_ACME] : 0;
	const char *path = instance_path(n, "etc/acme");
	char *uacme[] = {(char *)"sh", (char *)"-c",
	    (char *)"command -v uacme > /dev/null || exit 1", 0};
	FILE *f;

	if (!a->wanted)
		return;
	files_folder(instance_path(n, "acme"), 0700, id);
	files_folder(instance_path(n, "acme/challenge"), 0755, id);
	f = files_start(path, 0644);
	fprintf(f,
	    "# The certificate renews itself by ACME: see renew in "
	    "certtool(1).\n"
	    "# Further names of the certificate: name=imap.example.org\n"
	    "url=%s\nchallenge=%s\n",
	    a->url ? a->url : acme_default, a->dns ? "dns-01" : "http-01");
	if (a->email)
		fprintf(f, "email=%s\n", a->email);
	if (a->dns)
		fprintf(f, "dns_hook=%s\n", a->dns);
	files_finish(f, path);
	if (command_run(uacme) != 0)
		warn("there is no program uacme (Debian package uacme): "
		     "install it before the first postern up");
}
