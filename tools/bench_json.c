/* SPDX-License-Identifier: MIT */
/* All results, of every round, so that no median hides anything. */
#include "bench.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_pairs.h"
#include "json_out.h"
#include "tool.h"

/* The version of this object; it changes with the meaning of a key. */
#define FORMAT 1

/* An empty text is unknown. */
static void add_text(struct json_object *object, const char *key, const char *text)
{
	json_add_text(object, key, text && *text ? text : NULL);
}

static struct json_object *host(const struct bench *bench)
{
	struct json_object *object = json_object_new_object();
	size_t i;

	for (i = 0; i < bench->fact_count; i++) {
		const char *text = bench->facts[i].text;
		uint64_t number;

		if (parse_number(text, UINT64_MAX, &number))
			json_add_uint(object, bench->facts[i].key, number);
		else
			add_text(object, bench->facts[i].key, text);
	}
	return object;
}

static struct json_object *trials(const struct bench_reference *fio)
{
	struct json_object *array = json_object_new_array(), *object, *speeds;
	size_t i, run;

	for (i = 0; i < fio->trial_count; i++) {
		object = json_object_new_object();
		speeds = json_object_new_array();
		json_add_uint(object, "block_bytes", fio->trials[i].block);
		json_add_uint(object, "depth", fio->trials[i].depth);
		for (run = 0; run < fio->trials[i].runs; run++)
			json_object_array_add(speeds,
				json_double(fio->trials[i].speeds[run]));
		json_object_object_add(object, "bytes_per_second", speeds);
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *reference(const struct bench_reference *fio)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "absent", fio->absent);
	if (fio->absent[0])
		return object;
	add_text(object, "version", fio->version);
	add_text(object, "ioengine", fio->engine);
	add_text(object, "iomem", fio->memory);
	json_add_uint(object, "block_bytes", fio->block);
	json_add_uint(object, "depth", fio->depth);
	if (fio->random_bytes > 0)
		json_add_uint(object, "random_bytes", fio->random_bytes);
	json_object_object_add(object, "trials", trials(fio));
	return object;
}

void bench_json_error(struct json_object *object, const struct dmaload_error *error)
{
	if (error->code != 0)
		json_add_error(object, error);
}

static void add_report(struct json_object *object,
		       const struct dmaload_report *report)
{
	if (report->bytes_total == 0)
		return;
	add_text(object, "path", dmaload_path_name(dmaload_report_path(report)));
	add_text(object, "engine", report->engine == DMALOAD_ENGINE_AUTO ? NULL :
		 dmaload_engine_name(report->engine));
	json_add_uint(object, "bytes_direct", report->bytes_direct);
	json_add_uint(object, "bytes_bounced", report->bytes_bounced);
	json_add_uint(object, "bytes_buffered", report->bytes_buffered);
	json_add_uint(object, "bytes_cached", report->bytes_cached);
	json_add_uint(object, "ranges", report->ranges);
	json_add_uint(object, "extents", report->extents);
	json_add_uint(object, "reads", report->reads);
	json_add_seconds(object, "alloc_seconds", report->alloc_ns);
	json_add_seconds(object, "load_seconds", report->total_ns);
	json_add_seconds(object, "read_seconds", report->read_ns);
	json_add_seconds(object, "copy_seconds", report->copy_ns);
	json_add_seconds(object, "create_wait_seconds", report->create_wait_ns);
}

static struct json_object *run(const struct bench *bench, size_t n, size_t i)
{
	const struct bench_round *round = &bench->results[n];
	const struct bench_run *run = &round->runs[i];
	const double reference = bench_round_reference(round, i);
	struct json_object *object = json_object_new_object();

	add_text(object, "case", bench->cases[i].name);
	bench_json_error(object, &run->error);
	json_add_bool(object, "marked", bench_round_marked(bench, n, i));
	json_add_seconds(object, "seconds", run->ns);
	if (reference > 0 && run->ns > 0)
		json_add_double(object, "of_fio", (double)bench->length /
			   ((double)run->ns / 1e9) / reference);
	json_add_seconds(object, "user_seconds", run->user_ns);
	json_add_seconds(object, "kernel_seconds", run->kernel_ns);
	json_add_seconds(object, "first_seconds", run->first_ns);
	json_add_uint(object, "faults", run->faults);
	json_add_uint(object, "switches", run->switches);
	json_add_uint(object, "cache_before_bytes", run->cached_before);
	json_add_uint(object, "cache_after_bytes", run->cached_after);
	json_add_uint(object, "evicted_bytes", run->evicted);
	json_add_uint(object, "reclaimed_bytes", run->reclaimed);
	json_add_uint(object, "pinned_bytes", run->pinned);
	json_add_uint(object, "memory_bytes", run->memory);
	add_report(object, &run->report);
	return object;
}

static struct json_object *disk(const struct bench_disk *disk)
{
	struct json_object *object = json_object_new_object();

	bench_json_error(object, &disk->error);
	json_add_double(object, "bytes_per_second", disk->speed);
	json_add_double(object, "seconds", disk->seconds);
	json_add_double(object, "user_seconds", disk->user);
	json_add_double(object, "kernel_seconds", disk->kernel);
	return object;
}

static struct json_object *rounds(const struct bench *bench)
{
	struct json_object *array = json_object_new_array(), *object, *runs, *disks;
	size_t n, i;

	for (n = 0; n < bench->done; n++) {
		const struct bench_round *round = &bench->results[n];

		object = json_object_new_object();
		runs = json_object_new_array();
		disks = json_object_new_array();
		for (i = 0; i < round->disk_count; i++)
			json_object_array_add(disks, disk(&round->disks[i]));
		for (i = 0; i < bench->case_count; i++)
			json_object_array_add(runs, run(bench, n, i));
		json_object_object_add(object, "fio", disks);
		json_object_object_add(object, "runs", runs);
		json_object_object_add(object, "pairs", bench_pairs_runs(bench, n));
		json_object_array_add(array, object);
	}
	return array;
}

void bench_json_statistics(struct json_object *object, const char *key,
			   const struct bench_statistics *statistics)
{
	struct json_object *inner = json_object_new_object();

	if (statistics->count > 0) {
		json_add_double(inner, "median", statistics->median);
		json_add_double(inner, "min", statistics->min);
		json_add_double(inner, "low", statistics->low);
		json_add_double(inner, "high", statistics->high);
		json_add_double(inner, "max", statistics->max);
	}
	json_object_object_add(object, key, statistics->count > 0 ? inner : NULL);
	if (statistics->count == 0)
		json_object_put(inner);
}

static struct json_object *summary(const char *name, const struct bench_summary *sum)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "case", name);
	json_add_uint(object, "rounds", sum->count);
	json_add_uint(object, "failed", sum->failed);
	json_add_uint(object, "marked", sum->marked);
	bench_json_statistics(object, "seconds", &sum->seconds);
	bench_json_statistics(object, "bytes_per_second", &sum->speed);
	bench_json_statistics(object, "of_fio", &sum->ratio);
	bench_json_statistics(object, "user_seconds_per_gb", &sum->user);
	bench_json_statistics(object, "kernel_seconds_per_gb", &sum->kernel);
	bench_json_statistics(object, "first_seconds", &sum->first);
	bench_json_statistics(object, "evicted_bytes", &sum->evicted);
	json_add_uint(object, "residue_bytes", sum->residue);
	json_add_uint(object, "pinned_bytes", sum->pinned);
	json_add_uint(object, "memory_bytes", sum->memory);
	return object;
}

static struct json_object *summaries(const struct bench *bench)
{
	struct json_object *array = json_object_new_array();
	struct bench_summary sum;
	size_t i;

	bench_summary_fio(bench, &sum);
	if (sum.count > 0)
		json_object_array_add(array, summary("fio", &sum));
	for (i = 0; i < bench->case_count; i++) {
		bench_summary(bench, i, &sum);
		json_object_array_add(array, summary(bench->cases[i].name, &sum));
	}
	return array;
}

static struct json_object *absent(const struct bench *bench)
{
	struct json_object *object = json_object_new_object();
	size_t i;

	for (i = 0; i < bench->absent_count; i++)
		add_text(object, bench->absent[i].name, bench->absent[i].reason);
	return object;
}

int bench_print_json(const struct bench *bench, const struct dmaload_error *failure,
		     struct dmaload_error *err)
{
	struct json_object *object = json_object_new_object();
	const bool to_stdout = strcmp(bench->json, "-") == 0;
	FILE *out = to_stdout ? stdout : fopen(bench->json, "we");
	int r;

	json_object_object_add(object, "format", json_object_new_int(FORMAT));
	json_object_object_add(object, "host", host(bench));
	json_object_object_add(object, "fio", reference(&bench->reference));
	if (bench->random.random_bytes > 0)
		json_object_object_add(object, "fio_random",
				       reference(&bench->random));
	json_object_object_add(object, "cases", summaries(bench));
	json_object_object_add(object, "pairs", bench_pairs_summaries(bench));
	json_object_object_add(object, "absent", absent(bench));
	json_object_object_add(object, "rounds", rounds(bench));
	if (failure)
		json_add_error(object, failure);
	r = out ? json_print(object, out) : -errno;
	if (out && !to_stdout && fclose(out) != 0 && r == 0)
		r = -errno;
	json_object_put(object);
	return r < 0 ? explain(err, r, "%s: %s", bench->json, strerror(-r)) : 0;
}
