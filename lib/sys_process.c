/* SPDX-License-Identifier: MIT */
/* Threads and what wakes them, fds and their limit, and the clock. */
#include "sys.h"

#include <dirent.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "sys_result.h"

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

/* Signals are for the threads of the program. */
int sys_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

void sys_join(pthread_t thread)
{
	pthread_join(thread, NULL);
}

int sys_pid(void)
{
	return getpid();
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
	/* Not "." and "..", nor the one that was read. */
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
