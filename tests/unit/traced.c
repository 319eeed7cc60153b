/* SPDX-License-Identifier: MIT */
/* Jobs for tests/unit/traced.py, which watches their probes. After each, print its report. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scene.h"

#define MIB (1u << 20)

static const struct scene_setup pinnable = { 0 };
static const struct scene_setup pfnmap = { .pfnmap = true };
static const struct scene_setup base_pages = { .file_size = 4 * MIB, .buffer_size = 8 * MIB };

static void print_report(const struct scene *scene, int r)
{
	const struct dmaload_report *report = &scene->report;

	printf("result|%d|%s\n", r, r < 0 ? scene->err.message : "");
	printf("bytes|%" PRIu64 "|%" PRIu64 "|%" PRIu64 "|%" PRIu64 "\n",
	       report->bytes_direct, report->bytes_bounced,
	       report->bytes_buffered, report->bytes_cached);
	printf("declined|%s|%s|%s\n", report->declined[DMALOAD_PATH_DIRECT],
	       report->declined[DMALOAD_PATH_BOUNCE],
	       report->declined[DMALOAD_PATH_BUFFERED]);
}

static void load(struct scene *scene)
{
	print_report(scene, scene_load(scene));
}

static void plain(struct scene *scene)
{
	scene->options.user_data = 77;
	load(scene);
}

static void two_ranges(struct scene *scene)
{
	const struct dmaload_range ranges[] = {
		scene_range(scene, 0, 0, 0, 0, 20480),
		scene_range(scene, 0, 40960, 0, 40960, 8192),
	};

	print_report(scene, scene_load_ranges(scene, ranges, 2));
}

static void midway(struct scene *scene)
{
	fake_fail_calls(FAKE_READ, 6, 1, -EFAULT);
	load(scene);
}

static void through_the_cache(struct scene *scene)
{
	scene->node->silently_buffered = true;
	load(scene);
}

static void no_direct_io(struct scene *scene)
{
	scene->node->direct_error = -EINVAL;
	load(scene);
}

static void broken_disk(struct scene *scene)
{
	scene->node->direct_read_error = -EIO;
	load(scene);
}

static void measured(struct scene *scene)
{
	fake.scattered = 3;
	scene_set_range(scene, 0, 0, 4 * MIB);
	load(scene);
}

static void verified(struct scene *scene)
{
	print_report(scene, scene_verify(scene));
}

static void stored(struct scene *scene)
{
	dmaload_file_close(scene->file);
	assert_int_equal(dmaload_file_create(&scene->file, SCENE_PATH, 0, NULL), 0);
	scene_set_range(scene, 700, 1212, 90000);
	scene_fill(scene);
	scene_prepare(scene);
	print_report(scene, dmaload_store(scene->ctx, &scene->range, 1, NULL,
					  &scene->report, &scene->err));
}

static void probed(struct scene *scene)
{
	enum dmaload_path path;

	scene_prepare(scene);
	print_report(scene, dmaload_probe(scene->ctx, &scene->range, NULL, &path,
					  &scene->report, &scene->err));
}

static void refused(struct scene *scene)
{
	scene->range.length = UINT64_MAX - 1;
	load(scene);
}

static const struct {
	const char *name;
	void (*run)(struct scene *scene);
	const struct scene_setup *setup;
} jobs[] = {
	{ "plain", plain, &pinnable },
	{ "two-ranges", two_ranges, &pinnable },
	{ "not-pinnable", load, &pfnmap },
	{ "midway", midway, &pinnable },
	{ "through-the-cache", through_the_cache, &pinnable },
	{ "no-direct-io", no_direct_io, &pinnable },
	{ "broken-disk", broken_disk, &pinnable },
	{ "measured", measured, &base_pages },
	{ "verified", verified, &pinnable },
	{ "stored", stored, &pinnable },
	{ "probed", probed, &pfnmap },
	{ "refused", refused, &pinnable },
};

int main(void)
{
	size_t i;

	setvbuf(stdout, NULL, _IONBF, 0);
	for (i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		struct scene scene;

		fake_setup(NULL);
		scene_make(&scene, jobs[i].setup);
		scene_set_range(&scene, 700, 1212, 90000);
		printf("job|%s\n", jobs[i].name);
		jobs[i].run(&scene);
		scene_drop(&scene);
		fake_teardown(NULL);
	}
	return 0;
}
