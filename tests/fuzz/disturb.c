/* SPDX-License-Identifier: MIT */
/* Act as other processes, and as a kernel whose calls fail. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "input.h"
#include "setting.h"

/* Draw a range of a file, perhaps an empty one. */
static void draw_range(const struct node *node, uint64_t *offset,
		       uint64_t *length)
{
	const uint64_t size = node->fake->size;

	*offset = size > 0 ? input_word() % size : 0;
	*length = size > 0 ? input_word() % (size - *offset + 1) : 0;
}

static void evict(struct node *node, uint64_t offset, uint64_t length)
{
	struct fake_node *of = node->fake;
	uint64_t page;

	for (page = offset / FAKE_PAGE; page < of->cached_pages &&
	     page * FAKE_PAGE < offset + length; page++)
		if (!of->dirty[page])
			of->resident[page] = false;
}

void setting_disturb_cache(struct node *node)
{
	uint64_t offset, length;

	if (node->is_stream)
		return;
	setting.disturbed = true;
	draw_range(node, &offset, &length);
	if (input_below(2) == 0)
		fake_cache(node->fake, offset, length);
	else
		evict(node, offset, length);
}

static void resize(struct node *node, uint64_t size)
{
	if (node->fake->kind != FAKE_FILE)
		return;
	fake_resize(node->fake, size);
	content_adopt(&node->content, node->fake->bytes, size);
}

/* Change how the file system treats direct I/O. */
static void change_file_system(struct fake_node *of)
{
	static const int opens[] = { 0, -EINVAL, -EOPNOTSUPP, -EACCES };
	static const int reads[] = { 0, -EINVAL, -EOPNOTSUPP, -EIO, -EFAULT };

	of->direct_error = opens[input_below(4)];
	of->direct_read_error = reads[input_below(5)];
	of->silently_buffered = input_one_in(3);
	of->buffered_from = input_one_in(2) ? input_word() : 0;
	of->no_allocate = input_one_in(3);
}

static void change_later(struct fake_node *of)
{
	if (input_below(2) == 0) {
		of->evict_after = 1 + input_below(8);
		of->evict_offset = input_word();
		of->evict_length = input_word();
	} else if (of->kind == FAKE_FILE) {
		of->shrink_after = 1 + input_below(8);
		of->shrunk_size = input_word();
	}
}

void setting_disturb(struct node *node)
{
	uint64_t offset, length;

	if (node->is_stream) {
		node->fake->stalls = input_below(4);
		return;
	}
	setting.disturbed = true;
	switch (input_below(8)) {
	case 0:
	case 1:
		setting_disturb_cache(node);
		break;
	case 2:
		draw_range(node, &offset, &length);
		fake_dirty(node->fake, offset, length);
		content_adopt(&node->content, node->fake->bytes,
			      node->fake->size);
		break;
	case 3:
		resize(node, input_word());
		break;
	case 4:
		if (node->fake->kind == FAKE_FILE)
			node->fake->room = input_one_in(2) ? 1 + input_word() : 0;
		break;
	case 5:
		node->fake->may_write = input_one_in(2);
		node->fake->st.uid = input_one_in(2);
		break;
	case 6:
		change_file_system(node->fake);
		break;
	default:
		change_later(node->fake);
		break;
	}
}

/* Calls, and codes with which the kernel may fail them. The inputs depend on the
 * order: add new entries at the end. */
static const struct {
	enum fake_call call;
	int code;
} failures[] = {
	{ FAKE_READ, -EIO }, { FAKE_READ, -EINTR }, { FAKE_READ, -EAGAIN },
	{ FAKE_READ, -EINVAL }, { FAKE_READ, -ENOMEM }, { FAKE_READ, 1 },
	{ FAKE_READ, 512 }, { FAKE_READ, 3000 }, { FAKE_READ, 4096 },
	{ FAKE_READ_AT, -EIO }, { FAKE_READ_AT, -EINTR },
	{ FAKE_READ_AT, -EINVAL }, { FAKE_READ_AT, -EFAULT },
	{ FAKE_WRITE_AT, -ENOSPC }, { FAKE_WRITE_AT, -EINTR },
	{ FAKE_WRITE_AT, -EIO }, { FAKE_READ_STREAM, -EIO },
	{ FAKE_READ_STREAM, -EAGAIN }, { FAKE_READ_STREAM, -EFAULT },
	{ FAKE_WAIT_READABLE, -EINTR }, { FAKE_WAIT_READABLE, -ENOMEM },
	{ FAKE_SYNC, -EINTR }, { FAKE_SYNC, -ENOMEM }, { FAKE_SYNC, -EAGAIN },
	{ FAKE_RING_CREATE, -EPERM }, { FAKE_RING_CREATE, -EMFILE },
	{ FAKE_RING_CREATE, -ENOMEM }, { FAKE_THREADS_CREATE, -EAGAIN },
	{ FAKE_RING_REGISTER, -ENOMEM }, { FAKE_RING_SUBMIT, -EINTR },
	{ FAKE_RING_SUBMIT, -EBUSY }, { FAKE_RING_SUBMIT, -EBADR },
	{ FAKE_RING_WAIT, -EINTR }, { FAKE_RING_WAIT, -EBADR },
	{ FAKE_MAP, -ENOMEM }, { FAKE_MADVISE, -EINVAL },
	{ FAKE_MADVISE, -ENOMEM }, { FAKE_PAGEMAP, -ENOTTY },
	{ FAKE_FADVISE, -EINVAL }, { FAKE_CACHESTAT, -EPERM },
	{ FAKE_MINCORE, -ENOMEM }, { FAKE_MEMFD_CREATE, -EMFILE },
	{ FAKE_TRUNCATE, -ENOMEM }, { FAKE_SEAL, -EPERM },
	{ FAKE_HEAP_ALLOC, -ENOMEM }, { FAKE_UDMABUF, -ENOMEM },
	{ FAKE_THREAD, -EAGAIN }, { FAKE_EVENT, -EMFILE },
	{ FAKE_ALLOCATE, -ENOSPC }, { FAKE_ALLOCATE, -EOPNOTSUPP },
	{ FAKE_WRITE_BACK, -EIO }, { FAKE_WRITE_BACK, -ESPIPE },
	{ FAKE_FSYNC, -EIO }, { FAKE_OPEN, -EMFILE }, { FAKE_OPEN, -EACCES },
	{ FAKE_DUP, -EMFILE }, { FAKE_GET_FLAGS, -EBADF },
	{ FAKE_SET_FLAGS, -EPERM }, { FAKE_STAT_FD, -ENOMEM },
	{ FAKE_STAT_PATH, -EACCES }, { FAKE_CACHESTAT, -ENOSYS },
	{ FAKE_READ_TEXT, -ENOENT }, { FAKE_LIST, -EACCES },
	{ FAKE_SIZE, -EOVERFLOW }, { FAKE_FS_MAGIC, -ENOSYS },
};

#define N_FAILURES (sizeof(failures) / sizeof(failures[0]))
/* How often a call may fail that the library has to repeat. */
#define TIMES_MAX 4
#define RULES_MAX 6

static bool is_repeated(int code)
{
	return code == -EINTR || code == -EAGAIN || code == -EBUSY || code > 0;
}

void setting_inject(void)
{
	static unsigned rules;
	uint32_t which, first, times;

	if (!setting.faulty)
		rules = 0;
	setting.faulty = true;
	which = input_byte();
	if (which >= 250) {
		fake_fail_at_random(5 + input_below(60));
		return;
	}
	if (which >= 200) {
		fake_fail_nth(1 + input_byte(), which % 4);
		return;
	}
	if (rules++ >= RULES_MAX)
		return;
	which %= N_FAILURES;
	first = 1 + input_below(16);
	times = input_below(TIMES_MAX + 1);
	if (times == 0 && is_repeated(failures[which].code))
		times = TIMES_MAX;
	fake_fail_calls(failures[which].call, first, times,
			failures[which].code);
}

/* Stop failing calls. A udmabuf that could not be made stays broken: replace it. */
void setting_recover(void)
{
	unsigned i;

	if (!setting.faulty)
		return;
	fake_fail_nothing();
	setting.faulty = false;
	for (i = 0; i < BUFFERS; i++)
		if (setting.memories[i].buffer &&
		    dmaload_buffer_wait(setting.memories[i].buffer, NULL) < 0)
			setting_destroy(&setting.memories[i]);
}

/* Return whether the library can leave the page cache of a file as it was: it needs
 * the right to query it, and a file system without silent buffering. */
static bool is_clear(const struct node *node)
{
	const struct fake_node *of = node->fake;

	return !node->is_stream && !of->silently_buffered &&
	       (of->may_write || of->st.uid == 0) && of->evict_after == 0 &&
	       of->shrink_after == 0;
}

/* Simultaneous demands for a page may take pages that another demand has
 * brought in for pages that were resident before. */
static void check_pages(const struct node *node, bool stored)
{
	const struct fake_node *of = node->fake;
	bool before, after;
	uint64_t page;

	for (page = 0; page < of->cached_pages; page++) {
		before = node->resident[page];
		after = of->resident[page];
		if (after && !before && node->wanted[page] < 2)
			FUZZ_FAIL("page %llu of file %u is left in the page "
				  "cache", (unsigned long long)page,
				  (unsigned)(node - setting.nodes));
		if (before && !after && !stored)
			FUZZ_FAIL("page %llu of file %u was dropped, and was "
				  "there before", (unsigned long long)page,
				  (unsigned)(node - setting.nodes));
	}
}

void setting_check_cache(bool keep, bool stored)
{
	const bool others = setting.faulty || setting.disturbed;
	struct node *node;
	uint64_t page;
	unsigned i;

	for (i = 0; i < NODES; i++) {
		node = &setting.nodes[i];
		if (!others && !keep && is_clear(node))
			check_pages(node, stored);
		memset(node->resident, 0, sizeof(node->resident));
		memset(node->wanted, 0, sizeof(node->wanted));
		for (page = 0; page < node->fake->cached_pages; page++)
			node->resident[page] = node->fake->resident[page];
	}
	setting.disturbed = false;
}
