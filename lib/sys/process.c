/* SPDX-License-Identifier: MIT */
/* Threads and what wakes them, limits and their signal, processes, and the clock. */
#include "sys/sys.h"

#include <dirent.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

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

/*
 * The number of a process does not tell it from its parent: the first process of a
 * PID namespace is number 1 there, as the parent may be in its own. So generations
 * are counted, in memory that a child has a copy of. The count goes up in a child of
 * fork(), as libc calls back, and where the mark is wiped: by _Fork() and clone(2),
 * of which libc tells nobody (MADV_WIPEONFORK, Linux 4.14; before that, and where the
 * page cannot be had, only fork() counts).
 *
 * A child of vfork(2) has the same memory, and only its number tells it apart.
 */
static _Atomic uint32_t last;
static _Atomic uint32_t unwiped;
/* The generation, or 0: it is to be counted. */
static _Atomic uint32_t *mark = &unwiped;

static void in_child(void)
{
	*mark = 0;
}

/* The page is never unmapped: threads may be here still as a process ends. */
static void count_forks(void)
{
	const size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page != MAP_FAILED && madvise(page, size, MADV_WIPEONFORK) == 0)
		mark = page;
	else if (page != MAP_FAILED)
		munmap(page, size);
	pthread_atfork(NULL, NULL, in_child);
}

uint64_t sys_process(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	uint32_t generation, next;

	pthread_once(&once, count_forks);
	generation = *mark;
	if (generation == 0) {
		next = ++last;
		if (atomic_compare_exchange_strong(mark, &generation, next))
			generation = next;
	}
	return (uint64_t)generation << 32 | (uint32_t)getpid();
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

/* One that is waiting already is not ours, and is so only where it is blocked. */
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
