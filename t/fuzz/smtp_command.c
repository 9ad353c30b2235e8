/* SPDX-License-Identifier: ISC */
/* Fuzzes smtp/command.c and smtp/action.c. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/action.h"
#include "smtp/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *s = malloc(n + 1), *arg, *keyword, *value, text[SMTP_ACTION_TEXT];
	struct smtp_command c;

	if (n)
		memcpy(s, data, n);
	s[n] = 0;
	smtp_action_read(s, text);
	if (strlen(text) >= sizeof text)
		abort();
	if (smtp_command_read(s, n, &c)) {
		if (c.arg + c.n > s + n || strlen(c.arg) != c.n)
			abort();
		arg = c.arg;
		while (smtp_command_param(&arg, &keyword, &value) > 0) {
			if (value && (value[0] == 0 || strchr(value, '=')))
				abort();
			if (value)
				smtp_command_xtext(value);
		}
	}
	free(s);
	return 0;
}
