/* SPDX-License-Identifier: ISC */
/* Privilege: who a process is, and giving that up for good. */
#include "priv.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "log.h"

/* Digits at *S as an id, *S behind them. 1, or 0 if there are none. */
static int
priv_number(const char **s, unsigned int *id)
{
	unsigned long n = 0;
	const char *p = *s;

	for (; *p >= '0' && *p <= '9'; p++)
		if ((n = n * 10 + (unsigned long)(*p - '0')) >= 0xffffffff)
			return 0;
	if (p == *s)
		return 0;
	*id = (unsigned int)n;
	*s = p;
	return 1;
}

static int
priv_name(const char *name, struct priv_id *id)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *p;

	if (!f)
		return -1;
	while ((p = fgetpwent(f)))
		if (strcmp(p->pw_name, name) == 0)
			break;
	if (p) {
		id->uid = p->pw_uid;
		id->gid = p->pw_gid;
	}
	fclose(f);
	return p != 0;
}

int
priv_id_scan(const char *s, struct priv_id *id)
{
	const char *p = s;

	if (*s < '0' || *s > '9')
		return priv_name(s, id);
	if (!priv_number(&p, &id->uid))
		return 0;
	if (!*p) {
		id->gid = id->uid;
		return 1;
	}
	return *p++ == ':' && priv_number(&p, &id->gid) && !*p;
}

void
priv_id_need(const char *what, const char *s, struct priv_id *id)
{
	switch (priv_id_scan(s, id)) {
	case 0:
		log_die(100, what, ": no user ", s, (char *)0);
	case -1:
		log_diesys(111, what, ": cannot look up ", s, (char *)0);
	}
}

/* chdir as ID, root in between. */
static int
priv_chdir(const struct priv_id *id, const char *dir)
{
	int r, saved;

	if (setegid(id->gid) < 0 || seteuid(id->uid) < 0)
		log_diesys(111, "cannot become the user", (char *)0);
	r = chdir(dir);
	saved = errno;
	if (seteuid(0) < 0 || setegid(0) < 0)
		log_diesys(111, "cannot become root again", (char *)0);
	errno = saved;
	return r;
}

int
priv_enter(const struct priv_id *id, const char *dir)
{
	if (geteuid() != 0)
		return chdir(dir);
	if (priv_chdir(id, dir) == 0)
		return 0;
	if (errno != EACCES || chdir(dir) < 0)
		return -1;
	return priv_chdir(id, ".");
}

static void
priv_become(const struct priv_id *id)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (setgroups(0, 0) < 0 || setresgid(id->gid, id->gid, id->gid) < 0 ||
	    setresuid(id->uid, id->uid, id->uid) < 0)
		log_diesys(111, "cannot give up privileges", (char *)0);
	if (getresuid(&r, &e, &s) < 0 || getresgid(&rg, &eg, &sg) < 0 ||
	    r != id->uid || e != id->uid || s != id->uid || rg != id->gid ||
	    eg != id->gid || sg != id->gid || (id->uid && setuid(0) == 0))
		log_die(
		    111, "privileges are not what they should be", (char *)0);
}

void
priv_drop(const struct priv_id *id, const char *dir)
{
	static const struct rlimit none = {0, 0};
	int root = geteuid() == 0;

	if (dir && chdir(dir) < 0)
		log_diesys(111, "cannot change to ", dir, (char *)0);
	if (dir && root && id && chroot(".") < 0)
		log_diesys(111, "cannot chroot to ", dir, (char *)0);
	if (id && (root || id->uid != geteuid() || id->gid != getegid()))
		priv_become(id);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_CORE, &none) < 0)
		log_diesys(111, "cannot restrict this process", (char *)0);
}

void
priv_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}
