/* SPDX-License-Identifier: MIT */
/* Memory allocations and threads of the cache, replaced by the linker's
 * --wrap. */
#include "fake.h"

#include <errno.h>
#include <pthread.h>

static bool fails(void)
{
	fake.allocations++;
	return fake.allocation_fails > 0 && --fake.allocation_fails == 0;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

int __real_posix_memalign(void **memory, size_t alignment, size_t size);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size)
{
	return fails() ? ENOMEM : __real_posix_memalign(memory, alignment, size);
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg)
{
	return fake.thread_fails ? EAGAIN :
				   __real_pthread_create(thread, attr, run, arg);
}
