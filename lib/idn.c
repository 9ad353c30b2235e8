/* SPDX-License-Identifier: ISC */
/* Domain names beyond ASCII. */
#include "idn.h"

#include <idn2.h>
#include <stdint.h>
#include <string.h>

static int
idn_name(char *out, const char *domain, int flags)
{
	const unsigned char *c;
	uint8_t *ascii;

	if (strlen(domain) >= 4 * IDN_SIZE)
		return 0;
	for (c = (const unsigned char *)domain; *c && *c < 128; c++)
		;
	if (!*c) {
		if (strlen(domain) >= IDN_SIZE)
			return 0;
		strcpy(out, domain);
		return 1;
	}
	if (idn2_lookup_u8((const uint8_t *)domain, &ascii, flags) != IDN2_OK)
		return 0;
	strncpy(out, (const char *)ascii, IDN_SIZE);
	idn2_free(ascii);
	return out[IDN_SIZE - 1] == 0;
}

int
idn_ascii(char *out, const char *domain)
{
	return idn_name(out, domain, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
}

int
idn_exact(char *out, const char *domain)
{
	return idn_name(out, domain, IDN2_NO_TR46);
}
