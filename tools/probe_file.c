/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <inttypes.h>
#include <string.h>

/* The bytes of FILE that the probe would load: several blocks of any disk. */
#define TRIAL_BYTES 65536u

/* Only a udmabuf has a limit. */
static void probe_spread(const struct probe *probe, struct json_object *object,
			 const char *source, uint64_t size)
{
	const struct dmaload_source *udmabuf;
	struct dmaload_sources *sources;
	uint64_t max, count;

	if (strcmp(source, "udmabuf") != 0 && strcmp(source, "udmabuf:2M") != 0)
		return;
	if (dmaload_sources_create(&sources, size, NULL) < 0)
		return;
	udmabuf = source_named(sources, source);
	max = udmabuf->max_bytes;
	dmaload_sources_destroy(sources);
	if (max == 0 || size <= max)
		return;
	count = (size - 1) / max + 1;
	probe_line(probe, "", "%" PRIu64 " buffers of %s for all of it: by --spread",
		   count, source);
	json_add_uint(object, "buffers", count);
}

static void add_path(const struct probe *probe, struct json_object *object,
		     const struct dmaload_file *file, enum dmaload_path path,
		     const struct dmaload_report *report)
{
	struct json_object *declined = json_object_new_object();
	const char *name = dmaload_path_name(path);
	uint32_t i;

	probe_line(probe, "path", "%s would load %s", name,
		   dmaload_file_name(file));
	json_add_text(object, "path", name);
	for (i = 0; i < path; i++) {
		name = dmaload_path_name(i);
		probe_line(probe, "", "not %s: %s", name, report->declined[i]);
		json_add_text(declined, name, report->declined[i]);
	}
	json_object_object_add(object, "declined", declined);
}

/* Query with a small buffer how a load would read the whole file. */
static int try_file(const struct probe *probe, struct json_object *object,
		    struct dmaload_ctx *ctx, struct dmaload_file *file,
		    const char *source, struct dmaload_error *err)
{
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	struct dmaload_range range = {
		.file = file,
		.length = dmaload_file_size(file) < TRIAL_BYTES ?
			  dmaload_file_size(file) : TRIAL_BYTES,
	};
	struct dmaload_buffer *buffer;
	enum dmaload_path path;
	int r;

	r = dmaload_buffer_create(&buffer, source, TRIAL_BYTES, err);
	if (r < 0)
		return r;
	range.buffer = buffer;
	r = dmaload_probe(ctx, &range, NULL, &path, &report, err);
	if (r == 0) {
		probe_line(probe, "source", "%s", dmaload_buffer_source(buffer));
		json_add_text(object, "source", dmaload_buffer_source(buffer));
		add_path(probe, object, file, path, &report);
	}
	if (r == 0 && source)
		probe_spread(probe, object, source, dmaload_file_size(file));
	dmaload_buffer_destroy(buffer);
	return r;
}

/* Return how much is in the page cache, in whole pages, or DMALOAD_UNKNOWN. */
static uint64_t add_size(const struct probe *probe, struct json_object *object,
			 struct dmaload_file *file)
{
	const uint64_t size = dmaload_file_size(file);
	uint64_t resident = DMALOAD_UNKNOWN;

	if (dmaload_file_resident(file, 0, UINT64_MAX, &resident, NULL) < 0)
		resident = DMALOAD_UNKNOWN;
	if (resident == DMALOAD_UNKNOWN)
		probe_line(probe, "file", "%s: %" PRIu64 " bytes",
			   dmaload_file_name(file), size);
	else
		probe_line(probe, "file", "%s: %" PRIu64 " bytes, %" PRIu64
			   " bytes of it in the page cache (whole pages)",
			   dmaload_file_name(file), size, resident);
	json_add_uint(object, "bytes", size);
	json_add_uint(object, "cached_bytes", resident);
	return resident;
}

/* dmaload_probe() does not foresee the path cached. */
static void note_cached(const struct probe *probe, uint64_t resident)
{
	if (resident == 0 || resident == DMALOAD_UNKNOWN ||
	    probe->syscalls == DMALOAD_SYSCALLS_BASIC)
		return;
	probe_line(probe, "", "bytes in the page cache would be copied from "
		   "there, unless you bypass it");
}

int probe_file(const struct probe *probe, const char *path, const char *source,
	       struct dmaload_error *err)
{
	const struct dmaload_config config = { .size = sizeof(config),
					       .syscalls = probe->syscalls };
	struct json_object *object = json_object_new_object();
	struct dmaload_file *file = NULL;
	struct dmaload_ctx *ctx = NULL;
	uint64_t resident = 0;
	int r;

	json_object_object_add(probe->object, "file", object);
	json_add_text(object, "name", path);
	r = dmaload_ctx_create(&ctx, &config, err);
	if (r == 0)
		r = note_stream(dmaload_file_open(&file, path, err), path, err);
	if (r == 0)
		resident = add_size(probe, object, file);
	if (r == 0 && !source)
		r = probe_choice(probe, dmaload_file_size(file), err);
	if (r == 0)
		r = try_file(probe, object, ctx, file, source, err);
	if (r == 0)
		note_cached(probe, resident);
	dmaload_file_close(file);
	dmaload_ctx_destroy(ctx);
	return r;
}
