/* SPDX-License-Identifier: ISC */
/* Looking up compiled relay rules (type "relay"): by recipient's domain and by
 * sender. By client address: iprules_find. */
#ifndef RELAYRULES_H
#define RELAYRULES_H

#include "rules.h"

/* The rule "to DOMAIN", or "to .SUFFIX" of longest suffix, for DOMAIN (lower
 * case). 1 found, in *V; 0 none; -1 damaged. */
int relayrules_to(struct rules *r, const char *domain, struct rules_value *v);

/* The rule "from SENDER" for an address key. Its name list has the client
 * addresses it counts from. 1 found, in *V; 0 none; -1 damaged. */
int relayrules_from(struct rules *r, const char *sender, struct rules_value *v);

#endif
