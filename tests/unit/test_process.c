/* SPDX-License-Identifier: MIT */
/*
 * Generations of processes, by lib/sys/process.c itself. The numbers of processes, which
 * are in the same word, prove nothing: those of a parent and its child may be equal.
 * usage: test_process [unwiped]
 * With unwiped, the kernel is as if older than MADV_WIPEONFORK (Linux 4.14).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../children.h"
#include "sys/sys.h"

static uint32_t generation(void)
{
	return (uint32_t)(sys_process() >> 32);
}

/* Each process has one generation, and none has that of an ancestor. */
static bool all_differ(pid_t (*make)(void), unsigned depth, uint32_t *ancestors)
{
	const uint32_t own = generation();
	unsigned i;
	pid_t pid;

	for (i = 0; i < depth; i++)
		if (ancestors[i] == own)
			return false;
	if (own == 0 || own != generation())
		return false;
	if (depth == 3)
		return true;
	ancestors[depth] = own;
	pid = make();
	if (pid == 0)
		_exit(all_differ(make, depth + 1, ancestors) ? 0 : 1);
	return children_wait(pid) == 0 && own == generation();
}

static void test_fork(void **state)
{
	uint32_t ancestors[3];

	(void)state;
	assert_true(all_differ(fork, 0, ancestors));
}

/* Only the kernel can tell of these. */
static void test_other_children(void **state)
{
	uint32_t ancestors[3];

	(void)state;
	if (!children_are_wiped())
		return;
	assert_true(all_differ(_Fork, 0, ancestors));
	assert_true(all_differ(children_clone, 0, ancestors));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_other_children),
	};

	children_are_unwiped = argc > 1 && strcmp(argv[1], "unwiped") == 0;
	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
