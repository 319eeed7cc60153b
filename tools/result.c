/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <json-c/json.h>

static void add_uint(struct json_object *object, const char *key,
		     uint64_t value)
{
	json_object_object_add(object, key, value == DMALOAD_UNKNOWN ?
			       NULL : json_object_new_uint64(value));
}

static void add_seconds(struct json_object *object, const char *key,
			uint64_t ns)
{
	struct json_object *value = json_object_new_double((double)ns / 1e9);

	json_object_set_serializer(value, json_object_double_to_json_string,
				   (void *)"%.9f", NULL);
	json_object_object_add(object, key, value);
}

static void add_text(struct json_object *object, const char *key,
		     const char *text)
{
	json_object_object_add(object, key, text ?
			       json_object_new_string(text) : NULL);
}

static const char *pages_word(enum dmaload_pages pages)
{
	switch (pages) {
	case DMALOAD_PAGES_BASE: return "base";
	case DMALOAD_PAGES_TRANSPARENT: return "transparent";
	case DMALOAD_PAGES_HUGETLB: return "hugetlb";
	case DMALOAD_PAGES_UNKNOWN: break;
	}
	return NULL;
}

static struct json_object *declined(const struct dmaload_report *report)
{
	struct json_object *object = json_object_new_object();
	const char *name;
	int i;

	for (i = 0; (name = dmaload_path_name((enum dmaload_path)i)); i++)
		if (report->declined[i][0])
			add_text(object, name, report->declined[i]);
	return object;
}

static void add_report(struct json_object *object,
		       const struct dmaload_report *report)
{
	const uint64_t moved = report->bytes_direct + report->bytes_bounced +
			       report->bytes_buffered + report->bytes_cached +
			       report->bytes_streamed;

	add_text(object, "path", moved == 0 ? NULL :
		 dmaload_path_name(dmaload_report_path(report)));
	add_uint(object, "bytes", report->bytes_total);
	add_uint(object, "bytes_direct", report->bytes_direct);
	add_uint(object, "bytes_bounced", report->bytes_bounced);
	add_uint(object, "bytes_buffered", report->bytes_buffered);
	add_uint(object, "bytes_cached", report->bytes_cached);
	add_uint(object, "bytes_streamed", report->bytes_streamed);
	json_object_object_add(object, "declined", declined(report));
	add_uint(object, "pinned_bytes", report->pinned_bytes);
	add_text(object, "pool_pages", pages_word(report->pool_pages));
	json_object_object_add(object, "pool_registered",
		json_object_new_boolean(report->pool_registered));
	if (report->unregistered[0])
		add_text(object, "pool_unregistered", report->unregistered);
	add_uint(object, "cache_before_bytes", report->cache_before_bytes);
	add_uint(object, "cache_residue_bytes", report->cache_residue_bytes);
	add_seconds(object, "alloc_seconds", report->alloc_ns);
	add_seconds(object, "seconds", report->total_ns);
	add_seconds(object, "read_seconds", report->read_ns);
	add_seconds(object, "copy_seconds", report->copy_ns);
	add_seconds(object, "sync_seconds", report->sync_ns);
	add_uint(object, "reads", report->reads);
	add_uint(object, "retries", report->retries);
}

static void add_error(struct json_object *object,
		      const struct dmaload_error *error)
{
	struct json_object *inner = json_object_new_object();

	json_object_object_add(inner, "code", json_object_new_int(error->code));
	add_text(inner, "message", error->message);
	json_object_object_add(object, "error", inner);
}

void result_print_json(const struct result *result, FILE *out)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "file", result->file);
	add_text(object, "source", result->buffer ?
		 dmaload_buffer_source(result->buffer) : NULL);
	if (result->buffer)
		add_uint(object, "buffer_bytes",
			 dmaload_buffer_size(result->buffer));
	add_report(object, result->report);
	json_object_object_add(object, "verified", result->verified < 0 ? NULL :
			       json_object_new_boolean(result->verified));
	if (result->error)
		add_error(object, result->error);

	fprintf(out, "%s\n", json_object_to_json_string_ext(object,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}
