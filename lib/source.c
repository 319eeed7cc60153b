/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "sys.h"

/* The sources that allocate by name. A foreign dma-buf has no name to ask for. */
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

	/* A bare word is a heap: that is how every other tool calls them. */
	*arg = spec;
	return &source_heap;
}

uint64_t source_no_limit(void)
{
	return UINT64_MAX;
}

int source_room(const char *arg, uint64_t size, struct dmaload_error *err)
{
	(void)arg;
	return source_check_memory(size, err);
}

/*
 * The heaps allocate until the kernel's OOM killer has shot the bystanders, and
 * only then fail (up to Linux 7.3, which has no check either). MemAvailable is
 * what the kernel itself thinks can be had without swapping. Where /proc is not
 * to be read, nothing can be known and the kernel decides.
 */
int source_check_memory(uint64_t size, struct dmaload_error *err)
{
	static const char key[] = "MemAvailable:";
	uint64_t available;
	char text[4096];
	const char *line;

	if (sys_read_text("/proc/meminfo", text, sizeof(text)) < 0)
		return 0;
	line = strstr(text, key);
	if (!line || sscanf(line + sizeof(key) - 1, "%" SCNu64, &available) != 1)
		return 0;

	available *= 1024;
	if (size <= available)
		return 0;
	return fail(err, -ENOMEM,
		    "the buffer needs %" PRIu64 " MiB and the machine has %"
		    PRIu64 " MiB available (MemAvailable): free memory, or load "
		    "a smaller range", (size + (1 << 20) - 1) >> 20,
		    available >> 20);
}
