/* SPDX-License-Identifier: MIT */
/*
 * Seccomp filters that trap, kill and refuse: each newer call in turn, all of them, and
 * all but a list of old ones, so that a newly added call fails here. Everything
 * that the library does works under them. A filter is for good, so each has a process
 * of its own; one that dies is told by its signal.
 */
#include "engines.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "filter.h"
#include "under_filter.h"

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* A filter, what it does, and what the library is told. */
struct given {
	const char *name;
	/* NULL: of this one call. */
	void (*install)(int what);
	int call;
	int what;
	enum dmaload_syscalls syscalls;
};

static int in_child(const struct given *given)
{
	place.syscalls = given->syscalls;
	place.granted = DMALOAD_ENGINE_THREADS;
	under_filter_prepare();
	if (given->install)
		given->install(given->what);
	else
		filter_calls(&given->call, 1, given->what);
	return under_filter_run(given->call == SYS_process_vm_readv);
}

/* How it ended: 0, or what to say. */
static int check(const struct given *given)
{
	static const char *const whats[] = { "kills", "traps" };
	int status;
	pid_t pid;

	printf("# %s: the filter %s, calls are %s\n", given->name,
	       given->what > 0 ? filter_errno_name(given->what) :
				 whats[given->what + 2],
	       dmaload_syscalls_name(given->syscalls));
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		status = in_child(given);
		fflush(NULL);
		/* A leak checker would want calls that the filter does not have. */
		_exit(status == 0 ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	if (WIFSIGNALED(status))
		printf("# FAILED: ended by a signal: %s\n",
		       strsignal(WTERMSIG(status)));
	return status != 0;
}

int main(int argc, char **argv)
{
	static const struct given filters[] = {
		{ .name = "io_uring_setup", .call = SYS_io_uring_setup },
		{ .name = "io_uring_enter", .call = SYS_io_uring_enter },
		{ .name = "io_uring_register", .call = SYS_io_uring_register },
		{ .name = "cachestat", .call = SYS_cachestat },
		{ .name = "statx", .call = SYS_statx },
		{ .name = "preadv2", .call = SYS_preadv2 },
		{ .name = "faccessat2", .call = SYS_faccessat2 },
		{ .name = "prctl", .install = filter_prctl },
		{ .name = "all that is newer", .install = filter_newer },
		{ .name = "all but old calls", .install = filter_all_but_old },
	};
	static const int whats[] = { FILTER_TRAP, FILTER_KILL, EPERM, ENOSYS };
	struct given given;
	size_t i, what;
	int failed = 0;

	if (!place_from(argc, argv))
		return 2;
	for (what = 0; what < N(whats); what++) {
		for (i = 0; i < N(filters); i++) {
			given = filters[i];
			given.what = whats[what];
			/* In turn, to trap is as good as to kill. */
			if (given.install || given.what == FILTER_TRAP)
				failed += check(&given);
			/* A filter that refuses may be tried. */
			given.syscalls = DMALOAD_SYSCALLS_ALL;
			if (given.what > 0)
				failed += check(&given);
		}
	}
	/* An old one, that containers once refused: what is cached is read. */
	given = (struct given){
		.name = "process_vm_readv", .call = SYS_process_vm_readv,
		.what = EPERM,
	};
	failed += check(&given);
	/* With basic calls, none is made that systemd's sets do not have. */
	given = (struct given){
		.name = "all but basic calls", .install = filter_all_but_basic,
		.what = FILTER_KILL, .syscalls = DMALOAD_SYSCALLS_BASIC,
	};
	failed += check(&given);
	return failed == 0 ? 0 : 1;
}
