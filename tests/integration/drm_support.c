/* SPDX-License-Identifier: MIT */
#include "drm_support.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pattern.h"

int card = -1;

int open_node(const char *node)
{
	int fd = open(node, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fail_msg("%s: %s", node, strerror(errno));
	return fd;
}

uint32_t next_handle(void)
{
	uint32_t handle, pitch;
	uint64_t size;

	assert_int_equal(drmModeCreateDumbBuffer(card, 8, 8, 32, 0, &handle,
						 &pitch, &size), 0);
	assert_int_equal(drmCloseBufferHandle(card, handle), 0);
	return handle;
}

void expect_ok(int r, const struct dmaload_error *err)
{
	if (r < 0)
		fail_msg("%s", err->message);
}

void expect_refusal(int r, int code, const struct dmaload_error *err,
		    const char *word)
{
	if (r != code)
		fail_msg("%d instead of %d: %s", r, code,
			 r < 0 ? err->message : "no error");
	assert_int_equal(err->code, code);
	if (!strstr(err->message, word))
		fail_msg("\"%s\" does not say \"%s\"", err->message, word);
	if (strchr(err->message, '\n'))
		fail_msg("\"%s\" is more than a line", err->message);
}

int open_vgem(void **state)
{
	drmVersion *version;
	int r = -1;

	(void)state;
	card = open(CARD, O_RDWR | O_CLOEXEC);
	version = card >= 0 ? drmGetVersion(card) : NULL;
	if (version && strcmp(version->name, "vgem") == 0)
		r = 0;
	else
		print_error("%s is not vgem's\n", CARD);
	drmFreeVersion(version);
	return r;
}

int close_vgem(void **state)
{
	(void)state;
	return close(card);
}

struct dmaload_buffer *swap_in(struct kit *kit, struct dmaload_buffer *buffer)
{
	struct dmaload_buffer *ours = kit->buffer;

	kit->buffer = buffer;
	kit_guard(kit);
	return ours;
}

void check_by_driver(int fd, uint32_t handle, uint64_t size, uint64_t length)
{
	unsigned char *map;
	uint64_t offset;

	assert_int_equal(drmModeMapDumbBuffer(fd, handle, &offset), 0);
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)offset);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(pattern_differs(map, length, 0), length);
	for (; length < size; length++)
		assert_int_equal(map[length], GUARD);
	munmap(map, size);
}
