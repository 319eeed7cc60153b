/* SPDX-License-Identifier: MIT */
#include "family.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pattern.h"

int family_calls_fail(const struct family *family)
{
	struct dmaload_progress progress = { .size = sizeof(progress) };
	const struct dmaload_range *range = &family->scene.range;
	struct dmaload_ctx *ctx = family->scene.kit.ctx;
	struct dmaload_event event = { .size = sizeof(event) };
	struct dmaload_job *job = family->job, *none = NULL;
	struct dmaload_events *events;
	enum dmaload_path path;
	size_t i;

	if (dmaload_load(ctx, range, 1, NULL, NULL, NULL) != -ECHILD ||
	    dmaload_store(ctx, range, 1, NULL, NULL, NULL) != -ECHILD ||
	    dmaload_verify(ctx, range, 1, NULL, NULL, NULL) != -ECHILD ||
	    dmaload_probe(ctx, range, NULL, &path, NULL, NULL) != -ECHILD)
		return 1;
	if (dmaload_submit(&none, ctx, DMALOAD_LOAD, range, 1, NULL, NULL) !=
	    -ECHILD || none)
		return 2;
	if (dmaload_job_wait(job, 0, NULL, NULL) != -ECHILD ||
	    dmaload_job_wait(job, DMALOAD_FOREVER, NULL, NULL) != -ECHILD ||
	    dmaload_job_progress(job, &progress) != -ECHILD ||
	    dmaload_job_next_range(job, &i) != -ECHILD ||
	    dmaload_job_fd(job, NULL) != -ECHILD)
		return 3;
	if (dmaload_events_next(family->events, DMALOAD_FOREVER, &event, NULL,
				NULL) != -ECHILD ||
	    dmaload_events_fd(family->events, NULL) != -ECHILD ||
	    dmaload_events_create(&events, ctx, NULL) != -ECHILD)
		return 8;
	return 0;
}

/* A context of its own is as good as any. But TSan knows no thread in the child of
 * threads: so it is a buffer that needs none to be populated. */
static int own_context_works(const struct family *family)
{
	struct dmaload_range own = family->scene.range;
	struct dmaload_ctx *ctx;

	own.length = MEDIUM / 2;
	if (dmaload_ctx_create(&ctx, NULL, NULL) != 0 ||
	    dmaload_buffer_create(&own.buffer, place.source, own.length, NULL) != 0 ||
	    dmaload_load(ctx, &own, 1, NULL, NULL, NULL) != 0 ||
	    dmaload_verify(ctx, &own, 1, NULL, NULL, NULL) != 0)
		return 4;
	dmaload_buffer_destroy(own.buffer);
	/* The parent's jobs use its memory, which is not that of this
	 * process. */
	own.buffer = family->into.buffer;
	own.length = STALL_BYTES;
	if (dmaload_load(ctx, &own, 1, NULL, NULL, NULL) != 0)
		return 5;
	dmaload_ctx_destroy(ctx);
	return 0;
}

static bool is_ring(int fd)
{
	char path[64], target[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	return strstr(target, "[io_uring]") != NULL;
}

bool has_ring(bool mapped)
{
	char line[512];
	bool has = false;
	FILE *maps;
	int fd;

	for (fd = 0; fd < 256; fd++)
		has = has || is_ring(fd);
	maps = mapped ? fopen("/proc/self/maps", "re") : NULL;
	while (maps && fgets(line, sizeof(line), maps))
		has = has || strstr(line, "[io_uring]");
	if (maps)
		fclose(maps);
	return has;
}

int family_in_child(const struct family *family)
{
	int fd, r;

	alarm(60);
	r = family_calls_fail(family);
	if (r == 0)
		r = own_context_works(family);
	if (r != 0)
		return r;
	fd = dmaload_buffer_fd(family->young);
	if (fd < 0 && fd != -ECHILD)
		return 6;
	dmaload_job_cancel(family->job);
	dmaload_job_destroy(family->job);
	dmaload_job_destroy(family->into_memory);
	dmaload_events_destroy(family->events);
	dmaload_ctx_destroy(family->scene.kit.ctx);
	dmaload_buffer_destroy(family->into.buffer);
	dmaload_buffer_destroy(family->young);
	dmaload_buffer_destroy(family->scene.kit.buffer);
	dmaload_file_close(family->scene.kit.file);
	return has_ring(true) ? 7 : 0;
}

void family_begin(struct family *family)
{
	struct dmaload_options options = { .size = sizeof(options) };
	struct scene *scene = &family->scene;
	struct dmaload_range ranges[2];

	kit_open(&scene->kit, MEDIUM, MEDIUM);
	/* So that the context has what it keeps from load to load. */
	assert_int_equal(kit_load_past(&scene->kit, 0, 0, MEDIUM,
				       DMALOAD_ALLOW_BOUNCE), 0);
	assert_int_equal(has_ring(false), scene->kit.report.engine ==
			 DMALOAD_ENGINE_URING);
	stall_begin(&scene->stall, &scene->kit, NULL);
	scene->range = kit_whole(&scene->kit);
	assert_int_equal(dmaload_events_create(&family->events, scene->kit.ctx,
					       NULL), 0);
	assert_true(dmaload_events_fd(family->events, NULL) >= 0);
	family->memory = malloc(STALL_BYTES);
	assert_non_null(family->memory);
	family->into = scene->range;
	family->into.length = STALL_BYTES;
	family->into.buffer = NULL;
	assert_int_equal(dmaload_buffer_from_memory(&family->into.buffer,
						    family->memory, STALL_BYTES,
						    NULL), 0);
	/* The first job waits for the one that is stalled, and the second one for the
	 * first: so no thread is just making a ring, whose fd a child would have and
	 * know nothing of. */
	ranges[0] = scene->range;
	ranges[1] = family->into;
	options.events = family->events;
	family->job = submit(scene->kit.ctx, DMALOAD_LOAD, ranges, 2, &options);
	family->into_memory = submit(scene->kit.ctx, DMALOAD_LOAD, &family->into,
				     1, NULL);
	assert_int_equal(dmaload_buffer_create(&family->young, place.source,
					       MEDIUM, NULL), 0);
}

void family_end(struct family *family)
{
	struct dmaload_event event = { .size = sizeof(event) };
	struct scene *scene = &family->scene;

	assert_false(has_ended(family->job));
	stall_release(&scene->stall);
	assert_int_equal(wait_for(scene->stall.job), 0);
	assert_int_equal(wait_for(family->job), 0);
	assert_int_equal(dmaload_events_next(family->events, 0, &event, NULL,
					     NULL), 0);
	assert_ptr_equal(event.job, family->job);
	dmaload_events_destroy(family->events);
	assert_int_equal(wait_for(family->into_memory), 0);
	assert_int_equal(pattern_differs(family->memory, STALL_BYTES, 0),
			 STALL_BYTES);
	assert_true(dmaload_buffer_fd(family->young) >= 0);
	kit_check(&scene->kit, 0, 0, MEDIUM);
	dmaload_job_destroy(family->job);
	dmaload_job_destroy(family->into_memory);
	dmaload_buffer_destroy(family->into.buffer);
	dmaload_buffer_destroy(family->young);
	free(family->memory);
	stall_end(&scene->stall);
	kit_close(&scene->kit);
}
