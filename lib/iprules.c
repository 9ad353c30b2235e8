/* SPDX-License-Identifier: ISC */
/* Which ip rule decides about a client.
 *
 * Keys: ip_key of each prefix; '=' and a host name or suffix in lower case;
 * ":" the default; "/" the prefix lengths in use, longest first ("4=32 24"
 * and "6=128 64"), so that a lookup asks only for lengths that exist, and which
 * verdicts =host rules have ("allow", "deny"). */
#include "iprules.h"

#include <errno.h>
#include <skalibs/bytestr.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

static int
iprules_damaged(void)
{
	errno = EPROTO;
	return -1;
}

/* Takes the record found in V->value apart. 1, or -1 damaged. */
static int
iprules_fill(struct iprules_verdict *v)
{
	const char *verdict = rules_get(&v->value, ".verdict");

	v->line = rules_get(&v->value, ".line");
	v->text = rules_get(&v->value, ".text");
	if (!verdict || !v->line || !v->text)
		return iprules_damaged();
	v->allow = strcmp(verdict, "allow") == 0;
	return v->allow || strcmp(verdict, "deny") == 0 ? 1 : iprules_damaged();
}

static int
iprules_key(
    struct rules *r, const char *key, size_t n, struct iprules_verdict *v)
{
	int found = rules_find(r, key, n, &v->value);

	return found > 0 ? iprules_fill(v) : found;
}

/* The prefix lengths of *LIST from MIN to MAX, as long as there are some. */
static int
iprules_prefixes(struct rules *r, const struct ip *ip, const char **list,
    unsigned long min, unsigned long max, struct iprules_verdict *v)
{
	char key[IP_KEY], *end;
	unsigned long plen;
	int found;

	while (**list) {
		plen = strtoul(*list, &end, 10);
		if (end == *list || plen > max)
			return iprules_damaged();
		if (plen < min)
			return 0;
		*list = *end == ' ' ? end + 1 : end;
		max = plen;
		found =
		    iprules_key(r, key, ip_key(key, ip, (unsigned int)plen), v);
		if (found)
			return found;
	}
	return 0;
}

/* =host itself (WHOLE), or its shorter and shorter suffixes and "=". */
static int
iprules_host(
    struct rules *r, const char *host, int whole, struct iprules_verdict *v)
{
	char key[ADDRESS_DOMAIN_MAX + 2];
	size_t i, n = strlen(host);
	int found;

	if (n > ADDRESS_DOMAIN_MAX)
		return 0;
	key[0] = '=';
	memcpy(key + 1, host, n + 1);
	case_lowers(key);
	if (whole)
		return iprules_key(r, key, n + 1, v);
	for (i = 0; i < n; i++) {
		if (key[1 + i] != '.')
			continue;
		key[i] = '='; /* the byte before the dot is done with */
		if ((found = iprules_key(r, key + i, n + 1 - i, v)))
			return found;
	}
	return iprules_key(r, "=", 1, v);
}

int
iprules_find(struct rules *r, const struct ip *ip, const char *host,
    struct iprules_verdict *v)
{
	struct rules_value lengths;
	const char *list;
	unsigned long full = ip->len * 8UL;
	int found = rules_find(r, "/", 1, &lengths);

	if (found <= 0 || !(list = rules_get(&lengths, full == 32 ? "4" : "6")))
		return iprules_damaged();
	v->exact = 1;
	if ((found = iprules_prefixes(r, ip, &list, full, full, v)))
		return found;
	v->exact = 0;
	if (host && (found = iprules_host(r, host, 1, v)))
		return found;
	if ((found = iprules_prefixes(r, ip, &list, 0, full, v)))
		return found;
	if (host && (found = iprules_host(r, host, 0, v)))
		return found;
	return iprules_key(r, ":", 1, v);
}

int
iprules_hosts(struct rules *r, int allow)
{
	struct rules_value v;

	if (rules_find(r, "/", 1, &v) <= 0)
		return iprules_damaged();
	return rules_get(&v, allow ? "allow" : "deny") != 0;
}

/* Names that would change what programs are run or how they behave, and names
 * that only the chain itself may set. One that ends in '*' is a beginning. */
static const char *const iprules_fixed[] = {"LD_*", "GLIBC_*", "GCONV_PATH",
    "MALLOC_*", "LOCPATH", "NLSPATH", "PATH", "IFS", "ENV", "BASH_*", "SHELL",
    "SHELLOPTS", "PERL*", "PYTHON*", "RUBY*", "POSTERN_*", "CONNID", "LOGINFD",
    "CONNFD", "LOGINFAILDIR", "SSL*", "PROTO", "TCPREMOTEIP", "TCPREMOTEPORT",
    "TCPLOCALIP", "TCPLOCALPORT", "USER", "HOME", "UID", "GID", 0};

int
iprules_settable(const char *name, size_t n)
{
	const char *const *f;
	size_t i;

	for (i = 0; i < n; i++)
		if (!(name[i] == '_' || (name[i] >= 'A' && name[i] <= 'Z') ||
			(name[i] >= 'a' && name[i] <= 'z') ||
			(i && name[i] >= '0' && name[i] <= '9')))
			return -1;
	for (f = iprules_fixed; *f; f++) {
		i = strcspn(*f, "*");
		if (strncmp(name, *f, i < n ? i : n) == 0 &&
		    ((*f)[i] ? n >= i : n == i))
			return 0;
	}
	return n ? 1 : -1;
}
