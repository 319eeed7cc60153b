/* SPDX-License-Identifier: MIT */
/*
 * The filters of Android's releases, and kernels that lack what is newer. Each
 * policy first proves that it does what it says: a call that it does not list
 * ends a process by SIGSYS, an older kernel's answer is that kernel's. Then all
 * that the library does works under it. A policy is for good, so each has
 * processes of its own.
 */
#include "engines.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/stat.h>

#include "policy.h"
#include "under_filter.h"

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif
#define PAGEMAP_SCAN 0xc0606610u
#define POPULATE_WRITE 23
#define NEWEST_CALL 4095

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* The result of a call. No call of these tests returns TRAPPED. */
#define TRAPPED 1000
#define ALLOWED 1001

/* A call with arguments that no kernel accepts, unless they are here. */
static const struct trial {
	const char *policy;
	int call;
	long arguments[6];
	/* TRAPPED, ALLOWED (with whatever result), or an errno value. */
	int result;
} trials[] = {
	{ "android", SYS_io_uring_setup, { 0 }, TRAPPED },
	{ "android", SYS_io_uring_enter, { -1 }, TRAPPED },
	{ "android", SYS_cachestat, { -1 }, TRAPPED },
	{ "android", SYS_faccessat2, { -1 }, TRAPPED },
	{ "android", SYS_openat2, { -1 }, TRAPPED },
	{ "android", SYS_statx, { -1 }, TRAPPED },
	{ "android", SYS_syslog, { -1 }, TRAPPED },
	{ "android", NEWEST_CALL, { 0 }, TRAPPED },
	{ "android", SYS_mincore, { 1 }, ALLOWED },
	{ "android", SYS_preadv2, { -1 }, ALLOWED },
	{ "android", SYS_memfd_create, { 0 }, ALLOWED },
	{ "android", SYS_process_vm_readv, { -1 }, ALLOWED },
	{ "android-8", SYS_syslog, { -1 }, ALLOWED },
	{ "android-9", SYS_syslog, { -1 }, TRAPPED },
	{ "android-10", SYS_statx, { -1 }, TRAPPED },
	{ "android-11", SYS_statx, { -1 }, ALLOWED },
	{ "android-15", SYS_statx, { -1 }, ALLOWED },
	{ "android-15", SYS_io_uring_setup, { 0 }, TRAPPED },
	{ "android-main", SYS_io_uring_setup, { 0 }, TRAPPED },
	{ "android-main", SYS_cachestat, { -1 }, TRAPPED },
	{ "linux-5.6", SYS_faccessat2, { -1 }, ENOSYS },
	{ "linux-5.6", SYS_cachestat, { -1 }, ENOSYS },
	{ "linux-5.6", SYS_close_range, { -1, 0 }, ENOSYS },
	{ "linux-5.10", SYS_faccessat2, { -1, 0, 0, -1 }, EINVAL },
	{ "linux-5.10", SYS_madvise, { 0, 0, POPULATE_WRITE }, EINVAL },
	{ "linux-5.15", SYS_ioctl, { -1, PAGEMAP_SCAN }, ENOTTY },
	{ "linux-5.15", SYS_madvise, { 1, 0, POPULATE_WRITE }, EINVAL },
	{ "linux-6.1", SYS_cachestat, { -1 }, ENOSYS },
	{ "linux-6.1", NEWEST_CALL, { 0 }, ENOSYS },
	{ "linux-6.12", SYS_preadv2, { -1, 0, 0, 0, 0, 0x80 }, EOPNOTSUPP },
	{ "no-cachestat", SYS_cachestat, { -1 }, ENOSYS },
	{ "no-pagemap-scan", SYS_ioctl, { -1, PAGEMAP_SCAN }, ENOTTY },
	{ "no-pagemap-scan", SYS_ioctl, { -1, 0 }, EBADF },
	{ "no-dontcache", SYS_preadv2, { -1, 0, 0, 0, 0, 0 }, EBADF },
};

/* Make the call in a process of its own, under the policy; return its errno
 * value, or TRAPPED. */
static int make_call(const struct trial *trial)
{
	const long *a = trial->arguments;
	int status;
	const pid_t pid = fork();

	if (pid == 0) {
		if (!policy_install(trial->policy))
			abort();
		_exit(syscall(trial->call, a[0], a[1], a[2], a[3], a[4], a[5]) < 0 ?
			      errno : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? TRAPPED : -1;
	return WEXITSTATUS(status);
}

static int check_trials(void)
{
	int result, failed = 0;
	size_t i;

	for (i = 0; i < N(trials); i++) {
		result = make_call(&trials[i]);
		if (result >= 0 && result < TRAPPED && trials[i].result == ALLOWED &&
		    result != ENOSYS)
			result = ALLOWED;
		if (result == trials[i].result)
			continue;
		printf("# FAILED: %s: call %d: %d, not %d\n", trials[i].policy,
		       trials[i].call, result, trials[i].result);
		failed++;
	}
	printf("# %zu single calls, %d failed\n", N(trials), failed);
	return failed;
}

static int in_child(const char *policy)
{
	const bool traps = policy_traps(policy);

	place.syscalls = traps ? DMALOAD_SYSCALLS_AUTO : DMALOAD_SYSCALLS_ALL;
	place.granted = traps ? DMALOAD_ENGINE_THREADS : DMALOAD_ENGINE_URING;
	under_filter_prepare();
	if (!policy_install(policy))
		return 1;
	return under_filter_run(false);
}

static int check_library(const char *policy)
{
	int status;
	pid_t pid;

	printf("# policy %s\n", policy);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		status = in_child(policy);
		fflush(NULL);
		/* A leak checker would want calls that the policy does not have. */
		_exit(status == 0 ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	if (WIFSIGNALED(status))
		printf("# FAILED: ended by signal %d\n", WTERMSIG(status));
	return status != 0;
}

int main(int argc, char **argv)
{
	int failed;
	size_t i;

	if (!place_from(argc, argv))
		return 2;
	failed = check_trials();
	for (i = 0; policy_name(i); i++)
		failed += check_library(policy_name(i));
	return failed == 0 ? 0 : 1;
}
