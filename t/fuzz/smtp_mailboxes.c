/* SPDX-License-Identifier: ISC */
/* Fuzzes smtp/mailboxes.c and smtp/words.c. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "smtp/mailboxes.h"
#include "smtp/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
fuzz_good(const void *data, const char *address)
{
	(void)data;
	if (!address_valid(address, strlen(address), 1))
		abort();
	return 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *s = malloc(n ? n : 1), *line = calloc(1, n + 1), *word[9];
	int i, words;

	if (n) {
		memcpy(s, data, n);
		memcpy(line, data, n);
	}
	smtp_mailboxes(s, n, fuzz_good, 0);
	words = smtp_words(line, word, 8);
	for (i = 0; i < words; i++)
		if (word[i] < line || word[i] + strlen(word[i]) > line + n)
			abort();
	free(s);
	free(line);
	return 0;
}
