/* SPDX-License-Identifier: ISC */
/* Sums over the blocks of a CDB file. */
#include "vouch.h"

#include <errno.h>
#include <skalibs/allreadwrite.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "siphash.h"

enum { VOUCH_HEADER = 2048, VOUCH_SUM = 4, VOUCH_CHUNK = 4096 };

static uint32_t
vouch_unpack(const unsigned char *s)
{
	return (uint32_t)s[3] << 24 | (uint32_t)s[2] << 16 |
	    (uint32_t)s[1] << 8 | s[0];
}

static void
vouch_pack(unsigned char *s, uint32_t n)
{
	s[0] = n & 0xff;
	s[1] = n >> 8 & 0xff;
	s[2] = n >> 16 & 0xff;
	s[3] = n >> 24;
}

static uint32_t
vouch_sum(const struct vouch *v, size_t block)
{
	unsigned char key[SIPHASH_KEY] = {0};
	size_t pos = block * VOUCH_BLOCK, n = v->body - pos;

	vouch_pack(key, (uint32_t)block);
	return (uint32_t)siphash(
	    key, v->map + pos, n < VOUCH_BLOCK ? n : VOUCH_BLOCK);
}

static size_t
vouch_blocks(const struct vouch *v)
{
	return (v->body + VOUCH_BLOCK - 1) / VOUCH_BLOCK;
}

/* Where the last of the 256 hash tables ends, by the header. */
static size_t
vouch_end(const unsigned char *map)
{
	size_t i, end, last = VOUCH_HEADER;

	for (i = 0; i < VOUCH_HEADER; i += 8) {
		end = vouch_unpack(map + i) +
		    (size_t)vouch_unpack(map + i + 4) * 8;
		if (end > last)
			last = end;
	}
	return last;
}

int
vouch_open(struct vouch *v, const void *map, size_t size)
{
	if (size < VOUCH_HEADER)
		return 0;
	v->map = map;
	v->body = vouch_end(v->map);
	memset(v->seen, 0, sizeof v->seen);
	return v->body < size &&
	    size - v->body == vouch_blocks(v) * VOUCH_SUM &&
	    vouch_range(v, 0, VOUCH_HEADER);
}

int
vouch_range(struct vouch *v, size_t pos, size_t n)
{
	size_t block, last;
	uint32_t *seen;

	if (pos > v->body || n > v->body - pos)
		return 0;
	if (n == 0)
		return 1;
	last = (pos + n - 1) / VOUCH_BLOCK;
	for (block = pos / VOUCH_BLOCK; block <= last; block++) {
		seen = v->seen + block % VOUCH_SEEN;
		if (*seen == block + 1)
			continue;
		if (vouch_sum(v, block) !=
		    vouch_unpack(v->map + v->body + block * VOUCH_SUM))
			return 0;
		*seen = (uint32_t)block + 1;
	}
	return 1;
}

/* Writes the sums of all of V to FD. */
static int
vouch_write(const struct vouch *v, int fd)
{
	unsigned char sums[VOUCH_CHUNK];
	size_t block, n = 0;

	if (lseek(fd, 0, SEEK_END) < 0)
		return -1;
	for (block = 0; block < vouch_blocks(v); block++) {
		vouch_pack(sums + n, vouch_sum(v, block));
		n += VOUCH_SUM;
		if (n < sizeof sums && block + 1 < vouch_blocks(v))
			continue;
		if (allwrite(fd, (const char *)sums, n) < n)
			return -1;
		n = 0;
	}
	return 0;
}

int
vouch_add(int fd)
{
	struct vouch v = {0};
	struct stat st;
	void *map;
	int r;

	if (fstat(fd, &st) < 0)
		return -1;
	v.body = (size_t)st.st_size;
	map = mmap(0, v.body, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -1;
	v.map = map;
	if (v.body < VOUCH_HEADER || vouch_end(v.map) != v.body) {
		errno = EPROTO;
		r = -1;
	} else
		r = vouch_write(&v, fd);
	munmap(map, v.body);
	return r;
}
