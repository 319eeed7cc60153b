/* SPDX-License-Identifier: MIT */
#include "models.h"

#include <inttypes.h>

#include "json_out.h"

void result_add_residue(struct dmaload_report *sum,
			const struct dmaload_report *verification)
{
	if (verification->cache_residue_bytes != DMALOAD_UNKNOWN &&
	    sum->cache_residue_bytes != DMALOAD_UNKNOWN)
		sum->cache_residue_bytes += verification->cache_residue_bytes;
}

/* null if it was not measured. */
static void add_rate(struct json_object *object, const char *key, uint64_t rate)
{
	if (rate > 0)
		json_add_uint(object, key, rate);
	else
		json_object_object_add(object, key, NULL);
}

static const char *pages_word(uint32_t pages)
{
	switch (pages) {
	case DMALOAD_PAGES_BASE: return "base";
	case DMALOAD_PAGES_TRANSPARENT: return "transparent";
	case DMALOAD_PAGES_HUGETLB: return "hugetlb";
	default: return NULL;
	}
}

static struct json_object *declined(const struct dmaload_report *report)
{
	struct json_object *object = json_object_new_object();
	const char *name;
	uint32_t i;

	for (i = 0; (name = dmaload_path_name(i)); i++)
		if (report->declined[i][0])
			json_add_text(object, name, report->declined[i]);
	return object;
}

static void add_pages(struct json_object *object,
		      const struct dmaload_report *report)
{
	json_add_text(object, "buffer_pages", pages_word(report->buffer_pages));
	json_add_uint(object, "buffer_huge_bytes", report->buffer_huge_bytes);
	json_add_text(object, "buffer_pages_note", report->buffer_pages_note);
}

static void add_report(struct json_object *object,
		       const struct dmaload_report *report)
{
	const uint64_t moved = report->bytes_direct + report->bytes_bounced +
			       report->bytes_buffered + report->bytes_cached +
			       report->bytes_streamed;

	json_add_text(object, "path", moved == 0 ? NULL :
		 dmaload_path_name(dmaload_report_path(report)));
	json_add_uint(object, "bytes", report->bytes_total);
	json_add_uint(object, "bytes_direct", report->bytes_direct);
	json_add_uint(object, "bytes_bounced", report->bytes_bounced);
	json_add_uint(object, "bytes_buffered", report->bytes_buffered);
	json_add_uint(object, "bytes_cached", report->bytes_cached);
	json_add_uint(object, "bytes_streamed", report->bytes_streamed);
	json_add_uint(object, "ranges", report->ranges);
	json_add_uint(object, "extents", report->extents);
	json_object_object_add(object, "declined", declined(report));
	json_add_text(object, "engine", report->engine == DMALOAD_ENGINE_AUTO ? NULL :
		 dmaload_engine_name(report->engine));
	if (report->engine_declined[0])
		json_add_text(object, "engine_declined", report->engine_declined);
	json_add_uint(object, "chunk_bytes", report->chunk_bytes);
	json_add_uint(object, "queue_depth", report->queue_depth);
	json_add_text(object, "syscalls", report->syscalls == DMALOAD_SYSCALLS_AUTO ?
		      NULL : dmaload_syscalls_name(report->syscalls));
	if (report->syscalls_reduced[0])
		json_add_text(object, "syscalls_reduced",
			      report->syscalls_reduced);
	json_add_uint(object, "pinned_bytes", report->pinned_bytes);
	json_add_text(object, "pool_pages", pages_word(report->pool_pages));
	json_add_bool(object, "pool_registered", report->pool_registered);
	if (report->pool_unregistered[0])
		json_add_text(object, "pool_unregistered", report->pool_unregistered);
	if (report->pool_reduced[0])
		json_add_text(object, "pool_reduced", report->pool_reduced);
	json_add_uint(object, "cache_before_bytes", report->cache_before_bytes);
	json_add_uint(object, "cache_residue_bytes", report->cache_residue_bytes);
	json_add_seconds(object, "alloc_seconds", report->alloc_ns);
	json_add_seconds(object, "queued_seconds", report->queued_ns);
	json_add_seconds(object, "create_seconds", report->create_ns);
	json_add_seconds(object, "overlap_seconds", report->overlap_ns);
	json_add_seconds(object, "create_wait_seconds", report->create_wait_ns);
	if (report->buffer_pages_note[0])
		add_pages(object, report);
	json_add_seconds(object, "seconds", report->total_ns);
	json_add_seconds(object, "read_seconds", report->read_ns);
	json_add_seconds(object, "copy_seconds", report->copy_ns);
	json_add_seconds(object, "sync_seconds", report->sync_ns);
	json_add_uint(object, "brackets", report->brackets);
	json_add_uint(object, "reads", report->reads);
	json_add_uint(object, "retries", report->retries);
	add_rate(object, "rate_direct", report->rate_direct);
	add_rate(object, "rate_bounced", report->rate_bounced);
}

static void add_pair(struct json_object *object, const struct result *result,
		     const struct pair *pair)
{
	json_add_text(object, "file", pair->name);
	json_add_text(object, "source", pair->buffer ?
		 dmaload_buffer_source(pair->buffer) : NULL);
	if (pair->buffer)
		json_add_uint(object, "buffer_bytes",
			 dmaload_buffer_size(pair->buffer));
	if (result->handed_over)
		json_object_object_add(object, "fd",
			json_object_new_int(dmaload_buffer_fd(pair->buffer)));
}

static void add_digest(struct json_object *object, const struct result *result,
		       size_t i)
{
	const char *text = digests_text(result->digests, i);

	if (text)
		json_add_text(object, "digest", text);
}

static void add_single(struct json_object *object, const struct result *result)
{
	add_pair(object, result, &result->pairs[0]);
	add_digest(object, result, 0);
}

static struct json_object *files(const struct result *result)
{
	struct json_object *array = json_object_new_array(), *object;
	size_t i;

	for (i = 0; i < result->count; i++) {
		object = json_object_new_object();
		add_pair(object, result, &result->pairs[i]);
		json_add_uint(object, "offset", result->pairs[i].offset);
		json_add_uint(object, "bytes", result->pairs[i].length);
		add_digest(object, result, i);
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
		add_single(object, result);
	else
		json_object_object_add(object, "files", files(result));
	if (result->chosen)
		chosen_add_json(result->chosen, object);
	add_report(object, result->report);
	json_object_object_add(object, "verified", result->verified < 0 ? NULL :
			       json_object_new_boolean(result->verified));
	if (result->not_kept_count > 0)
		json_object_object_add(object, "not_kept", not_kept(result));
	if (result->error)
		json_add_error(object, result->error);

	json_print(object, out);
	json_object_put(object);
}

/* Return how many buffers the file of the first pair has. */
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
		if (n > 1)
			print_line(out, "file", "%s: %" PRIu64 " bytes, in %zu "
				   "buffers of at most %" PRIu64, pair->name,
				   length, n, dmaload_buffer_size(pair->buffer));
		else
			print_line(out, "file", "%s: %" PRIu64 " bytes, in a "
				   "buffer of %" PRIu64, pair->name, length,
				   dmaload_buffer_size(pair->buffer));
	}
	print_line(out, "source", "%s, %zu buffers of %" PRIu64 " bytes together",
		   dmaload_buffer_source(result->pairs[0].buffer), result->count,
		   bytes);
}

void result_print_text(const struct result *result, FILE *out)
{
	char text[4096];

	dmaload_report_format(result->report, text, sizeof(text));
	if (result->count == 1)
		print_line(out, "source", "%s, a buffer of %" PRIu64 " bytes",
			   dmaload_buffer_source(result->pairs[0].buffer),
			   dmaload_buffer_size(result->pairs[0].buffer));
	else
		print_files(result, out);
	if (result->chosen)
		chosen_print(result->chosen, out);
	fputs(text, out);
	if (result->verified >= 0)
		print_line(out, "verified", "%s", result->verified ?
			   "every byte read back equals the file" : "no");
}
