/* SPDX-License-Identifier: MIT */
/*
 * /dev/udmabuf, and the threads that populate and create it. No real thread is
 * started: each runs at once, or when another joins it, so a test decides which
 * is first.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model.h"

#define NODE "/dev/udmabuf"
#define THREADS_MAX 64

struct fake_thread {
	void *(*run)(void *);
	void *arg;
	bool runs;
};

static struct fake_thread threads[THREADS_MAX];
static unsigned n_threads;

struct fake_node *fake_add_udmabuf(void)
{
	FAKE_LOCKED;
	fake.udmabuf_limit = "64\n";
	return fake_add(FAKE_CHAR, NODE, 0);
}

static int check_limit(uint64_t size)
{
	unsigned long long mib;

	if (!fake.udmabuf_limit ||
	    sscanf(fake.udmabuf_limit, "%llu", &mib) != 1)
		return 0;
	return size > mib << 20 ? -EINVAL : 0;
}

int sys_udmabuf(int device, int memfd, uint64_t size)
{
	FAKE_LOCKED;
	struct fake_node *of = fake_node_of(memfd), *node;
	int r = fake_enter(FAKE_UDMABUF);

	if (r < 0)
		return r;
	if (strcmp(fake_node_of(device)->path, NODE) != 0)
		return -ENOTTY;
	if (of->kind != FAKE_MEMFD || size == 0 || size > of->size ||
	    size % FAKE_PAGE != 0 || (of->huge && of->size % (2u << 20) != 0) ||
	    !(of->seals & F_SEAL_SHRINK) || (of->seals & F_SEAL_WRITE))
		fake_trap("udmabuf arguments that the kernel refuses");
	if (check_limit(size) < 0)
		return -EINVAL;

	/* The same memory as another node, whose own mapping is useless. */
	node = fake_add(FAKE_DMABUF, "", 0);
	node->pfnmap = true;
	close(node->host_fd);
	node->host_fd = dup(of->host_fd);
	node->size = size;
	node->bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			   node->host_fd, 0);
	if (node->host_fd < 0 || node->bytes == MAP_FAILED)
		fake_trap("no memory");
	return fake_fd_new(node, O_RDWR);
}

static void run(struct fake_thread *thread)
{
	void *(*what)(void *) = thread->run;

	thread->run = NULL;
	if (!what)
		return;
	thread->runs = true;
	what(thread->arg);
	thread->runs = false;
}

/* A pthread_t is a number or a pointer; here it stands for the place in threads. */
static struct fake_thread *thread_of(pthread_t thread)
{
	return &threads[(uintptr_t)thread];
}

int sys_thread(pthread_t *thread, void *(*what)(void *), void *arg)
{
	int r = fake_enter(FAKE_THREAD);

	if (r < 0)
		return r;
	if (n_threads == THREADS_MAX)
		fake_trap("the model has no thread left");
	threads[n_threads] = (struct fake_thread){ what, arg, false };
	*thread = (pthread_t)(uintptr_t)n_threads++;
	if (!fake.threads_late)
		run(thread_of(*thread));
	return 0;
}

void sys_join(pthread_t thread)
{
	struct fake_thread *joined = thread_of(thread);

	fake_note(FAKE_JOIN);
	if (!joined->arg)
		fake_trap("a thread is joined twice");
	run(joined);
	/* Another thread may have begun to run it. */
	while (joined->runs)
		sched_yield();
	joined->arg = NULL;
	while (n_threads > 0 && !threads[n_threads - 1].arg)
		n_threads--;
}

void fake_run_threads(void)
{
	unsigned i;

	for (i = 0; i < n_threads; i++)
		run(&threads[i]);
}

void fake_threads_reset(void)
{
	FAKE_LOCKED;
	memset(threads, 0, sizeof(threads));
	n_threads = 0;
}
