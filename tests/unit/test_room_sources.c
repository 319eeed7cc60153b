/* SPDX-License-Identifier: MIT */
/* Which memory a cgroup's limit applies to: heaps, huge pages, buffers that
 * grow, and the pool. */
#include <errno.h>

#include "scene.h"
#include "rooms.h"

/* No heap is charged, unless the kernel says so, and then only "system". */
static void heaps(void **state)
{
	static const char param[] =
		"/sys/module/dma_heap/parameters/mem_accounting";

	(void)state;
	fake_add_heap("linux,cma");
	rooms_enter(ROOMS_MOUNT "\n");
	rooms_limit(ROOMS_INNER, "67108864\n", "0\n", "");
	rooms_grant("system", 100 * MIB);
	fake_say(param, "N\n", 0);
	rooms_grant("system", 100 * MIB);
	fake_say(param, "Y\n", 0);
	rooms_grant("linux,cma", 100 * MIB);
	rooms_refuse("system", 100 * MIB, "memory.max is 64 MiB");
	rooms_refuse(NULL, 100 * MIB, "memory.max is 64 MiB");
	rooms_grant("system", 30 * MIB);
}

static void reserved_huge_pages(void **state)
{
	struct dmaload_buffer *buffer;

	(void)state;
	fake_add_udmabuf();
	fake.udmabuf_limit = "8192\n";
	fake.hugetlb = true;
	rooms_enter(ROOMS_MOUNT "\n");
	rooms_limit(ROOMS_INNER, "67108864\n", "0\n", "");
	buffer = rooms_create("udmabuf:2M", 100 * MIB);
	assert_string_equal(dmaload_buffer_source(buffer), "udmabuf:2M");
	dmaload_buffer_destroy(buffer);
	rooms_check_nothing_promised();
	/* Not part of what the machine has, either. */
	fake.threads_late = true;
	fake.meminfo = "MemAvailable: 40 kB\n";
	buffer = rooms_create("udmabuf:2M", 4 * MIB);
	rooms_check_nothing_promised();
	dmaload_buffer_destroy(buffer);
	/* As systemd mounts cgroups since its version 259. */
	rooms_enter(ROOMS_MOUNT ",memory_hugetlb_accounting\n");
	rooms_limit(ROOMS_INNER, "67108864\n", "0\n", "");
	buffer = rooms_create("udmabuf:2M", 30 * MIB);
	assert_string_equal(dmaload_buffer_source(buffer), "udmabuf:2M");
	fake.meminfo = "MemAvailable: 1048576 kB\n";
	rooms_refuse("udmabuf:2M", 40 * MIB,
		     "30 MiB are reserved for other buffers of this process");
	dmaload_buffer_destroy(buffer);
	rooms_check_nothing_promised();
}

/* A stream's buffer grows until the cgroup has no room, and the error names the
 * limit. */
static void growing_streams(void **state)
{
	struct dmaload_buffer *buffer;
	struct scene scene;
	uint64_t length;

	(void)state;
	scene_make_empty(&scene, 0, 0);
	scene_add_stream(&scene, FAKE_SOCKET, 3 * MIB);
	rooms_enter(ROOMS_MOUNT "\n");
	rooms_limit(ROOMS_INNER, "2097152\n", "0\n", "");
	scene_prepare(&scene);
	assert_int_equal(dmaload_load_stream(&buffer, &length, scene.ctx,
					     scene.files[0], "memfd", MIB, 0,
					     NULL, NULL, &scene.err), -ENOMEM);
	check_says(scene.err.message, "out of memory after 1048577 bytes");
	check_says(scene.err.message, "memory.max is 2 MiB");
	rooms_check_nothing_promised();
	scene_drop(&scene);
}

/* The pool gets smaller, down to none, where the process would be killed. */
static void pools(void **state)
{
	/* 5 MiB, of which a 32nd is for reads that are in flight. */
	static const struct {
		const char *current;
		const char *says;
		enum dmaload_path path;
	} cases[] = {
		{ "0\n", "", DMALOAD_PATH_BOUNCE },
		{ "5058560\n", "32768 bytes were refused (ENOMEM)",
		  DMALOAD_PATH_BOUNCE },
		{ "5242880\n", "", DMALOAD_PATH_BUFFERED },
	};
	struct dmaload_range range;
	struct scene scene;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		fake_reset();
		scene_make_empty(&scene, 0, 0);
		scene_add_file(&scene, 100000, 0);
		scene_add_buffer(&scene, "pfnmap", 131072);
		rooms_enter(ROOMS_MOUNT "\n");
		rooms_limit(ROOMS_INNER, "5242880\n", cases[i].current, "");
		range = scene_range(&scene, 0, 0, 0, 0, 100000);
		scene_expect_load(&scene, &range, 1);
		check_says(scene.report.pool_reduced, cases[i].says);
		assert_int_equal(dmaload_report_path(&scene.report),
				 cases[i].path);
		rooms_check_nothing_promised();
		scene_drop(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(heaps),
		SCENE_TEST(reserved_huge_pages),
		SCENE_TEST(growing_streams),
		SCENE_TEST(pools),
	};

	return cmocka_run_group_tests_name("room_sources", tests, NULL, NULL);
}
