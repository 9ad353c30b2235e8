/* SPDX-License-Identifier: ISC */
/* Rule sources of every type (the first byte says which), compiled into
 * nothing. */
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cdb/type.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const types[] = {"ip", "relay", "users", "mailboxes",
	    "groups", "domains", "aliases", "routes"};
	static int quiet = -1;
	int fd = memfd_create("source", 0), err = dup(2);

	if (quiet < 0)
		quiet = open("/dev/null", O_WRONLY);
	if (n < 1 || fd < 0 || write(fd, data + 1, n - 1) != (ssize_t)n - 1 ||
	    lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		close(err);
		return 0;
	}
	dup2(quiet, 2); /* the messages */
	compile_run(type_find(types[data[0] % 8]), 0, "fuzz", fd, 0, 0);
	dup2(err, 2);
	close(err);
	close(fd);
	return 0;
}
