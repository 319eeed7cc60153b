/* SPDX-License-Identifier: MIT */
/* Threads and their wake-ups, limits and their signal, processes, and the
 * clock. */
#include "sys/sys.h"

#include <dirent.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "common/generation.h"
#include "common/thread.h"
#include "sys/result.h"

int sys_event(void)
{
	return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

void sys_event_raise(int fd)
{
	eventfd_write(fd, 1);
}

void sys_event_lower(int fd)
{
	eventfd_t value;

	eventfd_read(fd, &value);
}

int sys_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	return thread_start(thread, NULL, run, arg);
}

void sys_join(pthread_t thread)
{
	pthread_join(thread, NULL);
}

/* A child of vfork(2) shares the memory, so only the number differs. */
uint64_t sys_process(void)
{
	return (uint64_t)generation_get() << 32 | (uint32_t)getpid();
}

uint64_t sys_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void sys_nap(void)
{
	struct timespec ms = { .tv_nsec = 1000000 };

	nanosleep(&ms, NULL);
}

uint64_t sys_fds_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint64_t count = 0;

	if (!dir)
		return 0;
	while (readdir(dir))
		count++;
	closedir(dir);
	/* Without ".", ".." and the folder that was read. */
	return count > 3 ? count - 3 : 0;
}

uint64_t sys_fds_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	return limit.rlim_cur;
}

static uint64_t limit_of(int resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	return limit.rlim_cur;
}

uint64_t sys_memlock_max(void)
{
	return limit_of(RLIMIT_MEMLOCK);
}

uint64_t sys_file_size_max(void)
{
	return limit_of(RLIMIT_FSIZE);
}

static sigset_t xfsz(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGXFSZ);
	return set;
}

/* Consume only a signal that this write caused. One that was pending before is
 * not ours; it can only be so if the caller blocks it. */
void sys_hold_xfsz(struct sys_hold *hold)
{
	const sigset_t set = xfsz();
	sigset_t pending;

	pthread_sigmask(SIG_BLOCK, &set, &hold->before);
	hold->pending = sigismember(&hold->before, SIGXFSZ) &&
			sigpending(&pending) == 0 &&
			sigismember(&pending, SIGXFSZ);
}

void sys_release_xfsz(const struct sys_hold *hold)
{
	const struct timespec now = { 0, 0 };
	const sigset_t set = xfsz();

	if (!hold->pending)
		sigtimedwait(&set, NULL, &now);
	if (!sigismember(&hold->before, SIGXFSZ))
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
