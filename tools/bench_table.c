/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench_pairs.h"
#include "tool.h"

static void print_facts(const struct bench *bench)
{
	const char *line = "";
	size_t i;

	for (i = 0; i < bench->fact_count; i++) {
		const struct bench_fact *fact = &bench->facts[i];
		const bool same = strcmp(line, fact->line) == 0;

		if (!same)
			printf("%s%-10s", i > 0 ? "\n" : "", fact->line);
		else
			printf(", ");
		if (strcmp(fact->key, fact->line) != 0)
			printf("%s ", fact->key);
		printf("%s", fact->text);
		line = fact->line;
	}
	printf("\n");
}

static void print_reference(const struct bench *bench)
{
	const struct bench_reference *fio = &bench->reference;

	if (fio->absent[0]) {
		printf("fio       none: %s\n", fio->absent);
		return;
	}
	printf("fio       %s: --rw=read --direct=1 --ioengine=%s --iomem=%s "
	       "--bs=%" PRIu64 "K --iodepth=%u, %s\n", fio->version, fio->engine,
	       fio->memory, fio->block / 1024, fio->depth,
	       fio->trial_count > 0 ? "the best of several" : "as requested");
}

/* Print a number of bytes in MiB; "-" if it is unknown. */
static void print_mib(int width, uint64_t bytes)
{
	if (bytes == DMALOAD_UNKNOWN)
		printf(" %*s", width, "-");
	else
		printf(" %*.*f", width, bytes > 0 && bytes < 100 * BENCH_MIB ? 1 : 0,
		       (double)bytes / (double)BENCH_MIB);
}

void bench_print_way(const struct dmaload_report *report)
{
	if (report->bytes_total == 0)
		return;
	printf("  %s", dmaload_path_name(dmaload_report_path(report)));
	if (report->engine != DMALOAD_ENGINE_AUTO)
		printf(", %s", dmaload_engine_name(report->engine));
}

static void print_case(const struct bench *bench, size_t i)
{
	struct bench_summary sum;

	bench_summary(bench, i, &sum);
	printf("%-29s", bench->cases[i].name);
	if (!sum.run) {
		printf(" failed: %s\n", bench->done > 0 ?
		       bench->results[0].runs[i].error.message : "not measured");
		return;
	}
	printf(" %5.2f %5.2f-%-5.2f", sum.speed.median / 1e9, sum.speed.min / 1e9,
	       sum.speed.max / 1e9);
	if (sum.ratio.count > 0)
		printf(" %5.3f", sum.ratio.median);
	else
		printf(" %5s", "-");
	printf(" %6.3f %6.3f", sum.user.median, sum.kernel.median);
	if (sum.first.count > 0)
		printf(" %6.1f", sum.first.median * 1e3);
	else
		printf(" %6s", "-");
	print_mib(6, sum.pinned);
	print_mib(7, sum.residue);
	print_mib(7, sum.evicted.count > 0 ? (uint64_t)sum.evicted.median :
					     DMALOAD_UNKNOWN);
	bench_print_way(&sum.run->report);
	if (sum.marked > 0)
		printf("  %zu marked", sum.marked);
	if (sum.failed > 0)
		printf("  %zu failed", sum.failed);
	printf("\n");
}

static void print_fio(const struct bench *bench)
{
	struct bench_summary sum;

	bench_summary_fio(bench, &sum);
	if (sum.speed.count == 0)
		return;
	printf("%-29s %5.2f %5.2f-%-5.2f %5.3f %6.3f %6.3f %6s", "fio",
	       sum.speed.median / 1e9, sum.speed.min / 1e9, sum.speed.max / 1e9,
	       1.0, sum.user.median, sum.kernel.median, "-");
	print_mib(6, bench->reference.block * bench->reference.depth);
	printf("\n");
}

/* Rounds without it have no ratio. */
static void print_failures(const struct bench *bench)
{
	const struct bench_disk *first = NULL;
	size_t n, i, failed = 0;

	for (n = 0; n < bench->done; n++) {
		const struct bench_round *round = &bench->results[n];

		for (i = 0; i < round->disk_count; i++) {
			failed += round->disks[i].error.code < 0;
			if (!first && round->disks[i].error.code < 0)
				first = &round->disks[i];
		}
	}
	if (first)
		printf("fio       failed %zu times: %s\n", failed,
		       first->error.message);
}

static void print_notes(const struct bench *bench)
{
	size_t n, i, marked = 0;

	for (n = 0; n < bench->done; n++)
		for (i = 0; i < bench->case_count; i++)
			marked += bench_round_marked(bench, n, i);
	printf("\n%zu rounds, medians\n", bench->done);
	print_failures(bench);
	if (marked > 0)
		printf("marked    the two runs of fio around a measurement differ by more "
		       "than 10 %%: it does\n          not count, unless that is so in "
		       "every round\n");
	for (n = 0; n < bench->absent_count; n++)
		printf("left out  %s: %s\n", bench->absent[n].name,
		       bench->absent[n].reason);
}

static void print_cases(const struct bench *bench)
{
	size_t i;

	printf("\n%-29s %5s %11s %5s %13s %6s %6s %7s %7s\n", "", "GB/s", "min-max",
	       "/fio", "CPU s/GB", "first", "pinned", "left in", "evicted");
	printf("%-29s %5s %11s %5s %6s %6s %6s %6s %7s %7s\n", "", "", "", "", "user",
	       "kernel", "ms", "MiB", "cache", "MiB");
	print_fio(bench);
	for (i = 0; i < bench->case_count; i++)
		print_case(bench, i);
}

void bench_print_table(const struct bench *bench)
{
	print_facts(bench);
	print_reference(bench);
	if (bench->case_count > 0)
		print_cases(bench);
	bench_pairs_print(bench);
	print_notes(bench);
}
