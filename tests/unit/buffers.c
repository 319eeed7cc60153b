/* SPDX-License-Identifier: MIT */
#include "buffers.h"

#include <string.h>

#include "buffer/buffer.h"

struct dmaload_error refusal;

static struct dmaload_buffer *const untouched = (void *)&refusal;

static void check_refusal(int r, const struct dmaload_buffer *buffer, int code,
			  const char *message)
{
	assert_int_equal(r, code);
	assert_int_equal(refusal.code, code);
	check_says(refusal.message, message);
	assert_ptr_equal(buffer, untouched);
	fake_check_balanced();
}

void expect_refusal(const char *source, uint64_t size, int code,
		    const char *message)
{
	struct dmaload_buffer *buffer = untouched;
	int r;

	memset(&refusal, 0, sizeof(refusal));
	r = dmaload_buffer_create(&buffer, source, size, &refusal);
	check_refusal(r, buffer, code, message);
}

void expect_fd_refusal(int fd, int code, const char *message)
{
	struct dmaload_buffer *buffer = untouched;
	int r;

	memset(&refusal, 0, sizeof(refusal));
	r = dmaload_buffer_from_fd(&buffer, fd, &refusal);
	check_refusal(r, buffer, code, message);
}

static const struct dmaload_source *
recommended(const struct dmaload_sources *list)
{
	const struct dmaload_source *source, *found = NULL;
	size_t i;

	for (i = 0; (source = dmaload_sources_get(list, i)); i++) {
		assert_in_range(source->recommended, 0, 1);
		assert_true(source->reason[0] != '\0');
		assert_int_equal(source->remedy[0] != '\0', source->access < 0);
		assert_false(source->recommended && (found || source->access < 0));
		if (source->recommended)
			found = source;
	}
	assert_int_equal(dmaload_sources_count(list), i);
	return found;
}

static struct dmaload_sources *list_sources(uint64_t size)
{
	struct dmaload_sources *list;

	memset(&refusal, 0, sizeof(refusal));
	if (dmaload_sources_create(&list, size, &refusal) != 0)
		fail_msg("%s", refusal.message);
	assert_int_equal(refusal.code, 0);
	fake_check_balanced();
	return list;
}

void find_source(struct listed *found, const char *name, uint64_t size)
{
	struct dmaload_sources *list = list_sources(size);
	const struct dmaload_source *source;
	size_t i = 0;

	recommended(list);
	while ((source = dmaload_sources_get(list, i)) &&
	       strcmp(source->name, name) != 0)
		i++;
	assert_non_null(source);
	found->access = source->access;
	found->max_bytes = source->max_bytes;
	found->recommended = source->recommended;
	strcpy(found->remedy, source->remedy);
	strcpy(found->reason, source->reason);
	dmaload_sources_destroy(list);
}

void expect_recommended(const char *name, uint64_t size, const char *reason)
{
	struct dmaload_sources *list = list_sources(size);
	const struct dmaload_source *source = recommended(list);

	if (!name) {
		assert_null(source);
	} else {
		assert_non_null(source);
		assert_string_equal(source->name, name);
		check_says(source->reason, reason);
	}
	dmaload_sources_destroy(list);
}

void expect_buffer(const char *source, const char *label)
{
	struct dmaload_buffer *buffer;

	memset(&refusal, 0, sizeof(refusal));
	if (dmaload_buffer_create(&buffer, source, 5000, &refusal) != 0)
		fail_msg("%s", refusal.message);
	assert_int_equal(refusal.code, 0);
	assert_string_equal(dmaload_buffer_source(buffer), label);
	assert_int_equal(dmaload_buffer_size(buffer), 8192);
	assert_non_null(dmaload_buffer_map(buffer));
	assert_true(buffer->alloc_ns > 0);
	assert_int_equal(fake_node_of(dmaload_buffer_fd(buffer))->size, 8192);
	dmaload_buffer_destroy(buffer);
}
