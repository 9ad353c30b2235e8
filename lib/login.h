/* SPDX-License-Identifier: ISC */
/* The way from a password a client sent to a verdict, over the border between
 * the process that talks to strangers and the monitor behind it.
 *
 *     stranger <-> front (no rights) <-socketpair-> monitor -> checkpassword
 *
 * The front forks off with priv_fork, drops its rights, and asks. The monitor
 * takes one bounded request at a time and runs a checkpassword program: fd 3
 * carries "user\0password\0time\0" (512 bytes at the most); exit 1 is bad,
 * 111 temporary. Our checkpw says "yes" over LOGINFD before it runs the next
 * program, so that the front can go at once. */
#ifndef LOGIN_H
#define LOGIN_H

#include <skalibs/tai.h>
#include <stddef.h>
#include <sys/types.h>

enum { LOGIN_REQUEST_MAX = 512, LOGIN_ANSWER_MAX = 4096, LOGIN_TAG_MAX = 64 };

enum login_verdict {
	LOGIN_YES,
	LOGIN_BAD, /* wrong user, password, or no right to this service here */
	LOGIN_TEMP /* could not be checked */
};

struct login_answer {
	size_t n;
	char s[LOGIN_ANSWER_MAX]; /* "USER=...\0" "FROM=...\0"..., if YES */
};

/* Front: asks the monitor on FD. A user or password with a NUL, or too long,
 * is LOGIN_BAD unasked. A monitor that is gone, or says nothing before the
 * deadline, is LOGIN_TEMP, and cannot say "yes" later. */
enum login_verdict login_ask(int fd, const char *user, size_t un,
    const char *password, size_t pn, struct login_answer *a,
    const tain *deadline);

/* The value of NAME ("USER", "FROM") in A after PREV (null: the first), or
 * null. */
const char *login_answer_get(
    const struct login_answer *a, const char *name, const char *prev);

/* Monitor of a service whose session goes on in the front (SMTP): answers
 * until the front closes, each by a child that runs ARGV (checkpw ...), and
 * returns. */
void login_serve(int fd, char *const *argv);

/* Monitor of a service whose session is another program (POP3, IMAP): on a
 * right password this process becomes ARGV's session, with the client on fd 0
 * and 1, after FRONT (the pid of priv_fork) has gone. Returns when the front
 * closes without a login, or when a session that had to be a child (see
 * below) has ended: the exit code of the last attempt, or 0.
 *
 * A child runs ARGV where it is no program of ours, or must be executed. Of a
 * foreign checkpassword program only the exit code tells something: 1 and 100
 * are bad; 2 and 111 are temporary; anything else was a session. */
int login_become(int fd, pid_t front, char *const *argv);

/* Front of login_become, before login_ask: the session, if there will be one,
 * answers the command with this tag (IMAPLOGINTAG): printable characters that a
 * tag of IMAP may have. 0; -1 the monitor cannot be told. */
int login_tag(int fd, const char *tag, const tain *deadline);

/* Front of login_become: the reply to STLS is sent, nothing of the client's is
 * left unread; has the monitor start TLS (UCSPI-TLS) and takes the plaintext
 * side as fd 0 and 1. 1; -1 failed: exit without another byte. */
int login_starttls(int fd, const tain *deadline);

/* checkpw: tells the monitor, if there is one (LOGINFD), that ENV ("USER=x",
 * "FROM=a@b"..., ended by a null pointer) is logged in; closes and unsets
 * LOGINFD. Dies 111 if it was there and cannot be told. */
void login_tell(const char *const *env);

#endif
