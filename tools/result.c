/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <inttypes.h>

#include <json-c/json.h>

void result_add_residue(struct dmaload_report *sum,
			const struct dmaload_report *verification)
{
	if (verification->cache_residue_bytes != DMALOAD_UNKNOWN &&
	    sum->cache_residue_bytes != DMALOAD_UNKNOWN)
		sum->cache_residue_bytes += verification->cache_residue_bytes;
}

static void add_uint(struct json_object *object, const char *key,
		     uint64_t value)
{
	json_object_object_add(object, key, value == DMALOAD_UNKNOWN ?
			       NULL : json_object_new_uint64(value));
}

/* Null where it was not measured. */
static void add_rate(struct json_object *object, const char *key, uint64_t rate)
{
	if (rate > 0)
		add_uint(object, key, rate);
	else
		json_object_object_add(object, key, NULL);
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

static void add_pages(struct json_object *object,
		      const struct dmaload_report *report)
{
	add_text(object, "buffer_pages", pages_word(report->buffer_pages));
	add_uint(object, "buffer_huge_bytes", report->buffer_huge_bytes);
	add_text(object, "buffer_pages_note", report->buffer_pages_note);
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
	add_uint(object, "ranges", report->ranges);
	add_uint(object, "extents", report->extents);
	json_object_object_add(object, "declined", declined(report));
	add_text(object, "engine", report->engine == DMALOAD_ENGINE_AUTO ? NULL :
		 dmaload_engine_name(report->engine));
	if (report->engine_declined[0])
		add_text(object, "engine_declined", report->engine_declined);
	add_uint(object, "pinned_bytes", report->pinned_bytes);
	add_text(object, "pool_pages", pages_word(report->pool_pages));
	json_object_object_add(object, "pool_registered",
		json_object_new_boolean(report->pool_registered));
	if (report->unregistered[0])
		add_text(object, "pool_unregistered", report->unregistered);
	if (report->pool_reduced[0])
		add_text(object, "pool_reduced", report->pool_reduced);
	add_uint(object, "cache_before_bytes", report->cache_before_bytes);
	add_uint(object, "cache_residue_bytes", report->cache_residue_bytes);
	add_seconds(object, "alloc_seconds", report->alloc_ns);
	add_seconds(object, "queued_seconds", report->queued_ns);
	add_seconds(object, "create_seconds", report->create_ns);
	add_seconds(object, "overlap_seconds", report->overlap_ns);
	add_seconds(object, "create_wait_seconds", report->create_wait_ns);
	if (report->buffer_pages_note[0])
		add_pages(object, report);
	add_seconds(object, "seconds", report->total_ns);
	add_seconds(object, "read_seconds", report->read_ns);
	add_seconds(object, "copy_seconds", report->copy_ns);
	add_seconds(object, "sync_seconds", report->sync_ns);
	add_uint(object, "brackets", report->brackets);
	add_uint(object, "reads", report->reads);
	add_uint(object, "retries", report->retries);
	add_rate(object, "rate_direct", report->rate_direct);
	add_rate(object, "rate_bounced", report->rate_bounced);
}

static void add_error(struct json_object *object,
		      const struct dmaload_error *error)
{
	struct json_object *inner = json_object_new_object();

	json_object_object_add(inner, "code", json_object_new_int(error->code));
	add_text(inner, "message", error->message);
	json_object_object_add(object, "error", inner);
}

static void add_pair(struct json_object *object, const struct result *result,
		     const struct pair *pair)
{
	add_text(object, "file", pair->name);
	add_text(object, "source", pair->buffer ?
		 dmaload_buffer_source(pair->buffer) : NULL);
	if (pair->buffer)
		add_uint(object, "buffer_bytes",
			 dmaload_buffer_size(pair->buffer));
	if (pair->buffer && dmaload_buffer_note(pair->buffer)[0])
		add_text(object, "note", dmaload_buffer_note(pair->buffer));
	if (result->handed_over)
		json_object_object_add(object, "fd",
			json_object_new_int(dmaload_buffer_fd(pair->buffer)));
}

static struct json_object *files(const struct result *result)
{
	struct json_object *array = json_object_new_array(), *object;
	size_t i;

	for (i = 0; i < result->count; i++) {
		object = json_object_new_object();
		add_pair(object, result, &result->pairs[i]);
		add_uint(object, "offset", result->pairs[i].offset);
		add_uint(object, "bytes", result->pairs[i].length);
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *not_kept(const struct result *result)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < result->not_kept_count; i++)
		json_object_array_add(array,
			json_object_new_string(result->not_kept[i]));
	return array;
}

void result_print_json(const struct result *result, FILE *out)
{
	struct json_object *object = json_object_new_object();

	if (result->count == 1 && !result->spread)
		add_pair(object, result, &result->pairs[0]);
	else
		json_object_object_add(object, "files", files(result));
	add_report(object, result->report);
	json_object_object_add(object, "verified", result->verified < 0 ? NULL :
			       json_object_new_boolean(result->verified));
	if (result->not_kept_count > 0)
		json_object_object_add(object, "not_kept", not_kept(result));
	if (result->error)
		add_error(object, result->error);

	fprintf(out, "%s\n", json_object_to_json_string_ext(object,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

/* How many buffers the file has that the first of some pairs is of. */
static size_t parts(const struct pair *pairs, size_t count, uint64_t *bytes)
{
	size_t n;

	*bytes = 0;
	for (n = 0; n < count && pairs[n].name == pairs[0].name; n++)
		*bytes += pairs[n].length;
	return n;
}

static void print_files(const struct result *result, FILE *out)
{
	const struct pair *pair;
	uint64_t bytes = 0, length;
	size_t i, n;

	for (i = 0; i < result->count; i++)
		bytes += dmaload_buffer_size(result->pairs[i].buffer);
	for (i = 0; i < result->count; i += n) {
		pair = &result->pairs[i];
		n = parts(pair, result->count - i, &length);
		fprintf(out, "file      %s: %" PRIu64 " bytes, in ", pair->name,
			length);
		if (n > 1)
			fprintf(out, "%zu buffers of at most %" PRIu64 "\n", n,
				dmaload_buffer_size(pair->buffer));
		else
			fprintf(out, "a buffer of %" PRIu64 "\n",
				dmaload_buffer_size(pair->buffer));
	}
	fprintf(out, "source    %s, %zu buffers of %" PRIu64 " bytes together\n",
		dmaload_buffer_source(result->pairs[0].buffer), result->count,
		bytes);
}

/* The first one that there is. */
static void print_note(const struct result *result, FILE *out)
{
	const char *note = "";
	size_t i;

	for (i = 0; !note[0] && i < result->count; i++)
		note = dmaload_buffer_note(result->pairs[i].buffer);
	if (note[0])
		fprintf(out, "note      %s\n", note);
}

void result_print_text(const struct result *result, FILE *out)
{
	char text[4096];

	dmaload_report_format(result->report, text, sizeof(text));
	print_note(result, out);
	if (result->count == 1)
		fprintf(out, "source    %s, a buffer of %" PRIu64 " bytes\n",
			dmaload_buffer_source(result->pairs[0].buffer),
			dmaload_buffer_size(result->pairs[0].buffer));
	else
		print_files(result, out);
	fputs(text, out);
	if (result->verified >= 0)
		fprintf(out, "verified  %s\n", result->verified ?
			"every byte read back equals the file" : "no");
}
