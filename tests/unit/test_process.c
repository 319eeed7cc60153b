/* SPDX-License-Identifier: MIT */
/*
 * Generations of processes, by lib/sys/process.c itself. The numbers of processes, which
 * are in the same word, prove nothing: those of a parent and its child may be equal.
 * usage: test_process [unwiped]
 * With unwiped, the kernel is as if older than MADV_WIPEONFORK (Linux 4.14).
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/sys.h"

static bool refuses, wipes;

int __real_madvise(void *at, size_t length, int advice);
int __wrap_madvise(void *at, size_t length, int advice);

int __wrap_madvise(void *at, size_t length, int advice)
{
	int r;

	if (advice == MADV_WIPEONFORK && refuses) {
		errno = EINVAL;
		return -1;
	}
	r = __real_madvise(at, length, advice);
	wipes |= advice == MADV_WIPEONFORK && r == 0;
	return r;
}

static uint32_t generation(void)
{
	return (uint32_t)(sys_process() >> 32);
}

/* Each process has one generation, and none has that of an ancestor. */
static bool all_differ(pid_t (*make)(void), unsigned depth, uint32_t *ancestors)
{
	const uint32_t own = generation();
	unsigned i;
	int status;
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
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 &&
	       own == generation();
}

static void test_fork(void **state)
{
	uint32_t ancestors[3];

	(void)state;
	assert_true(all_differ(fork, 0, ancestors));
}

/* Without what pthread_atfork(3) has registered. */
static pid_t clone_alone(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

/* Only the kernel can tell of these. */
static void test_other_children(void **state)
{
	uint32_t ancestors[3];

	(void)state;
	if (!wipes)
		return;
	assert_true(all_differ(_Fork, 0, ancestors));
	assert_true(all_differ(clone_alone, 0, ancestors));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_other_children),
	};

	refuses = argc > 1 && strcmp(argv[1], "unwiped") == 0;
	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
