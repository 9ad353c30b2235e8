/* SPDX-License-Identifier: ISC */
/* Who the client of this connection is. */
#include "client.h"

#include <stdlib.h>

#include "log.h"
#include "ucspi.h"

void
client_ip(struct ip *ip)
{
	int known = ucspi_env();
	const char *s = known > 0 ? getenv("TCPREMOTEIP") : 0;

	if (known < 0)
		log_diesys(111, "cannot tell who the client is", (char *)0);
	if (!s || !ip_scan(s, ip))
		log_die(111,
		    "cannot tell who the client is: no TCPREMOTEIP, "
		    "and standard input is no TCP connection",
		    (char *)0);
}
