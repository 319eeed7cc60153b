/* SPDX-License-Identifier: MIT */
/* The pairs, and which of them can be measured here. */
#include "bench_pairs.h"

#include <errno.h>
#include <stdio.h>

#include "bench.h"
#include "tool.h"

/* The memory that loads use in turn: more than the caches of most machines
 * hold. */
#define WINDOW (64 * BENCH_MIB)
/* The large load of BENCH_URGENT, and the place of the urgent ones. */
#define LARGE ((uint64_t)4 << 30)
#define DIRECT DMALOAD_ALLOW_DIRECT
#define BOUNCE DMALOAD_ALLOW_BOUNCE
#define KIB 1024u
#define MIB ((uint32_t)BENCH_MIB)
/* Large enough that what comes after the last read hardly counts. */
#define LAYER (16 * TENSOR)
/* 910 groups of 8 rows of 4096 weights in Q4_0: whole pages, and nearly 16
 * MiB. */
#define TENSOR (910u * 18432u)

/* Name, way, rival, bytes, in flight, loads, loads of a turn, paths, cache. */
static const struct bench_kind kinds[] = {
	{ "small/4K", BENCH_SMALL, BENCH_BESIDE_PREAD, 4 * KIB, 1, 1024, 16, 0,
	  DMALOAD_CACHE_BYPASS },
	{ "small/4K-cold", BENCH_SMALL, BENCH_BESIDE_PREAD, 4 * KIB, 1, 1024, 16, 0,
	  DMALOAD_CACHE_AUTO },
	{ "small/64K", BENCH_SMALL, BENCH_BESIDE_PREAD, 64 * KIB, 1, 1024, 16, 0,
	  DMALOAD_CACHE_BYPASS },
	{ "small/1M", BENCH_SMALL, BENCH_BESIDE_PREAD, MIB, 1, 256, 8, 0,
	  DMALOAD_CACHE_BYPASS },
	{ "queued/4M-direct", BENCH_QUEUED, BENCH_BESIDE_URING, 4 * MIB, 4, 256, 64,
	  DIRECT, DMALOAD_CACHE_BYPASS },
	{ "queued/4M-bounce", BENCH_QUEUED, BENCH_BESIDE_URING, 4 * MIB, 4, 256, 64,
	  BOUNCE, DMALOAD_CACHE_BYPASS },
	{ "queued/64K-direct", BENCH_QUEUED, BENCH_BESIDE_URING, 64 * KIB, 64, 2048,
	  1024, DIRECT, DMALOAD_CACHE_BYPASS },
	{ "queued/64K", BENCH_QUEUED, BENCH_BESIDE_FIO, 64 * KIB, 64, 2048, 2048, 0,
	  DMALOAD_CACHE_BYPASS },
	{ "urgent/1M", BENCH_URGENT, BENCH_BESIDE_ALONE, MIB, 1, 128, 1, 0,
	  DMALOAD_CACHE_BYPASS },
	{ "transform/empty", BENCH_EMPTY, BENCH_BESIDE_PLAIN, TENSOR, 1, 128, 1,
	  BOUNCE, DMALOAD_CACHE_BYPASS },
	{ "transform/repack", BENCH_REPACK, BENCH_BESIDE_PLAIN, TENSOR, 1, 128, 1,
	  0, DMALOAD_CACHE_BYPASS },
	{ "transform/repack-256M", BENCH_REPACK, BENCH_BESIDE_PLAIN, LAYER, 1, 8, 1,
	  0, DMALOAD_CACHE_BYPASS },
	{ "digest/sha256", BENCH_DIGEST, BENCH_BESIDE_PARTS, LAYER, 1, 8, 1, 0,
	  DMALOAD_CACHE_BYPASS },
	{ "digest/fsverity", BENCH_DIGEST, BENCH_BESIDE_PARTS, LAYER, 1, 8, 1, 0,
	  DMALOAD_CACHE_BYPASS },
};

uint64_t bench_pair_bytes(const struct bench *bench, const struct bench_kind *kind)
{
	const uint64_t max = kind->way == BENCH_URGENT ? LARGE :
			     kind->bytes > WINDOW ? kind->bytes : WINDOW;

	return bench->length < max ? bench->length : max;
}

/* Explain why a pair cannot be measured; 0: it can. */
static int why_not(const struct bench *bench, const struct bench_pair *pair,
		   struct dmaload_error *why)
{
	const struct bench_kind *kind = pair->kind;
	const uint64_t need = bench_pair_bytes(bench, kind);
	const uint64_t blocks = kind->way == BENCH_URGENT ? 2 : 1;

	if (bench->length < blocks * kind->bytes)
		return explain(why, -ERANGE, "the file has less than %llu bytes",
			       (unsigned long long)(blocks * kind->bytes));
	if (need > memory_available())
		return explain(why, -ENOMEM, "%.1f GB of memory are needed, "
			       "and %.1f are available", (double)need / 1e9,
			       (double)memory_available() / 1e9);
	if ((kind->beside == BENCH_BESIDE_PREAD ||
	     kind->beside == BENCH_BESIDE_URING) && bench->no_direct[0])
		return explain(why, -ENOTSUP, "%s", bench->no_direct);
	if (kind->beside == BENCH_BESIDE_URING && bench->no_uring[0])
		return explain(why, -ENOTSUP, "%s", bench->no_uring);
	return bench_load_try(bench, pair->source, kind->paths, bench->engine, why);
}

int bench_pairs_find(struct bench *bench, const char *source)
{
	struct bench_pair pair;
	struct dmaload_error why;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		pair = (struct bench_pair){ .kind = &kinds[i] };
		snprintf(pair.source, sizeof(pair.source), "%s", source);
		text_format(pair.name, sizeof(pair.name), "%s/%.120s",
			    kinds[i].name, source);
		if (!bench_wanted(bench, pair.name))
			continue;
		if (why_not(bench, &pair, &why) < 0) {
			bench_leave_out(bench, pair.name, why.message);
			continue;
		}
		if (!bench_grow(&bench->pairs, bench->pair_count,
				sizeof(*bench->pairs)))
			return -ENOMEM;
		bench->pairs[bench->pair_count++] = pair;
	}
	return 0;
}

bool bench_random_wanted(const struct bench *bench)
{
	size_t i;

	for (i = 0; i < bench->pair_count; i++)
		if (bench->pairs[i].kind->beside == BENCH_BESIDE_FIO)
			return true;
	return false;
}
