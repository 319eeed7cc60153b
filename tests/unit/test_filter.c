/* SPDX-License-Identifier: MIT */
/*
 * Under a seccomp filter, no path makes a call that the filter may not know, and
 * all load the same bytes. A call that is refused by an errno has a substitute.
 * The model ends the test at a call that a filter does not know.
 */
#include <errno.h>
#include <string.h>

#include "buffers.h"
#include "rows.h"

#define ACTIVE "Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t1\n"
#define NONE "Name:\tx\nSeccomp:\t0\nSeccomp_filters:\t0\n"
#define SERVICE "0::/system.slice/camera.service\n"
#define SIZE 100000u

#define ALL DMALOAD_SYSCALLS_ALL
#define OLD DMALOAD_SYSCALLS_OLD
#define BASIC DMALOAD_SYSCALLS_BASIC

#define CACHED_OR_NOT(text, pfnmap, paths, ...) \
	{ text, pfnmap, paths, false, __VA_ARGS__ }, \
	{ text ", cached", pfnmap, paths, true, __VA_ARGS__ }
#define EACH_PATH(text, ...) \
	CACHED_OR_NOT(text ": any path", false, 0, __VA_ARGS__), \
	CACHED_OR_NOT(text ": any path, pfnmap", true, 0, __VA_ARGS__), \
	CACHED_OR_NOT(text ": direct", false, DMALOAD_ALLOW_DIRECT, __VA_ARGS__), \
	CACHED_OR_NOT(text ": bounce", false, DMALOAD_ALLOW_BOUNCE, __VA_ARGS__), \
	CACHED_OR_NOT(text ": bounce, pfnmap", true, DMALOAD_ALLOW_BOUNCE, __VA_ARGS__), \
	CACHED_OR_NOT(text ": buffered", false, DMALOAD_ALLOW_BUFFERED, __VA_ARGS__), \
	CACHED_OR_NOT(text ": buffered, pfnmap", true, DMALOAD_ALLOW_BUFFERED, __VA_ARGS__)

/* The configuration, the lines of /proc, and the result. */
static const struct given {
	const char *name;
	bool pfnmap;
	uint32_t paths;
	bool warm;
	enum dmaload_syscalls config;
	const char *status, *cgroup;
	enum dmaload_syscalls level;
} givens[] = {
	EACH_PATH("a filter", DMALOAD_SYSCALLS_AUTO, ACTIVE, NULL, OLD),
	EACH_PATH("a service", DMALOAD_SYSCALLS_AUTO, ACTIVE, SERVICE, BASIC),
	EACH_PATH("configured old", OLD, NONE, NULL, OLD),
	EACH_PATH("configured basic", BASIC, NONE, NULL, BASIC),
};

static void check_syscalls(const struct scene *scene, const struct given *given)
{
	const struct dmaload_report *report = &scene->report;

	assert_int_equal(report->syscalls, given->level);
	assert_true(report->syscalls_reduced[0]);
	if (report->bytes_direct + report->bytes_bounced > 0) {
		assert_int_equal(report->engine, DMALOAD_ENGINE_THREADS);
		check_says(report->engine_declined, "io_uring is not tried: ");
	}
	assert_int_equal(fake_count(FAKE_RING_CREATE), 0);
	if (given->level == BASIC) {
		assert_true(report->cache_residue_bytes == DMALOAD_UNKNOWN);
		assert_int_equal(report->bytes_cached, 0);
		return;
	}
	assert_int_equal(report->cache_residue_bytes, 0);
	if (given->warm && report->bytes_buffered == 0)
		assert_int_equal(report->bytes_cached, report->bytes_total);
}

static void load_and_verify(void **state)
{
	const struct given *given = *state;
	struct scene scene;
	uint64_t resident;
	int r;

	fake.status = given->status;
	fake.cgroup = given->cgroup;
	fake.knows = given->level;
	scene_make(&scene, &(struct scene_setup){
		.pfnmap = given->pfnmap, .syscalls = given->config });
	if (given->warm)
		fake_cache(scene.node, 0, SIZE);
	scene.options.paths = given->paths;
	if (scene_load(&scene) != 0)
		fail_msg("%s", scene.err.message);
	scene_check_bytes(&scene);
	scene_check_report(&scene);
	check_syscalls(&scene, given);
	assert_int_equal(scene_verify(&scene), 0);
	check_syscalls(&scene, given);
	if (given->config == DMALOAD_SYSCALLS_AUTO) {
		r = dmaload_file_resident(scene.file, 0, SIZE, &resident,
					  &scene.err);
		if (given->level == BASIC)
			scene_check_failure(&scene, r, -EPERM, "a seccomp filter "
					    "is active, of a systemd service");
		else
			assert_int_equal(r, 0);
	}
	scene_drop(&scene);
}

/* The caller's configuration overrides what /proc says. */
static void by_configuration(void **state)
{
	struct scene scene;

	(void)state;
	fake.status = ACTIVE;
	fake.cgroup = SERVICE;
	scene_make(&scene, &(struct scene_setup){
		.syscalls = ALL });
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_URING);
	assert_int_equal(scene.report.syscalls, ALL);
	assert_string_equal(scene.report.syscalls_reduced, "");
	scene_drop(&scene);
}

/* Each load queries the filter. If io_uring is configured, it is tried. */
static void installed_later(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ 0 });
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_URING);
	fake.status = ACTIVE;
	fake.knows = OLD;
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_THREADS);
	check_says(scene.report.engine_declined, "seccomp");
	scene_drop(&scene);
	fake_reset();

	fake.status = ACTIVE;
	scene_make(&scene, &(struct scene_setup){
		.engine = DMALOAD_ENGINE_URING });
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_URING);
	assert_int_equal(scene.report.syscalls, OLD);
	assert_int_equal(fake_count(FAKE_CACHESTAT), 0);
	scene_drop(&scene);
}

/* Pages are evicted after the query of the page cache, before the copy. */
static void evicted_meanwhile(void **state)
{
	struct scene scene;

	(void)state;
	fake.status = ACTIVE;
	fake.knows = OLD;
	scene_make(&scene, &(struct scene_setup){ 0 });
	/* After a buffered load there is no readahead, which would bring it back. */
	scene.options.paths = DMALOAD_ALLOW_BUFFERED;
	assert_int_equal(scene_load(&scene), 0);
	scene.options.paths = 0;
	fake_cache(scene.node, 0, SIZE);
	scene.node->evict_after = 2;
	scene.node->evict_offset = 81920;
	scene.node->evict_length = 4096;
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	assert_int_equal(scene.report.bytes_cached, SIZE - 8192);
	assert_true(scene.report.bytes_direct > 0);
	assert_int_equal(scene.report.cache_residue_bytes, 0);
	scene_drop(&scene);
}

/* Old containers refuse calls by an errno; the kernel never returns EPERM for
 * these. */
static const struct refusal {
	const char *name;
	int code;
	/* A reader who is not told what is in the page cache may drop nothing. */
	bool not_told;
} refusals[] = {
	{ "calls are refused: EPERM", -EPERM, false },
	{ "calls are refused: ENOSYS", -ENOSYS, false },
	{ "flags are refused, mincore is no help: EPERM", -EPERM, true },
	{ "flags are refused, mincore is no help: ENOSYS", -ENOSYS, true },
};

static void refused_by_an_errno(void **state)
{
	const struct refusal *row = *state;
	struct scene scene;

	scene_make(&scene, &(struct scene_setup){ .syscalls = ALL });
	fake.flags_error = row->code;
	if (row->not_told) {
		scene.node->may_write = false;
		scene.node->st.uid++;
		scene.options.paths = DMALOAD_ALLOW_BUFFERED;
	} else {
		fake_fail_calls(FAKE_CACHESTAT, 1, 0, row->code);
		fake_fail_calls(FAKE_STAT_DIRECT, 1, 0, row->code);
		fake_fail_calls(FAKE_RING_CREATE, 1, 0, row->code);
		fake_cache(scene.node, 0, 50000);
	}
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	scene_check_report(&scene);
	if (row->not_told) {
		assert_int_equal(scene.report.bytes_buffered, SIZE);
	} else {
		assert_int_equal(scene.report.bytes_cached, 12 * FAKE_PAGE + 4096);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		assert_int_equal(scene.report.engine, DMALOAD_ENGINE_THREADS);
	}
	scene_drop(&scene);
}

static void shared_memory(void **state)
{
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	struct listed udmabuf;

	(void)state;
	fake_remove(fake_find("/dev/dma_heap/system"));
	fake_add_udmabuf();
	expect_recommended("udmabuf", 4096, "within the limit");
	fake.status = ACTIVE;
	fake.knows = OLD;
	expect_recommended(NULL, 4096, NULL);
	find_source(&udmabuf, "udmabuf", 4096);
	assert_int_equal(udmabuf.access, 0);
	check_says(udmabuf.reason, "ask for the source \"udmabuf\"");
	expect_refusal(NULL, 4096, -EPERM, "ask for the source \"udmabuf\"");
	assert_int_equal(fake_count(FAKE_MEMFD_CREATE), 0);
	assert_int_equal(dmaload_buffer_create(&buffer, "udmabuf", 4096, NULL), 0);
	dmaload_buffer_destroy(buffer);
	fake_fail_calls(FAKE_MEMFD_CREATE, 1, 0, -EPERM);
	assert_int_equal(dmaload_buffer_create(&buffer, "memfd", 4096, &err),
			 -EPERM);
	check_says(err.message, "seccomp");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(by_configuration),
		SCENE_TEST(installed_later),
		SCENE_TEST(evicted_meanwhile),
		SCENE_TEST(shared_memory),
	};

	return ROWS_RUN("filter: paths", load_and_verify, givens) +
	       ROWS_RUN("filter: refusals", refused_by_an_errno, refusals) +
	       cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
