/* SPDX-License-Identifier: MIT */
#include "buffer/source.h"

#include <stddef.h>
#include <string.h>

#include "buffer/buffer.h"
#include "buffer/room.h"

/* The sources that allocate by name. A foreign dma-buf has none. */
static const struct source_ops *const sources[] = {
	&source_heap,
	&source_udmabuf,
	&source_memfd,
};

const struct source_ops *source_find(const char *spec, const char **arg)
{
	size_t i, length;

	*arg = NULL;
	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		length = strlen(sources[i]->name);
		if (strncmp(spec, sources[i]->name, length) != 0)
			continue;
		if (spec[length] == ':')
			*arg = spec + length + 1;
		if (spec[length] == ':' || spec[length] == '\0')
			return sources[i];
	}

	/* A name without a prefix is a heap, as in every other tool. */
	*arg = spec;
	return &source_heap;
}

int source_reserve_shared(const char *arg, uint64_t size,
			  struct promise *promise, struct dmaload_error *err)
{
	(void)arg;
	return room_reserve(promise, ROOM_SHARED, size, err);
}

int source_promise(struct dmaload_buffer *buffer,
		   const struct source_request *request, unsigned who,
		   struct dmaload_error *err)
{
	struct promise *promise = &buffer->promise;
	uint64_t missing = buffer->size;

	if (request->promised) {
		promise_move(promise, request->promised, missing,
			     who & ROOM_CGROUP ? missing : 0);
		missing -= promise->available;
	}
	return missing ? room_reserve(promise, who, missing, err) : 0;
}
