/* SPDX-License-Identifier: MIT */
#include "buffer/heaps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer/device_access.h"
#include "sys/error.h"
#include "sys/sys.h"

static void describe_refusal(const char *name, int code, char *text,
			     size_t size)
{
	char node[sizeof(HEAP_DIR) + HEAP_NAME_MAX];

	snprintf(node, sizeof(node), HEAP_DIR "/%s", name);
	device_access_explain(node, "dma_heap", code, text, size);
}

static bool name_is_sane(const char *name)
{
	return *name && strlen(name) < HEAP_NAME_MAX && !strchr(name, '/') &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int heap_try(const char *name)
{
	char node[sizeof(HEAP_DIR) + HEAP_NAME_MAX];

	snprintf(node, sizeof(node), HEAP_DIR "/%s", name);
	return sys_open(node, O_RDONLY);
}

int heap_open(const char *name, struct dmaload_error *err)
{
	char why[DMALOAD_MESSAGE_SIZE];
	int fd;

	if (!name_is_sane(name))
		return fail(err, -EINVAL, "\"%s\" cannot be the name of a heap",
			    name);

	fd = heap_try(name);
	if (fd == -ENOENT)
		return fail(err, -ENODEV,
			    "there is no heap \"%s\": " HEAP_DIR "/%s does not "
			    "exist; a kernel with CONFIG_DMABUF_HEAPS has one "
			    "node for each heap", name, name);
	if (fd < 0) {
		describe_refusal(name, fd, why, sizeof(why));
		return fail(err, fd, "%s", why);
	}
	return fd;
}

void heap_list_free(char **names, size_t count)
{
	while (count > 0)
		free(names[--count]);
	free(names);
}

/* A machine without heaps has an empty list. */
int heap_list(char ***names, size_t *count, struct dmaload_error *err)
{
	int r = sys_list(HEAP_DIR, names, count);

	if (r == -ENOENT) {
		*names = NULL;
		*count = 0;
		return 0;
	}
	if (r < 0)
		return fail(err, r, HEAP_DIR " cannot be listed: %s",
			    error_text(r));
	return 0;
}

int heap_missing(struct dmaload_error *err)
{
	return fail(err, -ENODEV, "this machine has no dma-heap: " HEAP_DIR " is "
		    "missing or empty (CONFIG_DMABUF_HEAPS)");
}

bool heap_suits_anyone(const char *name)
{
	return name_is_sane(name) && strncmp(name, "protected", 9) != 0;
}

/*
 * "system" comes first: it exists wherever there are heaps, and every importer
 * with an IOMMU takes its memory. A CMA heap is small and reserved for a
 * device, so it comes after. A protected heap (TEE heaps, Linux 7.3) has no CPU
 * access.
 */
int heap_default(char *name, struct dmaload_error *err)
{
	const char *first = NULL;
	char **names;
	size_t count, i;
	int r, fd;

	fd = heap_try("system");
	if (fd >= 0) {
		sys_close(fd);
		strcpy(name, "system");
		return 0;
	}

	r = heap_list(&names, &count, err);
	if (r < 0)
		return r;
	r = -ENODEV;
	for (i = 0; i < count && r != 0; i++) {
		if (!heap_suits_anyone(names[i]))
			continue;
		if (!first)
			first = names[i];
		fd = heap_try(names[i]);
		if (fd < 0)
			continue;
		sys_close(fd);
		strcpy(name, names[i]);
		r = 0;
	}

	if (r < 0 && first) {
		/* Report why the first heap was refused; it may be permitted by
		 * now. */
		r = heap_open(first, err);
		if (r >= 0) {
			sys_close(r);
			strcpy(name, first);
			r = 0;
		}
	} else if (r < 0) {
		heap_missing(err);
	}
	heap_list_free(names, count);
	return r;
}
