/* SPDX-License-Identifier: ISC */
/* What front and monitor say to each other: first bytes of peer messages. */
#ifndef LOGIN_WIRE_H
#define LOGIN_WIRE_H

enum {
	/* front to monitor */
	LOGIN_WIRE_LOGIN = 'L', /* then "user\0password\0" */
	LOGIN_WIRE_TLS = 'T',   /* start TLS */
	LOGIN_WIRE_TAG = 'I',   /* then the tag of the command; no answer */
	/* monitor (or checkpw) to front */
	LOGIN_WIRE_YES = 'Y', /* then "NAME=value\0"... */
	LOGIN_WIRE_BAD = 'B',
	LOGIN_WIRE_LATER = 'L', /* temporary trouble */
	LOGIN_WIRE_WAIT = 'W',  /* no deadline now; an end without a verdict
	                           means that a session has been held */
	LOGIN_WIRE_SAFE = 'S'   /* TLS has started */
};

#endif
