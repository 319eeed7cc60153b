/* SPDX-License-Identifier: MIT */
/*
 * Children of the process that a context, a job and a buffer belong to. The number of
 * a process does not tell them apart: the first process of a PID namespace has the
 * number 1 in it, and so may its parent in its own. Each kind of child is made in both
 * ways: by a process with a number like any other, and as 1 by a process that is 1.
 */
#include "family.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The exit code of a test that is skipped. */
#define SKIPPED 77
#define STACK_BYTES 65536

/* The ways to have a child. A namespace that the caller has prepared by unshare(2) is
 * the child's; 0 in the child. */
static pid_t by_fork(void)
{
	return fork();
}

/* Call fork() of libc, but without the functions of pthread_atfork(3). */
static pid_t by_fork_alone(void)
{
	return _Fork();
}

/* Nor is libc asked. */
static pid_t by_clone(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

/* Other than by fork(), nobody has seen to the locks of libc. */
static int exit_code_of(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* The exit code of the child: 0, or what it has found wrong. */
static int have_child(pid_t (*make)(void), bool namespace)
{
	struct family family;
	pid_t pid;
	int code;

	family_begin(&family);
	/* So that no lock of malloc() is held by the thread that populates. */
	if (make != by_fork)
		assert_int_equal(dmaload_buffer_wait(family.young, NULL), 0);
	if (namespace)
		assert_int_equal(unshare(CLONE_NEWPID), 0);
	pid = make();
	if (pid == 0)
		_exit(namespace && getpid() != 1 ? 99 : family_in_child(&family));
	code = exit_code_of(pid);
	family_end(&family);
	return code;
}

/* In a process of its own, which is number 1 of a namespace. */
static int as_first(pid_t (*make)(void))
{
	pid_t pid;

	fflush(NULL);
	if (unshare(CLONE_NEWPID) < 0)
		return SKIPPED;
	pid = fork();
	if (pid == 0) {
		if (getpid() != 1)
			_exit(98);
		_exit(have_child(make, true));
	}
	return exit_code_of(pid);
}

static void have_children(pid_t (*make)(void))
{
	pid_t pid;
	int code;

	assert_int_equal(have_child(make, false), 0);
	pid = fork();
	if (pid == 0)
		_exit(as_first(make));
	code = exit_code_of(pid);
	if (code == SKIPPED)
		skip();
	assert_int_equal(code, 0);
}

static void test_fork(void **state)
{
	(void)state;
	have_children(by_fork);
}

static void test_fork_alone(void **state)
{
	(void)state;
	have_children(by_fork_alone);
}

static void test_clone(void **state)
{
	(void)state;
	have_children(by_clone);
}

static int in_shared_memory(void *arg)
{
	const struct family *family = arg;
	const int r = family_calls_fail(family);

	dmaload_ctx_destroy(family->scene.kit.ctx);
	_exit(r != 0 ? r : has_ring(false) ? 8 : 0);
}

/* A child of vfork(2) has the memory itself, and fds of its own: what it opened there
 * would be missing here. */
static void test_shared_memory(void **state)
{
	struct family family;
	char *stack;

	(void)state;
	stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(stack, MAP_FAILED);
	family_begin(&family);
	assert_int_equal(exit_code_of(clone(in_shared_memory, stack + STACK_BYTES,
					    CLONE_VM | CLONE_VFORK | SIGCHLD,
					    &family)), 0);
	family_end(&family);
	munmap(stack, STACK_BYTES);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_fork_alone),
		cmocka_unit_test(test_clone),
		cmocka_unit_test(test_shared_memory),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}
