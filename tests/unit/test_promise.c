/* SPDX-License-Identifier: MIT */
/* Memory that has been granted and is not populated yet is granted once; and
 * each promise ends. */
#include <dmaload/spread.h>

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scene.h"
#include "rooms.h"

/* The kernel does not count what no thread has populated yet. */
static void promises_count(const char *source)
{
	struct dmaload_buffer *first, *second;

	fake_reset();
	fake_add_udmabuf();
	fake.threads_late = true;
	fake.udmabuf_limit = "8192\n";
	fake.meminfo = "MemAvailable: 102400 kB\n";
	first = rooms_create(source, 70 * MIB);
	assert_int_equal(rooms_query().promised_bytes, 70 * MIB);
	assert_int_equal(rooms_query().room_bytes, 30 * MIB);
	rooms_refuse(source, 70 * MIB, "has 100 MiB available (MemAvailable), of which "
	       "70 MiB are reserved for other buffers of this process");
	second = rooms_create(source, 30 * MIB);
	rooms_refuse(source, 4096, "of which 100 MiB");
	/* Destroyed before it is populated: it never takes it. */
	dmaload_buffer_destroy(first);
	assert_int_equal(rooms_query().promised_bytes, 30 * MIB);
	first = rooms_create(source, 70 * MIB);
	/* Now they have it, and the kernel says so. */
	fake_run_threads();
	rooms_check_nothing_promised();
	fake.meminfo = "MemAvailable: 1024 kB\n";
	rooms_refuse(source, 2 * MIB, "has 1 MiB available (MemAvailable):");
	dmaload_buffer_destroy(second);
	dmaload_buffer_destroy(first);
	rooms_check_nothing_promised();
}

static void memory_is_granted_once(void **state)
{
	(void)state;
	promises_count("memfd");
	promises_count("udmabuf");
	/* Memory that is populated before the call returns is not promised any
	 * more. */
	fake_reset();
	fake.threads_late = true;
	rooms_grant("memfd", 8 * MIB);
	dmaload_buffer_destroy(rooms_create("system", 8 * MIB));
	rooms_check_nothing_promised();
}

static void population_that_fails(void **state)
{
	struct dmaload_buffer *buffer;

	(void)state;
	fake_add_udmabuf();
	fake.threads_late = true;
	buffer = rooms_create("udmabuf", 64 * MIB);
	fake_fail_calls(FAKE_MADVISE, 5, 1, -ENOMEM);
	assert_int_equal(dmaload_buffer_wait(buffer, NULL), -ENOMEM);
	rooms_check_nothing_promised();
	dmaload_buffer_destroy(buffer);
	rooms_check_nothing_promised();
	/* A kernel before 5.14 cannot populate, but the ioctl does. */
	fake.no_populate = true;
	buffer = rooms_create("udmabuf", 64 * MIB);
	assert_int_equal(rooms_query().promised_bytes, 64 * MIB);
	assert_int_equal(dmaload_buffer_wait(buffer, NULL), 0);
	rooms_check_nothing_promised();
	dmaload_buffer_destroy(buffer);
}

/* Every call that creating takes, failing in turn. */
static void creation_that_fails(void **state)
{
	static const char *const sources[] = { "memfd", "udmabuf", "udmabuf:2M",
					       "system" };
	struct dmaload_buffer *buffer;
	unsigned i, n, variant;

	(void)state;
	for (i = 0; i < 4; i++) {
		for (n = 1; n < 60; n++) {
			variant = n % 3;
			fake_reset();
			fake_add_udmabuf();
			fake.hugetlb = i % 2;
			fake.threads_late = n % 2;
			rooms_enter(ROOMS_MOUNT ",memory_hugetlb_accounting\n");
			rooms_limit(ROOMS_INNER, "67108864\n", "0\n", "");
			fake_say("/sys/module/dma_heap/parameters/mem_accounting",
				 "Y\n", 0);
			fake_fail_nth(n, variant);
			if (dmaload_buffer_create(&buffer, sources[i], 10 * MIB,
						  NULL) == 0) {
				dmaload_buffer_wait(buffer, NULL);
				rooms_check_nothing_promised();
				dmaload_buffer_destroy(buffer);
			}
			rooms_check_nothing_promised();
			fake_check_balanced();
		}
	}
}

static void promises_are_populated_by_and_by(void **state)
{
	struct promise one = { 0 }, other = { 0 }, before, sum;

	(void)state;
	promise_add(&one, 100, 100, &before);
	assert_int_equal(before.available, 0);
	promise_add(&other, 50, 0, &before);
	assert_int_equal(before.available, 100);
	assert_int_equal(before.charged, 100);
	promise_populated(&one, 30);
	promise_sum(&sum);
	assert_int_equal(sum.available, 120);
	assert_int_equal(sum.charged, 70);
	/* A part for another one, and no more than there is. */
	promise_move(&other, &one, 20, 1000);
	assert_int_equal(one.available, 50);
	assert_int_equal(one.charged, 0);
	assert_int_equal(other.available, 70);
	assert_int_equal(other.charged, 70);
	promise_sum(&sum);
	assert_int_equal(sum.available, 120);
	promise_populated(&one, 1000);
	promise_end(&other);
	promise_end(&other);
	promise_end(&one);
	rooms_check_nothing_promised();
}

#define CHILD_CHECK(condition) do { if (!(condition)) _exit(1); } while (0)

static void child(struct dmaload_buffer *buffer)
{
	struct dmaload_buffer *own;

	CHILD_CHECK(rooms_query().promised_bytes == 0);
	/* It has all the memory that there is. */
	CHILD_CHECK(dmaload_buffer_create(&own, "memfd", 90 * MIB, NULL) == 0);
	CHILD_CHECK(rooms_query().promised_bytes == 90 * MIB);
	dmaload_buffer_destroy(buffer);
	CHILD_CHECK(rooms_query().promised_bytes == 90 * MIB);
	dmaload_buffer_destroy(own);
	CHILD_CHECK(rooms_query().promised_bytes == 0);
	_exit(0);
}

static void children_of_fork(void **state)
{
	struct dmaload_buffer *buffer;
	int status;
	pid_t pid;

	(void)state;
	fake.threads_late = true;
	fake.meminfo = "MemAvailable: 102400 kB\n";
	buffer = rooms_create("memfd", 70 * MIB);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(buffer);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(rooms_query().promised_bytes, 70 * MIB);
	dmaload_buffer_destroy(buffer);
	rooms_check_nothing_promised();
}

/* All of a spread is granted before its first buffer is made, and is so once. */
static void spreads(void **state)
{
	struct dmaload_spread *spread;
	struct dmaload_error err;
	struct scene scene;

	(void)state;
	fake_add_udmabuf();
	fake.threads_late = true;
	fake.meminfo = "MemAvailable: 10240 kB\n";
	scene_make_empty(&scene, 4096, 2);
	scene_add_file(&scene, 10 * MIB - 1000, 0);
	assert_int_equal(dmaload_spread_create(&spread, "udmabuf",
					       scene.files[0], 0, DMALOAD_TO_END,
					       2 * MIB, &err), 0);
	assert_int_equal(dmaload_spread_count(spread), 5);
	assert_int_equal(rooms_query().promised_bytes, 10 * MIB);
	assert_int_equal(rooms_query().room_bytes, 0);
	dmaload_spread_destroy(spread);
	rooms_check_nothing_promised();
	/* One of them cannot be made. */
	fake_fail_calls(FAKE_MEMFD_CREATE, 4, 1, -EMFILE);
	assert_int_equal(dmaload_spread_create(&spread, "udmabuf",
					       scene.files[0], 0, DMALOAD_TO_END,
					       2 * MIB, &err), -EMFILE);
	rooms_check_nothing_promised();
	/* Huge pages for two of five, which turn out to be for none. */
	fake.huge_free = "2\n";
	assert_int_equal(dmaload_spread_create(&spread, "udmabuf:2M",
					       scene.files[0], 0, DMALOAD_TO_END,
					       2 * MIB, &err), 0);
	assert_int_equal(rooms_query().promised_bytes, 10 * MIB);
	dmaload_spread_destroy(spread);
	rooms_check_nothing_promised();
	rooms_enter(ROOMS_MOUNT "\n");
	rooms_limit(ROOMS_INNER, "8388608\n", "0\n", "");
	assert_int_equal(dmaload_spread_create(&spread, "udmabuf",
					       scene.files[0], 0, DMALOAD_TO_END,
					       2 * MIB, &err), -ENOMEM);
	check_says(err.message, "memory.max is 8 MiB");
	rooms_check_nothing_promised();
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(memory_is_granted_once),
		SCENE_TEST(population_that_fails),
		SCENE_TEST(creation_that_fails),
		SCENE_TEST(promises_are_populated_by_and_by),
		SCENE_TEST(children_of_fork),
		SCENE_TEST(spreads),
	};

	return cmocka_run_group_tests_name("promise", tests, NULL, NULL);
}
