/* SPDX-License-Identifier: MIT */
/* The sources of memory. */
#include "probe.h"

#include <inttypes.h>
#include <string.h>

#define HEAP "heap:"

static void probe_heap(const struct probe *probe, struct json_object *list,
		       const struct dmaload_source *heap)
{
	struct json_object *object = json_object_new_object();
	const char *name = heap->name + strlen(HEAP);

	probe_line(probe, "heap", "%s: %s", name, heap->access == 0 ? "usable" :
		   heap->remedy);
	json_add_text(object, "name", name);
	json_add_bool(object, "usable", heap->access == 0);
	if (heap->access < 0)
		json_add_text(object, "remedy", heap->remedy);
	json_object_array_add(list, object);
}

static void probe_heaps(const struct probe *probe,
			const struct dmaload_sources *sources)
{
	struct json_object *list = json_object_new_array();
	const struct dmaload_source *source;
	size_t i, heaps = 0;

	json_object_object_add(probe->object, "heaps", list);
	for (i = 0; (source = dmaload_sources_get(sources, i)); i++) {
		if (strncmp(source->name, HEAP, strlen(HEAP)) == 0) {
			probe_heap(probe, list, source);
			heaps++;
		}
	}
	if (heaps == 0)
		probe_line(probe, "heap", "none: /dev/dma_heap is missing or empty "
			   "(CONFIG_DMABUF_HEAPS)");
}

static void probe_udmabuf(const struct probe *probe,
			  const struct dmaload_source *udmabuf)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(probe->object, "udmabuf", object);
	json_add_bool(object, "usable", udmabuf->access == 0);
	/* No limit becomes null. */
	json_add_uint(object, "limit_bytes", udmabuf->max_bytes);
	if (udmabuf->access < 0) {
		probe_line(probe, "udmabuf", "%s", udmabuf->remedy);
		json_add_text(object, "remedy", udmabuf->remedy);
	} else if (udmabuf->max_bytes == UINT64_MAX) {
		probe_line(probe, "udmabuf", "usable");
	} else {
		probe_line(probe, "udmabuf", "usable, a buffer of %" PRIu64
			   " MiB at most (size_limit_mb); load --spread takes "
			   "several", udmabuf->max_bytes >> 20);
	}
}

const struct dmaload_source *source_named(const struct dmaload_sources *sources,
					  const char *name)
{
	const struct dmaload_source *source;
	size_t i;

	for (i = 0; (source = dmaload_sources_get(sources, i)); i++)
		if (strcmp(source->name, name) == 0)
			return source;
	return NULL;
}

int probe_sources(const struct probe *probe, struct dmaload_error *err)
{
	struct dmaload_sources *sources;
	int r;

	r = dmaload_sources_create(&sources, 1, err);
	if (r < 0) {
		json_object_object_add(probe->object, "heaps",
				       json_object_new_array());
		return r;
	}
	probe_heaps(probe, sources);
	probe_udmabuf(probe, source_named(sources, "udmabuf"));
	dmaload_sources_destroy(sources);
	return 0;
}

/* A buffer without a source fails before anything is allocated, and says why. */
static int explain_none(uint64_t size, struct dmaload_error *err)
{
	struct dmaload_buffer *buffer = NULL;
	int r = dmaload_buffer_create(&buffer, NULL, size, err);

	dmaload_buffer_destroy(buffer);
	return r;
}

int probe_choice(const struct probe *probe, uint64_t size, struct dmaload_error *err)
{
	const struct dmaload_source *source;
	struct dmaload_sources *sources;
	size_t i = 0;
	int r;

	r = dmaload_sources_create(&sources, size, err);
	if (r < 0)
		return r;
	while ((source = dmaload_sources_get(sources, i)) && !source->recommended)
		i++;
	if (source)
		probe_line(probe, "choice", "%s: %s", source->name, source->reason);
	else
		probe_line(probe, "choice", "none");
	json_add_text(probe->object, "choice", source ? source->name : NULL);
	if (source)
		json_add_text(probe->object, "choice_reason", source->reason);
	else
		r = explain_none(size, err);
	dmaload_sources_destroy(sources);
	return r;
}
