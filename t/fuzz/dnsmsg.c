/* SPDX-License-Identifier: ISC */
/* Answers of DNS servers: bounded, and every name is a clean one. */
#include "dnsmsg.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct resolve_names names;
	static struct resolve_mxs mxs;
	static struct resolve_tlsas tlsas;
	static struct resolve_txts txts;
	struct resolve_ips a = {0};
	char clean[HOSTNAME_SIZE];
	size_t i;

	if (n > 65535)
		return 0;
	dnsmsg_ips(data, (int)n, 4, &a);
	dnsmsg_ips(data, (int)n, 16, &a);
	dnsmsg_names(data, (int)n, &names);
	dnsmsg_mxs(data, (int)n, &mxs);
	dnsmsg_tlsas(data, (int)n, &tlsas);
	dnsmsg_txts(data, (int)n, &txts);
	for (i = 0; i < mxs.n; i++)
		if (mxs.mx[i].name[0] && !hostname_clean(clean, mxs.mx[i].name))
			abort();
	if (a.n > RESOLVE_MAX || mxs.n > RESOLVE_MAX || tlsas.n > RESOLVE_MAX ||
	    names.n > RESOLVE_MAX || txts.n > RESOLVE_MAX)
		abort();
	for (i = 0; i < txts.n; i++)
		if (strlen(txts.text[i]) >= RESOLVE_TEXT)
			abort();
	for (i = 0; i < tlsas.n; i++)
		if (!tlsas.record[i].n || tlsas.record[i].n > TLSA_DATA_MAX)
			abort();
	for (i = 0; i < names.n; i++)
		if (!hostname_clean(clean, names.name[i]) ||
		    strcmp(clean, names.name[i]) != 0)
			abort();
	return 0;
}
