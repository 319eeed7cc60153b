/* SPDX-License-Identifier: MIT */
/*
 * Ways to have a child, and the kernel's part in that: it wipes pages of a child
 * (MADV_WIPEONFORK), or not. A test is linked with --wrap=madvise.
 */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Let the kernel be as if older than the advice (Linux 4.14). */
static bool children_are_unwiped;

int __real_madvise(void *at, size_t length, int advice);
int __wrap_madvise(void *at, size_t length, int advice);

int __wrap_madvise(void *at, size_t length, int advice)
{
	if (advice != MADV_WIPEONFORK || !children_are_unwiped)
		return __real_madvise(at, length, advice);
	errno = EINVAL;
	return -1;
}

/* Have a child without what pthread_atfork(3) has registered. _Fork() is another way. */
static pid_t children_clone(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

/* Wait for a child. Return its exit status, or -1. */
static int children_wait(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* Return whether children find their pages wiped: qemu-user 7.2 takes the advice, and does
 * not. */
static bool children_are_wiped(void)
{
	const size_t size = (size_t)sysconf(_SC_PAGESIZE);
	char *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool are_wiped;
	pid_t pid;

	if (page == MAP_FAILED)
		return false;
	are_wiped = madvise(page, size, MADV_WIPEONFORK) == 0;
	*page = 1;
	if (are_wiped) {
		pid = children_clone();
		if (pid == 0)
			_exit(*page);
		are_wiped = children_wait(pid) == 0;
	}
	munmap(page, size);
	return are_wiped;
}

#endif
