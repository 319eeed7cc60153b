/* SPDX-License-Identifier: MIT */
#include "buffers.h"

#include <string.h>

struct dmaload_error refusal;

void expect_refusal(const char *source, uint64_t size, int code,
		    const char *message)
{
	struct dmaload_buffer *untouched = (void *)&refusal;
	struct dmaload_buffer *buffer = untouched;

	memset(&refusal, 0, sizeof(refusal));
	assert_int_equal(dmaload_buffer_create(&buffer, source, size, &refusal),
			 code);
	assert_int_equal(refusal.code, code);
	if (!strstr(refusal.message, message))
		fail_msg("\"%s\" does not say \"%s\"", refusal.message,
			 message);
	assert_ptr_equal(buffer, untouched);
	fake_check_balanced();
}

void expect_fd_refusal(int fd, int code, const char *message)
{
	struct dmaload_buffer *untouched = (void *)&refusal;
	struct dmaload_buffer *buffer = untouched;

	memset(&refusal, 0, sizeof(refusal));
	assert_int_equal(dmaload_buffer_from_fd(&buffer, fd, &refusal), code);
	assert_int_equal(refusal.code, code);
	if (!strstr(refusal.message, message))
		fail_msg("\"%s\" does not say \"%s\"", refusal.message,
			 message);
	assert_ptr_equal(buffer, untouched);
	fake_check_balanced();
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
	assert_true(dmaload_buffer_alloc_ns(buffer) > 0);
	assert_int_equal(fake_node_of(dmaload_buffer_fd(buffer))->size, 8192);
	dmaload_buffer_destroy(buffer);
}
