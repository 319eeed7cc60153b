/* SPDX-License-Identifier: MIT */
/*
 * A seccomp filter cannot be queried, and one that traps or kills ends the
 * process. So a call is made in a child.
 */
#include "calls.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* No errno is that large. */
#define TRAPPED 254

static void on_trap(int signal)
{
	(void)signal;
	_exit(TRAPPED);
}

/* Write no core dump, and run no handler that reports a crash. */
static _Noreturn void try_here(int (*call)(void))
{
	const struct sigaction action = { .sa_handler = on_trap };
	const struct rlimit none = { 0, 0 };
	int r;

	setrlimit(RLIMIT_CORE, &none);
	sigaction(SIGSYS, &action, NULL);
	r = call();
	_exit(r < 0 ? -r : 0);
}

int calls_try(int (*call)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		try_here(call);
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return CALLS_UNKNOWN;
	if (pid < 0)
		return CALLS_UNKNOWN;
	if (WIFSIGNALED(status))
		return CALLS_KILLED;
	if (WEXITSTATUS(status) == TRAPPED)
		return CALLS_TRAPPED;
	return -WEXITSTATUS(status);
}

const char *calls_text(int result)
{
	switch (result) {
	case CALLS_TRAPPED: return "trapped by a seccomp filter (SIGSYS)";
	case CALLS_KILLED: return "a seccomp filter ends the process";
	case CALLS_UNKNOWN: return "unknown: cannot create a child to try it";
	default: return strerror(-result);
	}
}

int calls_io_uring(void)
{
	struct io_uring_params params = { .flags = 0 };
	const long ring = syscall(SYS_io_uring_setup, 1, &params);

	if (ring < 0)
		return -errno;
	/* One may be permitted, and the other not. */
	if (syscall(SYS_io_uring_enter, (int)ring, 0, 0, IORING_ENTER_GETEVENTS,
		    NULL, 0) < 0)
		return -errno;
	return 0;
}
