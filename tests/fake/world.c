/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "model.h"
#include "sys/timespec.h"

struct fake_world fake;

static uint64_t random_state;
/* Atomic: several threads query it. */
static _Atomic uint64_t now;

static pthread_mutex_t lock;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

/* Only glibc has an initializer for a recursive one. */
__attribute__((constructor))
static void make_lock(void)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
}

int fake_lock(void)
{
	return pthread_mutex_lock(&lock);
}

void fake_unlock(const int *locked)
{
	(void)locked;
	pthread_mutex_unlock(&lock);
}

/* The model's clock is far behind the machine's, so a timed wait times out at
 * once. The fuzz target has waits of its own. */
void fake_wait(uint64_t until)
{
	const struct timespec time = timespec_of(until);

	if (until == 0)
		pthread_cond_wait(&changed, &lock);
	else
		pthread_cond_timedwait(&changed, &lock, &time);
}

void fake_wake(void)
{
	pthread_cond_broadcast(&changed);
}

void fake_set(bool *what, bool value)
{
	FAKE_LOCKED;
	*what = value;
	fake_wake();
}

void fake_trap(const char *format, ...)
{
	va_list args;

	/* Write to the fd: a fuzz target may have replaced stderr. */
	va_start(args, format);
	vdprintf(STDERR_FILENO, format, args);
	va_end(args);
	dprintf(STDERR_FILENO, "\n");
	while (pthread_mutex_unlock(&lock) == 0)
		;
	/* Only the test's own thread can return to the test; another one must
	 * abort. */
	if (gettid() != getpid())
		abort();
	_fail(__FILE__, __LINE__);
	abort();
}

uint64_t fake_random(void)
{
	FAKE_LOCKED;
	if (fake.seed)
		random_state = fake.seed;
	fake.seed = 0;
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

void fake_tick(uint64_t ns)
{
	FAKE_LOCKED;
	now += ns;
}

uint64_t sys_now(void)
{
	FAKE_LOCKED;
	fake_tick(100);
	return now;
}

void sys_nap(void)
{
	FAKE_LOCKED;
	fake_note(FAKE_NAP);
	fake_tick(1000000);
}

uint64_t sys_process(void)
{
	FAKE_LOCKED;
	fake_note(FAKE_PID);
	return (uint64_t)(fake.pid ? fake.pid : getpid());
}

/* The kernel sends SIGXFSZ to the thread that writes, so each thread holds it
 * itself. */
static _Thread_local unsigned held;

void sys_hold_xfsz(struct sys_hold *hold)
{
	FAKE_LOCKED;
	(void)hold;
	fake_note(FAKE_HOLD);
	if (held++ > 0)
		fake_trap("SIGXFSZ is held twice");
}

void sys_release_xfsz(const struct sys_hold *hold)
{
	FAKE_LOCKED;
	(void)hold;
	if (held-- == 0)
		fake_trap("SIGXFSZ is not held");
}

uint64_t sys_memlock_max(void)
{
	FAKE_LOCKED;
	fake_note(FAKE_LIMIT);
	return fake.memlock_max ? fake.memlock_max : UINT64_MAX;
}

uint64_t sys_file_size_max(void)
{
	FAKE_LOCKED;
	fake_note(FAKE_LIMIT);
	return fake.file_size_max ? fake.file_size_max : UINT64_MAX;
}

void fake_filter(enum dmaload_syscalls level)
{
	FAKE_LOCKED;
	if (fake.knows != DMALOAD_SYSCALLS_AUTO && level > fake.knows)
		fake_trap("a filter that allows %s calls meets %s calls",
			  fake.knows == DMALOAD_SYSCALLS_OLD ? "old" : "basic",
			  level == DMALOAD_SYSCALLS_ALL ? "new" : "old");
}

int fake_limit(uint64_t end)
{
	FAKE_LOCKED;
	if (held == 0)
		fake_trap("a write would send SIGXFSZ");
	return fake.file_size_max && end > fake.file_size_max ? -EFBIG : 0;
}

size_t sys_page_size(void)
{
	return FAKE_PAGE;
}

void fake_reset(void)
{
	fake_rings_reset();
	fake_threads_reset();
	fake_maps_reset();
	fake_fds_reset();
	fake_nodes_reset();
	fake_failure_reset();
	fake_texts_reset();
	now = 1000000;
	random_state = 88172645463325252u;
	fake = (struct fake_world){
		.meminfo = "MemTotal:        4194304 kB\n"
			   "MemFree:          524288 kB\n"
			   "MemAvailable:    1048576 kB\n",
		.status = "Name:\ttest\nSeccomp:\t0\nSeccomp_filters:\t0\n",
	};
	fake_add_heap("system");
}

void fake_check_quiet(void)
{
	const struct fake_node *node;

	if (fake_rings_busy() != 0)
		fake_trap("%u rings are busy", fake_rings_busy());
	if (held > 0)
		fake_trap("SIGXFSZ is still held");
	for (node = fake_nodes(); node; node = node->next)
		if (node->reading || node->writing)
			fake_trap("a bracket is left open");
}

void fake_check_balanced(void)
{
	fake_check_quiet();
	if (fake_rings() != 0)
		fake_trap("%u rings are left", fake_rings());
	if (fake_maps() != 0)
		fake_trap("%u mappings are left", fake_maps());
	if (fake_library_fds() != 0)
		fake_trap("%u fds are left open", fake_library_fds());
}

int fake_setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

int fake_teardown(void **state)
{
	(void)state;
	fake_check_balanced();
	fake_reset();
	/* fake_reset() has added the heap "system". */
	fake_nodes_reset();
	return 0;
}
