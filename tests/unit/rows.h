/* SPDX-License-Identifier: MIT */
/* Tables of cases that differ in data only. */
#ifndef ROWS_H
#define ROWS_H

#include <stdlib.h>

#include "scene.h"

#define ROWS_MAX 64

/*
 * Run a test for each row of a table, on a kernel of its own and under the row's
 * name, which is its first member. The test's state is the row. Return how many
 * tests have failed.
 */
#define ROWS_RUN(group, run, rows) \
	rows_run(group, run, rows, sizeof((rows)[0]), \
		 sizeof(rows) / sizeof((rows)[0]))

static inline int rows_run(const char *group, CMUnitTestFunction run,
			   const void *rows, size_t size, size_t count)
{
	/* cmocka leaves out tests without a name. */
	struct CMUnitTest tests[ROWS_MAX] = { { .name = NULL } };
	size_t i;

	if (count > ROWS_MAX)
		abort();
	for (i = 0; i < count; i++) {
		const uintptr_t row = (uintptr_t)rows + i * size;

		tests[i] = (struct CMUnitTest){
			.name = *(const char *const *)row,
			.test_func = run,
			.setup_func = fake_setup,
			.teardown_func = fake_teardown,
			.initial_state = (void *)row,
		};
	}
	return cmocka_run_group_tests_name(group, tests, NULL, NULL);
}

/* A call of the model that fails; none, if first is 0. See fake_fail_calls(). */
struct row_failure {
	enum fake_call call;
	unsigned first;
	unsigned times;
	int code;
};

static inline void row_fail(const struct row_failure *failure)
{
	if (failure->first > 0)
		fake_fail_calls(failure->call, failure->first, failure->times,
				failure->code);
}

#endif
