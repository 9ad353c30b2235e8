/* SPDX-License-Identifier: ISC */
/* postern check: can it be told what other domains ask of mail for them? */
#include <arpa/nameser.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "dnssec.h"
#include "package/check.h"
#include "smtp/routests.h"

enum { CHECK_OUT_SECONDS = 25 };

static void
check_dnssec(struct check *c)
{
	static struct dnssec a;
	tain deadline;

	deadline_in(&deadline, CHECK_OUT_SECONDS);
	dnssec_ask(&a, "run/dns/dnssecd.sock", "", ns_t_a, &deadline);
	if (a.status == DNSSEC_SECURE)
		check_say(c, "ok", "dnssec: answers are validated");
	else if (a.status == DNSSEC_BLIND)
		check_say(c, "warning",
		    "dnssec: no DANE, the DNS servers that are asked leave out "
		    "DNSSEC (%s): have dnssecd ask others (-f) in "
		    "service/dnssecd/run",
		    a.why);
	else
		check_say(c, "warning", "dnssec: %s: %s", dnssec_word(a.status),
		    a.why);
}

static void
check_mtasts(struct check *c)
{
	static struct routests s;
	tain deadline;

	deadline_in(&deadline, CHECK_OUT_SECONDS);
	if (routests_ask(&s, "run/mtasts/mtasts.sock", c->i.domain, &deadline) <
	    0)
		check_say(c, "error",
		    "mtasts: no answer: log/mtasts tells why; mail to other "
		    "domains waits");
	else if (*s.failed)
		check_say(c, "warning", "mtasts: the policy of %s: %s",
		    c->i.domain, s.failed);
	else
		check_say(c, "ok", "mtasts: the policy of %s is: %s",
		    c->i.domain, stspolicy_word(s.policy.mode));
}

void
check_out(struct check *c)
{
	if (chdir(c->i.dir) < 0) { /* a socket's name is short */
		check_say(c, "error", "%s: %s", c->i.dir, strerror(errno));
		return;
	}
	if (c->i.out & INSTANCE_DNSSEC)
		check_dnssec(c);
	if (c->i.out & INSTANCE_MTASTS)
		check_mtasts(c);
}
