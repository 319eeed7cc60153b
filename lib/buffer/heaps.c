/* SPDX-License-Identifier: MIT */
#include "buffer/heaps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer/node.h"
#include "sys/error.h"
#include "sys/sys.h"

struct heap {
	char *name;
	int access;
	char *remedy;
};

struct dmaload_heaps {
	size_t count;
	struct heap heaps[];
};

static void describe_refusal(const char *name, int code, char *text,
			     size_t size)
{
	char node[sizeof(HEAP_DIR) + HEAP_NAME_MAX];

	snprintf(node, sizeof(node), HEAP_DIR "/%s", name);
	node_refusal(node, "dma_heap", code, text, size);
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

static void list_free(char **names, size_t count)
{
	while (count > 0)
		free(names[--count]);
	free(names);
}

/* A machine without heaps is a machine with an empty list. */
static int list_names(char ***names, size_t *count, struct dmaload_error *err)
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

/*
 * "system" has the memory that every importer with an IOMMU takes and exists
 * wherever there are heaps; a CMA heap is small and somebody's reserve, so it
 * comes after; a protected one (TEE heaps, Linux 7.3) has no CPU access.
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

	r = list_names(&names, &count, err);
	if (r < 0)
		return r;
	r = -ENODEV;
	for (i = 0; i < count && r != 0; i++) {
		if (strncmp(names[i], "protected", 9) == 0 ||
		    !name_is_sane(names[i]))
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
		/* Say why the first was refused; it may be granted by now. */
		r = heap_open(first, err);
		if (r >= 0) {
			sys_close(r);
			strcpy(name, first);
			r = 0;
		}
	} else if (r < 0) {
		fail(err, r, "this machine has no dma-heap: " HEAP_DIR " is "
		     "missing or empty (CONFIG_DMABUF_HEAPS)");
	}
	list_free(names, count);
	return r;
}

static int heap_fill(struct heap *heap, const char *name)
{
	char why[DMALOAD_MESSAGE_SIZE] = "";
	int fd;

	fd = heap_try(name);
	if (fd >= 0)
		sys_close(fd);
	else
		describe_refusal(name, fd, why, sizeof(why));

	heap->access = fd < 0 ? fd : 0;
	heap->name = strdup(name);
	heap->remedy = strdup(why);
	return heap->name && heap->remedy ? 0 : -ENOMEM;
}

int dmaload_heaps_create(struct dmaload_heaps **out, struct dmaload_error *err)
{
	struct dmaload_heaps *heaps;
	char **names;
	size_t count, i;
	int r;

	if (!out)
		return fail(err, -EINVAL, "no place for the list of heaps");
	r = list_names(&names, &count, err);
	if (r < 0)
		return r;

	heaps = calloc(1, sizeof(*heaps) + count * sizeof(heaps->heaps[0]));
	if (!heaps)
		r = -ENOMEM;
	for (i = 0; i < count && r == 0; i++) {
		heaps->count = i + 1;
		r = heap_fill(&heaps->heaps[i], names[i]);
	}
	list_free(names, count);
	if (r < 0) {
		dmaload_heaps_destroy(heaps);
		return fail(err, r, "no memory to list the heaps");
	}

	*out = heaps;
	return 0;
}

void dmaload_heaps_destroy(struct dmaload_heaps *heaps)
{
	size_t i;

	if (!heaps)
		return;
	for (i = 0; i < heaps->count; i++) {
		free(heaps->heaps[i].name);
		free(heaps->heaps[i].remedy);
	}
	free(heaps);
}

size_t dmaload_heaps_count(const struct dmaload_heaps *heaps)
{
	return heaps ? heaps->count : 0;
}

const char *dmaload_heaps_name(const struct dmaload_heaps *heaps, size_t i)
{
	return i < dmaload_heaps_count(heaps) ? heaps->heaps[i].name : NULL;
}

int dmaload_heaps_access(const struct dmaload_heaps *heaps, size_t i)
{
	return i < dmaload_heaps_count(heaps) ? heaps->heaps[i].access : -EINVAL;
}

const char *dmaload_heaps_remedy(const struct dmaload_heaps *heaps, size_t i)
{
	return i < dmaload_heaps_count(heaps) ? heaps->heaps[i].remedy : NULL;
}
