/* SPDX-License-Identifier: MIT */
#include "versions.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

void *versions_exactly(size_t size, int byte)
{
	unsigned char *at = malloc(size);

	assert_non_null(at);
	memset(at, byte, size);
	memcpy(at, &size, sizeof(size));
	return at;
}

int call_load(const struct call *call)
{
	return dmaload_load(call->scene->ctx, &call->scene->range, 1,
			    call->options, call->report, &call->scene->err);
}

static int call_verify(const struct call *call)
{
	return dmaload_verify(call->scene->ctx, &call->scene->range, 1,
			      call->options, call->report, &call->scene->err);
}

static int call_probe(const struct call *call)
{
	enum dmaload_path path;

	return dmaload_probe(call->scene->ctx, &call->scene->range,
			     call->options, &path, call->report,
			     &call->scene->err);
}

int call_store(const struct call *call)
{
	struct dmaload_range range = call->scene->range;
	int r;

	range.length = 100000;
	r = dmaload_file_create(&range.file, "/data/stored.bin", 0,
				&call->scene->err);
	if (r == 0)
		r = dmaload_store(call->scene->ctx, &range, 1, call->options,
				  call->report, &call->scene->err);
	dmaload_file_close(range.file);
	return r;
}

int call_load_stream(const struct call *call)
{
	struct fake_node *node = fake_find("/data/stream");
	struct dmaload_buffer *buffer = NULL;
	struct dmaload_file *stream;
	uint64_t length;
	int fd, r;

	node->came = 0;
	fd = fake_open(node, O_RDONLY);
	assert_int_equal(dmaload_file_from_stream(&stream, fd, NULL), 0);
	r = dmaload_load_stream(&buffer, &length, call->scene->ctx, stream,
				"memfd", 0, 0, call->options, call->report,
				&call->scene->err);
	dmaload_buffer_destroy(buffer);
	dmaload_file_close(stream);
	fake_close(fd);
	return r;
}

int call_load_file(const struct call *call)
{
	struct dmaload_buffer *buffer = NULL;
	int r;

	r = dmaload_load_file(&buffer, SCENE_PATH, "memfd", call->options,
			      call->report, &call->scene->err);
	dmaload_buffer_destroy(buffer);
	return r;
}

int call_submit(const struct call *call)
{
	struct dmaload_job *job;
	int r;

	r = dmaload_submit(&job, call->scene->ctx, DMALOAD_LOAD,
			   &call->scene->range, 1, call->options,
			   &call->scene->err);
	if (r < 0)
		return r;
	r = dmaload_job_wait(job, DMALOAD_FOREVER, call->report,
			     &call->scene->err);
	dmaload_job_destroy(job);
	return r;
}

int (*const versions_calls[VERSIONS_CALLS])(const struct call *call) = {
	call_load, call_verify, call_probe, call_store, call_load_stream,
	call_load_file, call_submit,
};

void versions_make(struct scene *scene)
{
	scene_make(scene, &(struct scene_setup){ .source = "memfd" });
	fake_add(FAKE_PIPE, "/data/stream", 5000);
	assert_int_equal(call_load(&(struct call){ .scene = scene }), 0);
}

void versions_check_given(const unsigned char *given, size_t size,
			  size_t known)
{
	size_t its, i;

	memcpy(&its, given, sizeof(its));
	assert_int_equal(its, size);
	for (i = known; i < size; i++)
		assert_int_equal(given[i], 0);
}

struct dmaload_report versions_clear(bool stored)
{
	struct dmaload_report report;

	/* To be compared byte by byte. */
	memset(&report, 0, sizeof(report));
	report.cache_before_bytes = DMALOAD_UNKNOWN;
	report.cache_residue_bytes = DMALOAD_UNKNOWN;
	report.buffer_huge_bytes = DMALOAD_UNKNOWN;
	report.stored = stored;
	return report;
}
