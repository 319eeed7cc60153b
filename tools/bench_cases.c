/* SPDX-License-Identifier: MIT */
/* Every source, path and engine that works here, and the rivals. */
#include "bench.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_pairs.h"
#include "tool.h"

#define HEAP "heap:"

const char *bench_what_name(enum bench_what what)
{
	static const char *const names[] = {
		[BENCH_LOAD] = "load",
		[BENCH_READ] = "read",
		[BENCH_READ_AHEAD] = "read16M",
		[BENCH_MMAP] = "mmap",
		[BENCH_PREAD] = "pread",
		[BENCH_MEMCPY] = "memcpy",
		[BENCH_URING] = "uring",
		[BENCH_URING_AGAIN] = "uring4M",
		[BENCH_URING_OWN] = "uring8M",
	};

	return names[what];
}

const char *bench_view_name(enum bench_view view)
{
	static const char *const names[] = {
		[BENCH_READY] = "",
		[BENCH_WHOLE] = "whole",
		[BENCH_WARM] = "warm",
		[BENCH_SPLIT] = "ranges",
		[BENCH_EARLY] = "first",
		[BENCH_CRAMPED] = "cgroup",
	};

	return names[view];
}

bool bench_uring_alone(const struct bench_case *what)
{
	return what->what >= BENCH_URING && what->what <= BENCH_URING_OWN;
}

static void name_case(struct bench_case *what)
{
	const char *view = bench_view_name(what->view), *way;
	uint32_t path;

	way = what->what == BENCH_LOAD ? "auto" : bench_what_name(what->what);
	for (path = DMALOAD_PATH_DIRECT; path <= DMALOAD_PATH_BUFFERED; path++)
		if (what->paths == 1u << path)
			way = dmaload_path_name(path);
	text_format(what->name, sizeof(what->name), "%s%s%s/%.120s%s%s", view,
		    *view ? "/" : "", way, what->source,
		    what->engine == DMALOAD_ENGINE_AUTO ? "" : "/",
		    what->engine == DMALOAD_ENGINE_AUTO ? "" :
		    dmaload_engine_name(what->engine));
}

bool bench_wanted(const struct bench *bench, const char *name)
{
	size_t i;

	for (i = 0; i < bench->pattern_count; i++)
		if (fnmatch(bench->patterns[i], name, 0) == 0)
			return true;
	return bench->pattern_count == 0;
}

/* Grow in steps. */
bool bench_grow(void *array, size_t count, size_t size)
{
	void *grown, **place = array;

	if (count % 16 != 0)
		return true;
	grown = realloc(*place, (count + 16) * size);
	if (grown)
		*place = grown;
	return grown;
}

void bench_leave_out(struct bench *bench, const char *name, const char *reason)
{
	struct bench_absent *absent;

	if (!bench_grow(&bench->absent, bench->absent_count, sizeof(*bench->absent)))
		return;
	absent = &bench->absent[bench->absent_count++];
	text_format(absent->name, sizeof(absent->name), "%s", name);
	text_format(absent->reason, sizeof(absent->reason), "%s", reason);
}

/* Memory that accepts direct reads of the library accepts those of io_uring
 * alone, too. */
static int try_load(const struct bench *bench, const struct bench_case *what,
		    struct dmaload_error *err)
{
	return bench_load_try(bench, what->source, bench_uring_alone(what) ?
			      DMALOAD_ALLOW_DIRECT : what->paths,
			      what->engine, err);
}

/* Explain why a case cannot be measured; empty: it can. */
static void why_not(const struct bench *bench, const struct bench_case *what,
		    struct dmaload_error *why)
{
	const uint64_t need = bench->length * (what->view == BENCH_WARM ? 2 : 1);
	int r = -ENOTSUP;

	if (need > memory_available())
		explain(why, -ENOMEM, "%.1f GB of memory are needed, and %.1f "
			"are available",
			(double)need / 1e9, (double)memory_available() / 1e9);
	else if (what->view == BENCH_CRAMPED && !bench->cgroup[0])
		explain(why, -ENOTSUP, "%s", bench->no_cgroup);
	else if ((what->what == BENCH_PREAD || what->what == BENCH_URING_OWN) &&
		 bench->no_direct[0])
		explain(why, -ENOTSUP, "%s", bench->no_direct);
	else if ((what->engine == DMALOAD_ENGINE_URING ||
		  bench_uring_alone(what)) && bench->no_uring[0])
		explain(why, -ENOTSUP, "%s", bench->no_uring);
	else
		r = what->what == BENCH_URING_OWN ? bench_registering_try(why) :
		    what->what == BENCH_LOAD || bench_uring_alone(what) ?
		    try_load(bench, what, why) : 0;
	if (r == 0)
		why->message[0] = '\0';
}

static int add(struct bench *bench, enum bench_what kind, enum bench_view view,
	       const char *source, uint32_t paths, enum dmaload_engine engine)
{
	struct bench_case what = {
		.what = kind, .view = view, .paths = paths, .engine = engine,
	};
	struct dmaload_error why;

	snprintf(what.source, sizeof(what.source), "%s", source);
	name_case(&what);
	if (!bench_wanted(bench, what.name))
		return 0;
	why_not(bench, &what, &why);
	if (why.message[0]) {
		bench_leave_out(bench, what.name, why.message);
		return 0;
	}
	if (!bench_grow(&bench->cases, bench->case_count, sizeof(*bench->cases)))
		return -ENOMEM;
	bench->cases[bench->case_count++] = what;
	return 0;
}

static int add_loads(struct bench *bench, const char *source)
{
	static const uint32_t paths[] = {
		0, DMALOAD_ALLOW_DIRECT, DMALOAD_ALLOW_BOUNCE,
		DMALOAD_ALLOW_BUFFERED,
	};
	static const enum bench_view views[] = {
		BENCH_WARM, BENCH_SPLIT, BENCH_EARLY, BENCH_CRAMPED,
	};
	int engine, r = 0;
	size_t i;

	for (i = 1; r == 0 && i < 3; i++)
		for (engine = DMALOAD_ENGINE_URING; r == 0 &&
		     engine <= DMALOAD_ENGINE_THREADS; engine++)
			if (bench->engine == DMALOAD_ENGINE_AUTO ||
			    (int)bench->engine == engine)
				r = add(bench, BENCH_LOAD, BENCH_READY, source,
					paths[i], (enum dmaload_engine)engine);
	for (i = 0; r == 0 && i < 4; i += 3)
		r = add(bench, BENCH_LOAD, BENCH_READY, source, paths[i],
			bench->engine);
	for (i = 0; r == 0 && i < 3; i++)
		r = add(bench, BENCH_LOAD, BENCH_WHOLE, source, paths[i],
			bench->engine);
	for (i = 0; r == 0 && i < sizeof(views) / sizeof(views[0]); i++)
		r = add(bench, BENCH_LOAD, views[i], source, 0, bench->engine);
	return r;
}

static int add_rivals(struct bench *bench, const char *source)
{
	static const struct {
		enum bench_what what;
		enum bench_view view;
	} rivals[] = {
		{ BENCH_READ, BENCH_READY }, { BENCH_READ_AHEAD, BENCH_READY },
		{ BENCH_MMAP, BENCH_READY }, { BENCH_PREAD, BENCH_READY },
		{ BENCH_READ, BENCH_WHOLE }, { BENCH_READ, BENCH_WARM },
		{ BENCH_MEMCPY, BENCH_READY }, { BENCH_URING, BENCH_READY },
		{ BENCH_URING_AGAIN, BENCH_READY },
		{ BENCH_URING_OWN, BENCH_READY },
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < sizeof(rivals) / sizeof(rivals[0]); i++)
		r = add(bench, rivals[i].what, rivals[i].view, source, 0,
			DMALOAD_ENGINE_AUTO);
	return r;
}

static int add_source(struct bench *bench, const char *source)
{
	struct dmaload_error why;
	char name[192];
	int r;

	if (bench_source_try(bench, source, &why) < 0) {
		snprintf(name, sizeof(name), "*/%.180s", source);
		bench_leave_out(bench, name, why.message);
		return 0;
	}
	r = add_loads(bench, source);
	if (r == 0)
		r = add_rivals(bench, source);
	return r < 0 ? r : bench_pairs_find(bench, source);
}

static int add_heaps(struct bench *bench, struct dmaload_error *err)
{
	const struct dmaload_source *source;
	struct dmaload_sources *sources;
	size_t i, heaps = 0;
	int r;

	r = dmaload_sources_create(&sources, bench->length, err);
	if (r < 0)
		return r;
	for (i = 0; r == 0 && (source = dmaload_sources_get(sources, i)); i++) {
		if (strncmp(source->name, HEAP, strlen(HEAP)) != 0)
			continue;
		heaps++;
		if (source->access < 0)
			bench_leave_out(bench, source->name, source->remedy);
		else if (!strstr(source->name, "protected"))
			r = add_source(bench, source->name);
	}
	if (heaps == 0)
		bench_leave_out(bench, "*/" HEAP "*", "/dev/dma_heap is missing or empty");
	dmaload_sources_destroy(sources);
	return r;
}

int bench_find_cases(struct bench *bench, struct dmaload_error *err)
{
	static const char *const sources[] = {
		"udmabuf:2M", "udmabuf", "memfd:2M", "memfd", "memory",
	};
	size_t i;
	int r = 0;

	if (bench->source)
		r = add_source(bench, bench->source);
	else
		r = add_heaps(bench, err);
	for (i = 0; !bench->source && r == 0 &&
	     i < sizeof(sources) / sizeof(sources[0]); i++)
		r = add_source(bench, sources[i]);
	if (r == -ENOMEM)
		return explain(err, r, "no memory for the cases");
	return r;
}
