/* SPDX-License-Identifier: MIT */
/* Print the results of pairs, for people and as JSON. */
#include "bench_pairs.h"

#include <stdio.h>

#include "bench.h"
#include "json_out.h"

/* As keys; a rival's begin with "rival_". */
static const char *const figure_names[] = {
	[BENCH_LATENCY] = "latency_seconds",
	[BENCH_P99] = "p99_seconds",
	[BENCH_CPU] = "cpu_seconds_per_load",
	[BENCH_SPEED] = "bytes_per_second",
};
static const char *const ratio_names[] = {
	[BENCH_LATENCY] = "latency_of_rival",
	[BENCH_P99] = "p99_of_rival",
	[BENCH_CPU] = "cpu_of_rival",
	[BENCH_SPEED] = "speed_of_rival",
};

static void print_value(int width, int digits, double factor,
			const struct bench_statistics *statistics)
{
	if (statistics->count > 0)
		printf(" %*.*f", width, digits, statistics->median * factor);
	else
		printf(" %*s", width, "-");
}

static void print_pair(const struct bench *bench, size_t i)
{
	struct bench_pair_summary sum;
	int figure;

	bench_pair_summary(bench, i, &sum);
	printf("%-29s", bench->pairs[i].name);
	if (!sum.run) {
		printf(" failed: %s\n", bench->done > 0 ?
		       bench->results[0].pairs[i].error.message : "not measured");
		return;
	}
	print_value(8, 1, 1e6, &sum.own[BENCH_LATENCY]);
	print_value(9, 1, 1e6, &sum.own[BENCH_P99]);
	print_value(8, 1, 1e6, &sum.own[BENCH_CPU]);
	print_value(7, 1, 1e-6, &sum.own[BENCH_SPEED]);
	for (figure = 0; figure < BENCH_FIGURES; figure++)
		print_value(7, 3, 1, &sum.ratio[figure]);
	bench_print_way(&sum.run->report);
	if (sum.run->rival_name[0])
		printf("  beside %s", sum.run->rival_name);
	if (sum.ahead.count > 0)
		printf("  %.1f MiB ahead, %.2f GB/s",
		       sum.ahead.median / (double)BENCH_MIB, sum.rate.median / 1e9);
	if (sum.failed > 0)
		printf("  %zu failed", sum.failed);
	printf("\n");
}

void bench_pairs_print(const struct bench *bench)
{
	size_t i;

	if (bench->pair_count == 0)
		return;
	printf("\n%-29s %27s %7s %31s\n", "", "us of one load", "",
	       "of the rival's");
	printf("%-29s %8s %9s %8s %7s %7s %7s %7s %7s\n", "", "median", "p99",
	       "CPU", "MB/s", "median", "p99", "CPU", "MB/s");
	for (i = 0; i < bench->pair_count; i++)
		print_pair(bench, i);
}

/* Add the facts that do not depend on the figures. */
static void add_kind(struct json_object *object, const struct bench_kind *kind,
		     const struct bench_pair_run *run)
{
	json_add_uint(object, "load_bytes", kind->bytes);
	json_add_uint(object, "in_flight", kind->depth);
	json_add_text(object, "rival", run && run->rival_name[0] ?
		      run->rival_name : NULL);
	if (!run || run->report.bytes_total == 0)
		return;
	json_add_text(object, "path",
		      dmaload_path_name(dmaload_report_path(&run->report)));
	json_add_text(object, "engine", run->report.engine == DMALOAD_ENGINE_AUTO ?
		      NULL : dmaload_engine_name(run->report.engine));
}

static struct json_object *summary(const struct bench *bench, size_t i)
{
	struct json_object *object = json_object_new_object();
	struct bench_pair_summary sum;
	char key[64];
	int figure;

	bench_pair_summary(bench, i, &sum);
	json_add_text(object, "case", bench->pairs[i].name);
	json_add_uint(object, "rounds", sum.count);
	json_add_uint(object, "failed", sum.failed);
	add_kind(object, bench->pairs[i].kind, sum.run);
	for (figure = 0; figure < BENCH_FIGURES; figure++) {
		snprintf(key, sizeof(key), "rival_%s", figure_names[figure]);
		bench_json_statistics(object, figure_names[figure], &sum.own[figure]);
		bench_json_statistics(object, key, &sum.rival[figure]);
		bench_json_statistics(object, ratio_names[figure],
				      &sum.ratio[figure]);
	}
	bench_json_statistics(object, "ahead_bytes", &sum.ahead);
	bench_json_statistics(object, "disk_bytes_per_second", &sum.rate);
	return object;
}

struct json_object *bench_pairs_summaries(const struct bench *bench)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < bench->pair_count; i++)
		json_object_array_add(array, summary(bench, i));
	return array;
}

/* null: not measured. */
static void add_side(struct json_object *object, const char *prefix,
		     const struct bench_side *side)
{
	char key[64];
	int figure;

	snprintf(key, sizeof(key), "%sloads", prefix);
	json_add_uint(object, key, side->loads);
	for (figure = 0; figure < BENCH_FIGURES; figure++) {
		snprintf(key, sizeof(key), "%s%s", prefix, figure_names[figure]);
		if (side->figures[figure] > 0)
			json_add_double(object, key, side->figures[figure]);
		else
			json_add_text(object, key, NULL);
	}
}

static struct json_object *run(const struct bench_pair *pair,
			       const struct bench_pair_run *run)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "case", pair->name);
	bench_json_error(object, &run->error);
	add_kind(object, pair->kind, run);
	add_side(object, "", &run->own);
	add_side(object, "rival_", &run->rival);
	if (pair->kind->way == BENCH_URGENT) {
		json_add_uint(object, "ahead_bytes", run->ahead);
		json_add_double(object, "disk_bytes_per_second", run->rate);
	}
	return object;
}

struct json_object *bench_pairs_runs(const struct bench *bench, size_t n)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < bench->pair_count; i++)
		json_object_array_add(array, run(&bench->pairs[i],
						 &bench->results[n].pairs[i]));
	return array;
}
