/* SPDX-License-Identifier: ISC */
/* Fuzzes a session of smtpd that takes mail, with real rules: what it says it
 * has taken, and nothing else, is in the queue, whole, with a good envelope, and
 * without CR and NUL. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "queue/envelope.h"
#include "smtp/session.h"

int LLVMFuzzerInitialize(int *, char ***);
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
int cdbrules_main(int, char **);

static struct smtp_policies policies;
static char folder[64];
static int incoming;

/* Compiles TEXT as rules of TYPE. */
static void
compile(const char *type, const char *text)
{
	char file[128];
	char *argv[] = {
	    (char *)"cdbrules", (char *)"compile", (char *)type, file, 0};
	int status, in = memfd_create("source", 0);
	pid_t child;

	snprintf(file, sizeof file, "%s/%s.cdb", folder, type);
	if (in < 0 || write(in, text, strlen(text)) < 0 || lseek(in, 0, 0) < 0)
		abort();
	if ((child = fork()) == 0) {
		dup2(in, 0);
		_exit(cdbrules_main(4, argv));
	}
	close(in);
	if (waitpid(child, &status, 0) != child || status != 0)
		abort();
}

static void
remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", folder);
	if (system(command) != 0)
		abort();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char text[128];
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	(void)argc;
	(void)argv;
	snprintf(folder, sizeof folder, "%s/postern-fuzz.XXXXXX", base);
	if (!mkdtemp(folder))
		abort();
	atexit(remove_folder);
	compile("domains", "d.test\n");
	compile("mailboxes",
	    "c@d.test:{CRYPT}$6$rounds=1000$salt$PlC0qCt0Kp9zHnIhxUdtHwoLdvCSj3sLkyAD0FmvcIJMGzy7vVOeIkPZ4KQvHg0yK7cGjTfGBaJQRVnQ7iUYM.:1:1::/h::quota=1K\n");
	compile("aliases", "list@d.test: c@d.test\n@d.test: c@d.test\n");
	snprintf(text, sizeof text, "%s/incoming", folder);
	if (mkdir(text, 0700) < 0 ||
	    (incoming = open(text, O_RDONLY | O_DIRECTORY)) < 0)
		abort();
	snprintf(text, sizeof text, "relaycheck -c %s", folder);
	if (!smtp_policies_add(&policies, text))
		abort();
	smtp_policies_open(&policies, 0);
	setenv("TCPREMOTEIP", "192.0.2.1", 1);
	return 0;
}

/* The queue file NAME is whole; it is removed. */
static void
check(const char *name)
{
	struct envelope e;
	uint64_t size;
	struct stat st;
	char *text;
	int fd = openat(incoming, name, O_RDONLY);

	if (fd < 0 || !envelope_name(name, &size) || fstat(fd, &st) < 0 ||
	    (uint64_t)st.st_size != size || envelope_read(fd, &e) != 1 ||
	    !e.to_n || (size_t)st.st_size <= e.body)
		abort();
	size -= e.body;
	text = malloc(size);
	if (!text || pread(fd, text, size, (off_t)e.body) != (ssize_t)size)
		abort();
	if (memchr(text, '\r', size) || memchr(text, 0, size) ||
	    text[size - 1] != '\n' || memcmp(text, "Received: ", 10) != 0)
		abort();
	free(text);
	envelope_free(&e);
	close(fd);
	unlinkat(incoming, name, 0);
}

/* How many messages are in the queue, which is emptied. */
static unsigned int
taken(void)
{
	DIR *d = fdopendir(openat(incoming, ".", O_RDONLY | O_DIRECTORY));
	unsigned int n = 0;
	struct dirent *e;

	if (!d)
		abort();
	while ((e = readdir(d)))
		if (e->d_name[0] != '.') {
			check(e->d_name);
			n++;
		}
	closedir(d);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct smtp_session s;
	static char buf[SMTP_BUFFER];
	int in = memfd_create("session", 0), out = open("/dev/null", O_WRONLY);

	if (in < 0 || out < 0 || write(in, data, n) != (ssize_t)n ||
	    lseek(in, 0, 0) < 0)
		abort();
	memset(&s, 0, offsetof(struct smtp_session, t));
	smtp_transaction_clear(&s.t);
	s.policies = policies;
	s.host = "mx.test";
	s.size_max = 1000;
	s.rcpt_max = 3;
	s.seconds = s.session = 5;
	s.fix = n & 1;
	s.tls = UCSPITLS_OFF;
	s.incoming = incoming;
	s.login = -1;
	line_init(&s.in, in, LINE_BUFFER, buf + 1, sizeof buf - 1);
	reply_init(&s.out, out, 5);
	smtp_session_run(&s);
	if (taken() != s.mails)
		abort();
	close(in);
	close(out);
	return 0;
}
