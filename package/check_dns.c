/* SPDX-License-Identifier: ISC */
/* postern check: does the name of the host lead here, and back? */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"
#include "ip.h"
#include "ipsock.h"
#include "package/check.h"
#include "resolve.h"

enum { CHECK_SECONDS = 10 };

int
check_reserved(const char *name)
{
	static const char *const last[] = {
	    "test", "example", "invalid", "localhost"};
	const char *dot = strrchr(name, '.');
	size_t i;

	for (i = 0; i < sizeof last / sizeof *last; i++)
		if (strcasecmp(dot ? dot + 1 : name, last[i]) == 0)
			return 1;
	return 0;
}

/* 1 if IP is one of this machine, else 0. */
static int
check_ours(const struct ip *ip)
{
	struct sockaddr_storage sa;
	socklen_t n = ipsock_set(&sa, ip, 0);
	int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return 0;
	r = bind(fd, (struct sockaddr *)&sa, n) == 0;
	close(fd);
	return r;
}

/* Other servers refuse mail from an address without a name. */
static void
check_reverse(struct check *c, const struct ip *ip, const tain *deadline)
{
	static struct resolve_names names;
	char text[IP_FMT];
	size_t i;

	ip_fmt(text, ip);
	switch (resolve_names(ip, &names, deadline)) {
	case RESOLVE_TEMP:
		check_say(c, "warning",
		    "dns: the name of %s could not be looked up", text);
		return;
	case RESOLVE_NONE:
		names.n = 0;
		break;
	case RESOLVE_FOUND:
		break;
	}
	for (i = 0; i < names.n; i++)
		if (strcasecmp(names.name[i], c->i.host) == 0) {
			check_say(c, "ok", "dns: %s leads back to %s", text,
			    c->i.host);
			return;
		}
	check_say(c, "warning",
	    "dns: %s does not lead back to %s%s%s: have who gave you the "
	    "address set its PTR record, or others refuse your mail",
	    text, c->i.host, names.n ? ", but to " : "",
	    names.n ? names.name[0] : "");
}

void
check_dns(struct check *c)
{
	static struct resolve_ips ips;
	char text[IP_FMT];
	tain deadline;
	size_t i;

	if (check_reserved(c->i.host)) {
		check_say(c, "ok", "dns: %s is a name for tests", c->i.host);
		return;
	}
	if (!getenv("DNSCACHEIP") && access("/etc/resolv.conf", R_OK) < 0) {
		check_say(c, "warning",
		    "dns: there is no resolver in /etc/resolv.conf: nothing "
		    "was looked up");
		return;
	}
	deadline_in(&deadline, CHECK_SECONDS);
	switch (resolve_ips(c->i.host, 0, &ips, &deadline)) {
	case RESOLVE_TEMP:
		check_say(c, "warning",
		    "dns: %s could not be looked up: is the resolver in "
		    "/etc/resolv.conf right?",
		    c->i.host);
		return;
	case RESOLVE_NONE:
		check_say(c, "warning",
		    "dns: %s has no address: publish an A or AAAA record, or "
		    "nobody finds this server",
		    c->i.host);
		return;
	case RESOLVE_FOUND:
		break;
	}
	for (i = 0; i < ips.n; i++) {
		ip_fmt(text, &ips.ip[i]);
		if (check_ours(&ips.ip[i]))
			check_say(c, "ok", "dns: %s has the address %s",
			    c->i.host, text);
		else
			check_say(c, "warning",
			    "dns: %s has the address %s, which is not of this "
			    "machine: right behind NAT, else correct the record",
			    c->i.host, text);
		check_reverse(c, &ips.ip[i], &deadline);
	}
}
