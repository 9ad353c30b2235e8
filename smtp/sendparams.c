/* SPDX-License-Identifier: ISC */
/* MAIL and RCPT with what the envelope asks for and the server knows. */
#include "smtp/sendparams.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"

/* S in capital letters. */
static void
sendparams_upper(struct sendconn *c, const char *s)
{
	char letter;

	for (; *s; s++) {
		letter = *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s;
		sendconn_put(c, &letter, 1);
	}
}

/* S as xtext (RFC 3461, 4): what is no printable ASCII, '+' and '=' as +XX. */
static void
sendparams_xtext(struct sendconn *c, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";
	char code[3] = {'+', 0, 0};

	for (; *s; s++) {
		if (*s > ' ' && *s <= '~' && *s != '+' && *s != '=') {
			sendconn_put(c, s, 1);
			continue;
		}
		code[1] = hex[(unsigned char)*s >> 4];
		code[2] = hex[*s & 15];
		sendconn_put(c, code, 3);
	}
}

/* N bytes of S as they stand: the queue holds no control characters, and if it
 * did none would get out. */
static void
sendparams_text(struct sendconn *c, const char *s, size_t n)
{
	char letter;

	for (; n > 0; s++, n--) {
		letter = *s;
		if ((letter > 0 && letter < ' ') || letter == 127)
			letter = '?';
		sendconn_put(c, &letter, 1);
	}
}

static void
sendparams_address(struct sendconn *c, const char *verb, const char *address)
{
	sendconn_puts(c, verb);
	sendparams_text(c, address, strlen(address));
	sendconn_puts(c, ">");
}

void
sendparams_mail(struct sendconn *c, const struct envelope *e, uint64_t octets,
    int eightbit, int utf8)
{
	char number[LOG_NUM];

	sendparams_address(c, "MAIL FROM:<", e->from);
	if (c->ext & SENDCONN_SIZE) {
		sendconn_puts(c, " SIZE=");
		sendconn_puts(c, log_u64(number, octets));
	}
	if (eightbit && c->ext & SENDCONN_8BITMIME)
		sendconn_puts(c, " BODY=8BITMIME");
	if (utf8)
		sendconn_puts(c, " SMTPUTF8");
	if (e->requiretls)
		sendconn_puts(c, " REQUIRETLS");
	if (c->ext & SENDCONN_DSN && e->ret) {
		sendconn_puts(c, " RET=");
		sendparams_upper(c, e->ret);
	}
	if (c->ext & SENDCONN_DSN && e->envid) {
		sendconn_puts(c, " ENVID=");
		sendparams_xtext(c, e->envid);
	}
	sendconn_puts(c, "\r\n");
}

void
sendparams_rcpt(struct sendconn *c, const struct envelope_to *to)
{
	size_t n;

	sendparams_address(c, "RCPT TO:<", to->address);
	if (c->ext & SENDCONN_DSN && to->notify) {
		sendconn_puts(c, " NOTIFY=");
		sendparams_upper(c, to->notify);
	}
	if (c->ext & SENDCONN_DSN && to->orcpt) {
		n = strcspn(to->orcpt, ";");
		sendconn_puts(c, " ORCPT=");
		sendparams_text(c, to->orcpt, n);
		if (strncmp(to->orcpt, "utf-8;", 6) == 0)
			sendparams_text(/* as it came */
			    c, to->orcpt + n, strlen(to->orcpt + n));
		else if (to->orcpt[n]) {
			sendconn_puts(c, ";");
			sendparams_xtext(c, to->orcpt + n + 1);
		}
	}
	sendconn_puts(c, "\r\n");
}

int
sendparams_verified(void)
{
	const char *how = getenv("SSL_VERIFIED");

	return how && strcmp(how, "none") != 0;
}
