/* SPDX-License-Identifier: MIT */
#include "buffer/buffer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "buffer/source_default.h"
#include "buffer/populate.h"
#include "sys/error.h"
#include "sys/sys.h"

/* mmap(2) takes a size_t, which has 32 bits in a 32-bit process. */
int buffer_check_size(uint64_t size, struct dmaload_error *err)
{
	if (size > SIZE_MAX)
		return fail(err, -EOVERFLOW, "a 32-bit process cannot map %"
			    PRIu64 " bytes: load less, or use a 64-bit program",
			    size);
	if (size == 0)
		return fail(err, -EOVERFLOW, "a buffer of 0 bytes cannot be "
			    "mapped");
	return 0;
}

static int buffer_map(struct dmaload_buffer *buffer, struct dmaload_error *err)
{
	int prot = PROT_READ | (buffer->writable ? PROT_WRITE : 0);
	int r;

	r = buffer_check_size(buffer->size, err);
	if (r < 0)
		return r;
	buffer->map_size = (size_t)buffer->size;
	r = sys_map(&buffer->map, buffer->map_size, prot, MAP_SHARED,
		    buffer->map_fd, 0);
	if (r < 0)
		return fail(err, r, "cannot map the %" PRIu64 " bytes of the "
			    "%s buffer: %s", buffer->size, buffer->label,
			    error_text(r));
	return 0;
}

static int buffer_make(struct dmaload_buffer **out,
		       const struct source_ops *ops,
		       const struct source_request *request,
		       struct dmaload_error *err)
{
	struct dmaload_buffer *buffer;
	uint64_t begin = sys_now();
	int r;

	buffer = calloc(1, sizeof(*buffer));
	if (!buffer)
		return fail(err, -ENOMEM, "no memory for a buffer's record");
	buffer->ops = ops;
	buffer->fd = buffer->map_fd = -1;
	buffer->pages_code = -ENODATA;
	atomic_init(&buffer->refs, 1);

	r = ops->open(buffer, request, err);
	if (r == 0 && !buffer->map)
		r = buffer_map(buffer, err);
	if (r == 0 && ops->settle)
		r = ops->settle(buffer, request, err);
	if (r < 0) {
		buffer_unref(buffer);
		return r;
	}

	buffer->alloc_ns = sys_now() - begin;
	*out = buffer;
	return 0;
}

int buffer_create(struct dmaload_buffer **out, const char *source,
		  uint64_t size, const struct dmaload_buffer *after,
		  struct promise *promised, struct dmaload_error *err)
{
	struct source_default choice;
	struct source_request request = {
		.fd = -1,
		.after = after,
		.promised = promised,
	};
	const uint64_t mask = sys_page_size() - 1;
	const struct source_ops *ops;
	int r;

	if (size > INT64_MAX - mask)
		return fail(err, -EOVERFLOW, "%" PRIu64 " bytes exceed the "
			    "largest file offset", size);
	request.size = (size + mask) & ~mask;
	/* Check before anything is allocated. */
	r = buffer_check_size(request.size, err);
	if (r < 0)
		return r;
	if (!source) {
		r = source_default_query(size, &choice, err);
		if (r < 0)
			return r;
		source = choice.source;
	}
	ops = source_find(source, &request.arg);
	return buffer_make(out, ops, &request, err);
}

int dmaload_buffer_create(struct dmaload_buffer **out, const char *source,
			  uint64_t size, struct dmaload_error *err)
{
	if (!out || size == 0)
		return fail(err, -EINVAL, "a buffer needs a size of at least 1 "
			    "byte, and a pointer to return it in");
	return buffer_create(out, source, size, NULL, NULL, err);
}

int dmaload_buffer_from_fd(struct dmaload_buffer **out, int fd,
			   struct dmaload_error *err)
{
	struct source_request request = { .fd = fd };

	if (!out)
		return fail(err, -EINVAL, "the pointer for the buffer is NULL");
	return buffer_make(out, &source_foreign, &request, err);
}

int dmaload_buffer_from_memory(struct dmaload_buffer **out, void *memory,
			       uint64_t size, struct dmaload_error *err)
{
	struct source_request request = {
		.fd = -1,
		.memory = memory,
		.size = size,
	};

	if (!out || !memory || size == 0)
		return fail(err, -EINVAL, "a buffer of the caller's memory "
			    "needs an address, a size of at least 1 byte, and "
			    "a pointer to return it in");
	return buffer_make(out, &source_memory, &request, err);
}

struct dmaload_buffer buffer_none = {
	.ops = &source_memory,
	.fd = -1,
	.map_fd = -1,
	.size = UINT64_MAX,
	.writable = true,
	.refs = 1,
	.pages_code = -ENODATA,
	.label = "missing",
};

void buffer_ref(struct dmaload_buffer *buffer)
{
	atomic_fetch_add(&buffer->refs, 1);
}

void buffer_unref(struct dmaload_buffer *buffer)
{
	if (atomic_fetch_sub(&buffer->refs, 1) > 1)
		return;
	populate_destroy(buffer->populate);
	promise_end(&buffer->promise);
	if (buffer->map && buffer->map_fd >= 0)
		sys_unmap(buffer->map, buffer->map_size);
	if (buffer->map_fd >= 0 && buffer->map_fd != buffer->fd)
		sys_close(buffer->map_fd);
	if (buffer->fd >= 0)
		sys_close(buffer->fd);
	free(buffer);
}

/* Memory without an fd is the caller's, who may free it next. So wait for the
 * loads that use it. */
void dmaload_buffer_destroy(struct dmaload_buffer *buffer)
{
	void (*cancel_loads)(struct dmaload_buffer *buffer);

	if (!buffer)
		return;
	cancel_loads = buffer->cancel_loads;
	if (buffer->map_fd < 0 && cancel_loads)
		cancel_loads(buffer);
	buffer_unref(buffer);
}

void buffer_give_up(struct dmaload_buffer *buffer)
{
	if (buffer->populate && atomic_load(&buffer->refs) == 1)
		populate_stop(buffer->populate);
}

bool buffer_is_made(const struct dmaload_buffer *buffer)
{
	return !buffer->populate || populate_is_done(buffer->populate);
}

/* A buffer that could not be made has no fd. */
bool buffer_is_idle(const struct dmaload_buffer *buffer)
{
	return !buffer->ops->dmabuf || buffer->fd < 0 ||
	       sys_dmabuf_is_idle(buffer->fd);
}

uint64_t buffer_made_ns(const struct dmaload_buffer *buffer, uint64_t begin,
			uint64_t end)
{
	return buffer->populate ? populate_ns(buffer->populate, begin, end) : 0;
}

void buffer_inspect_pages(struct dmaload_buffer *buffer)
{
	buffer->pages_code = pages_inspect_shared(buffer->map, buffer->size,
						  &buffer->pages);
}

int buffer_populate_range(struct dmaload_buffer *buffer, uint64_t offset,
			  uint64_t length, struct dmaload_error *err)
{
	return buffer->populate ? populate_range(buffer->populate, offset,
						 length, err) :
			       0;
}

void buffer_wait_near(struct dmaload_buffer *buffer, uint64_t end)
{
	if (buffer->populate)
		populate_wait_near(buffer->populate, end);
}

int dmaload_buffer_wait(const struct dmaload_buffer *buffer,
			struct dmaload_error *err)
{
	if (!buffer)
		return fail(err, -EINVAL, "no buffer");
	return buffer->populate ? populate_wait(buffer->populate, err) : 0;
}

int dmaload_buffer_fd(const struct dmaload_buffer *buffer)
{
	const int r = dmaload_buffer_wait(buffer, NULL);

	return r < 0 ? r : buffer->fd;
}

uint64_t dmaload_buffer_size(const struct dmaload_buffer *buffer)
{
	return buffer ? buffer->size : 0;
}

void *dmaload_buffer_map(const struct dmaload_buffer *buffer)
{
	return buffer ? (char *)buffer->map + buffer->lead : NULL;
}

const char *dmaload_buffer_source(const struct dmaload_buffer *buffer)
{
	return buffer ? buffer->label : "";
}
