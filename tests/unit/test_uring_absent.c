/* SPDX-License-Identifier: MIT */
/* The rings of a library that is built without liburing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/ring.h"

static void io_uring_is_absent(void **state)
{
	struct ring *ring = NULL;

	(void)state;
	assert_non_null(strstr(ring_absent(DMALOAD_ENGINE_URING), "liburing"));
	assert_int_equal(ring_create(&ring, DMALOAD_ENGINE_URING, 4), -ENOSYS);
	assert_null(ring);
}

static void threads_are_there(void **state)
{
	struct ring *ring;

	(void)state;
	assert_null(ring_absent(DMALOAD_ENGINE_THREADS));
	assert_int_equal(ring_create(&ring, DMALOAD_ENGINE_THREADS, 4), 0);
	ring_destroy(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(io_uring_is_absent),
		cmocka_unit_test(threads_are_there),
	};

	return cmocka_run_group_tests_name("uring_absent", tests, NULL, NULL);
}
