/* SPDX-License-Identifier: MIT */
/* Where memory comes from. */
#include "probe.h"

#include <inttypes.h>

static void probe_heap(const struct probe *probe, struct json_object *list,
		       const char *name, int access, const char *remedy)
{
	struct json_object *object = json_object_new_object();

	probe_line(probe, "heap", "%s: %s", name, access == 0 ? "usable" : remedy);
	json_add_text(object, "name", name);
	json_add_bool(object, "usable", access == 0);
	if (access < 0)
		json_add_text(object, "remedy", remedy);
	json_object_array_add(list, object);
}

int probe_heaps(const struct probe *probe, struct dmaload_error *err)
{
	struct json_object *list = json_object_new_array();
	struct dmaload_heaps *heaps;
	size_t i;
	int r;

	json_object_object_add(probe->object, "heaps", list);
	r = dmaload_heaps_create(&heaps, err);
	if (r < 0)
		return r;
	if (dmaload_heaps_count(heaps) == 0)
		probe_line(probe, "heap", "none: /dev/dma_heap is missing or empty "
			   "(CONFIG_DMABUF_HEAPS)");
	for (i = 0; i < dmaload_heaps_count(heaps); i++)
		probe_heap(probe, list, dmaload_heaps_name(heaps, i),
			   dmaload_heaps_access(heaps, i),
			   dmaload_heaps_remedy(heaps, i));
	dmaload_heaps_destroy(heaps);
	return 0;
}

void probe_udmabuf(const struct probe *probe)
{
	struct dmaload_udmabuf udmabuf = { .size = sizeof(udmabuf) };
	struct json_object *object;

	if (dmaload_udmabuf_look(&udmabuf, NULL) < 0)
		return;
	object = json_object_new_object();
	json_object_object_add(probe->object, "udmabuf", object);
	json_add_bool(object, "usable", udmabuf.access == 0);
	/* No limit is null. */
	json_add_uint(object, "limit_bytes", udmabuf.limit_bytes);
	if (udmabuf.access < 0) {
		probe_line(probe, "udmabuf", "%s", udmabuf.remedy);
		json_add_text(object, "remedy", udmabuf.remedy);
	} else if (udmabuf.limit_bytes == UINT64_MAX) {
		probe_line(probe, "udmabuf", "usable");
	} else {
		probe_line(probe, "udmabuf", "usable, a buffer of %" PRIu64
			   " MiB at most (size_limit_mb); load --spread takes "
			   "several", udmabuf.limit_bytes >> 20);
	}
}

int probe_choice(const struct probe *probe, uint64_t size, struct dmaload_error *err)
{
	struct dmaload_choice choice = { .size = sizeof(choice) };
	int r = dmaload_source_choose(size, &choice, err);

	if (r < 0)
		probe_line(probe, "choice", "none");
	else
		probe_line(probe, "choice", "%s: %s", choice.source,
			   choice.reason);
	json_add_text(probe->object, "choice", r < 0 ? NULL : choice.source);
	if (r == 0)
		json_add_text(probe->object, "choice_reason", choice.reason);
	return r;
}
