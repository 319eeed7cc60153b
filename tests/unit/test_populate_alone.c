/* SPDX-License-Identifier: MIT */
/*
 * A udmabuf whose thread has not run yet, without a load: it fails, ends, or is
 * inherited by a child of fork().
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buffer/buffer.h"
#include "scene.h"

#define MIB ((uint64_t)1 << 20)

static void limit_that_is_lowered_meanwhile(void **state)
{
	struct dmaload_buffer *buffer;
	struct dmaload_error err;

	(void)state;
	fake_add_udmabuf();
	fake.threads_late = true;
	assert_int_equal(dmaload_buffer_create(&buffer, "udmabuf", 3 * MIB, NULL),
			 0);
	fake.udmabuf_limit = "2\n";
	assert_int_equal(dmaload_buffer_wait(buffer, &err), -E2BIG);
	check_says(err.message, "it is 2, and 3 is needed");
	dmaload_buffer_destroy(buffer);
}

static void memory_ends_at_a_slice(void **state)
{
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	unsigned calls;

	(void)state;
	fake_add_udmabuf();
	fake.threads_late = true;
	assert_int_equal(dmaload_buffer_create(&buffer, "udmabuf", 64 * MIB,
					       NULL), 0);
	fake_fail_calls(FAKE_MADVISE, 1, 1, -EINTR);
	fake_fail_calls(FAKE_MADVISE, 4, 1, -ENOMEM);
	assert_int_equal(dmaload_buffer_wait(buffer, &err), -ENOMEM);
	check_says(err.message, "67108864 bytes of shared memory");
	assert_int_equal(fake_count(FAKE_UDMABUF), 0);
	/* The first two are there, and nothing else is asked for. */
	calls = fake_count(FAKE_MADVISE);
	assert_int_equal(buffer_populate_range(buffer, 0, 4 * MIB, NULL), 0);
	assert_int_equal(fake_count(FAKE_MADVISE), calls);
	assert_int_equal(buffer_populate_range(buffer, 4 * MIB, 1, NULL), 0);
	assert_int_equal(fake_count(FAKE_MADVISE), calls + 1);
	dmaload_buffer_destroy(buffer);
}

static void destroyed_at_once(void **state)
{
	struct dmaload_buffer *buffer;

	(void)state;
	fake_add_udmabuf();
	fake.threads_late = true;
	assert_int_equal(dmaload_buffer_create(&buffer, "udmabuf", 4096, NULL),
			 0);
	dmaload_buffer_destroy(buffer);
	assert_int_equal(fake_count(FAKE_UDMABUF), 0);
}

static void child_of_fork_is_told(void **state)
{
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	int status;
	pid_t pid;

	(void)state;
	fake_add_udmabuf();
	fake.threads_late = true;
	assert_int_equal(dmaload_buffer_create(&buffer, "udmabuf", 4096, NULL),
			 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (dmaload_buffer_fd(buffer) != -ECHILD ||
		    dmaload_buffer_wait(buffer, &err) != -ECHILD ||
		    err.code != -ECHILD)
			_exit(1);
		dmaload_buffer_destroy(buffer);
		fake_check_balanced();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	fake_run_threads();
	pid = fork();
	if (pid == 0) {
		if (dmaload_buffer_fd(buffer) < 0)
			_exit(1);
		dmaload_buffer_destroy(buffer);
		fake_check_balanced();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	dmaload_buffer_destroy(buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(limit_that_is_lowered_meanwhile),
		SCENE_TEST(memory_ends_at_a_slice),
		SCENE_TEST(destroyed_at_once),
		SCENE_TEST(child_of_fork_is_told),
	};

	return cmocka_run_group_tests_name("populate_alone", tests, NULL, NULL);
}
