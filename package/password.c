/* SPDX-License-Identifier: ISC */
/* Asking for a new password. */
#include "package/password.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "package/say.h"
#include "priv.h"

enum { PASSWORD_MAX = 200 };

/* Reads one line, without its end, into BUF (PASSWORD_MAX + 2 bytes). */
static void
password_line(char *buf)
{
	size_t n;

	if (!fgets(buf, PASSWORD_MAX + 2, stdin))
		die(100, "no password on standard input");
	n = strcspn(buf, "\r\n");
	if (!buf[n] && n > PASSWORD_MAX)
		die(100, "a password has at most %d characters", PASSWORD_MAX);
	buf[n] = 0;
	if (!n)
		die(100, "the password is empty");
}

static void
password_ask(char *buf)
{
	char again[PASSWORD_MAX + 2];
	struct termios old, quiet;

	if (tcgetattr(0, &old) < 0)
		die_sys(111, "cannot ask");
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(0, TCSAFLUSH, &quiet);
	fputs("Password: ", stderr);
	password_line(buf);
	fputs("\nAgain: ", stderr);
	password_line(again);
	fputc('\n', stderr);
	tcsetattr(0, TCSAFLUSH, &old);
	if (strcmp(buf, again) != 0)
		die(100, "the two differ: nothing changed");
	priv_wipe(again, sizeof again);
}

void
password_read(char *hash, size_t size)
{
	char buf[PASSWORD_MAX + 2], salt[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data *data;
	const char *made;

	if (isatty(0))
		password_ask(buf);
	else
		password_line(buf);
	if (!(data = calloc(1, sizeof *data)) ||
	    !crypt_gensalt_rn(0, 0, 0, 0, salt, sizeof salt))
		die_sys(111, "cannot make a salt");
	made = crypt_rn(buf, salt, data, (int)sizeof *data);
	priv_wipe(buf, sizeof buf);
	if (!made || strlen(made) >= size)
		die_sys(111, "cannot hash the password");
	strcpy(hash, made);
	priv_wipe(data, sizeof *data);
	free(data);
}
