/* SPDX-License-Identifier: MIT */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>

#include "fake_parts.h"

struct fake fake;
struct dmaload_ctx *const fake_ctx = (struct dmaload_ctx *)&fake;

int refuse(struct dmaload_error *err, int code, const char *reason)
{
	if (err) {
		err->code = code;
		snprintf(err->message, sizeof(err->message), "%s", reason);
	}
	return code;
}

void fake_reset(void)
{
	fake_jobs_reset();
	fake = (struct fake){ 0 };
}

void fake_check_empty(void)
{
	assert_int_equal(fake.buffers, 0);
	fake_jobs_check_empty();
}

unsigned char fake_byte(const struct dmaload_file *file, uint64_t offset)
{
	uint64_t z = (offset / 16 + 1) * 0x9e3779b97f4a7c15u + file->number;

	z = (z ^ z >> 29) * 0xbf58476d1ce4e5b9u;
	return (unsigned char)((z >> 40) + offset % 16);
}

bool fake_holds(const struct dmaload_cache_slot *slot,
		const struct dmaload_file *file, uint64_t offset)
{
	const unsigned char *bytes = slot->data;
	uint64_t i;

	for (i = 0; i < slot->length; i++)
		if (bytes[i] != fake_byte(file, offset + i))
			return false;
	return slot->data == (unsigned char *)dmaload_buffer_map(slot->buffer) +
			     slot->buffer_offset;
}

struct dmaload_buffer *fake_buffer(uint64_t size)
{
	struct dmaload_buffer *buffer = malloc(sizeof(*buffer));

	MUST(buffer);
	buffer->bytes = malloc(size);
	buffer->size = size;
	MUST(buffer->bytes);
	return buffer;
}

void fake_buffer_free(struct dmaload_buffer *buffer)
{
	free(buffer->bytes);
	free(buffer);
}

int dmaload_buffer_create(struct dmaload_buffer **out, const char *source,
			  uint64_t size, struct dmaload_error *err)
{
	(void)source;
	if (fake.buffer_fails > 0 && --fake.buffer_fails == 0)
		return refuse(err, fake.buffer_error, "no buffer");
	*out = fake_buffer(size);
	fake.buffers++;
	return 0;
}

void dmaload_buffer_destroy(struct dmaload_buffer *buffer)
{
	if (!buffer)
		return;
	fake.buffers--;
	fake_buffer_free(buffer);
}

uint64_t dmaload_buffer_size(const struct dmaload_buffer *buffer)
{
	return buffer->size;
}

void *dmaload_buffer_map(const struct dmaload_buffer *buffer)
{
	return buffer->bytes;
}

uint64_t dmaload_file_size(const struct dmaload_file *file)
{
	return file->size;
}

const char *dmaload_file_name(const struct dmaload_file *file)
{
	(void)file;
	return "file";
}
