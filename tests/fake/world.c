/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "model.h"
#include "sys/timespec.h"

struct fake_world fake;

static struct fake_node *nodes;
static uint64_t random_state;
static uint64_t last_ino;
/* Asked by more than one thread. */
static _Atomic uint64_t now;

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

int fake_lock(void)
{
	return pthread_mutex_lock(&lock);
}

void fake_unlock(const int *locked)
{
	(void)locked;
	pthread_mutex_unlock(&lock);
}

/* The model's clock is far behind the machine's, so that a time is always over, but for the
 * fuzz target, which has its own waits. */
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
	/* Only the test's own thread can be brought back to the test. */
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

/* A signal is held by the thread that it would be sent to. */
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
		fake_trap("a filter that knows %s calls meets one that is %s",
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

struct fake_node *fake_nodes(void)
{
	FAKE_LOCKED;
	return nodes;
}

unsigned char fake_pattern(uint64_t offset)
{
	uint32_t x = (uint32_t)offset * 2654435761u;

	return (unsigned char)(x >> 24 ^ x >> 11);
}

void fake_fill(unsigned char *bytes, uint64_t offset, uint64_t length)
{
	static unsigned char known[8 << 20];
	static uint64_t filled;
	uint64_t i;

	for (; filled < sizeof(known) && filled < offset + length; filled++)
		known[filled] = fake_pattern(filled);
	if (offset + length <= filled)
		memcpy(bytes, known + offset, length);
	else
		for (i = 0; i < length; i++)
			bytes[i] = fake_pattern(offset + i);
}

/* A dma-buf's memory is real shared memory, to be mapped more than once. */
void fake_alloc_bytes(struct fake_node *node, uint64_t size)
{
	FAKE_LOCKED;
	const bool shared = node->kind == FAKE_DMABUF ||
			    node->kind == FAKE_MEMFD;

	node->size = size;
	node->cached_pages = (size + FAKE_PAGE - 1) / FAKE_PAGE;
	if (size == 0)
		return;
	if (shared) {
		assert_int_equal(ftruncate(node->host_fd, (off_t)size), 0);
		node->bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
				   MAP_SHARED, node->host_fd, 0);
		assert_true(node->bytes != MAP_FAILED);
		return;
	}
	node->bytes = malloc(size);
	node->resident = calloc(node->cached_pages, sizeof(bool));
	node->dirty = calloc(node->cached_pages, sizeof(bool));
	assert_true(node->bytes && node->resident && node->dirty);
	fake_fill(node->bytes, 0, size);
}

void fake_resize(struct fake_node *node, uint64_t size)
{
	FAKE_LOCKED;
	const uint64_t pages = (size + FAKE_PAGE - 1) / FAKE_PAGE;
	uint64_t i;

	if (pages > node->cached_pages) {
		node->resident = realloc(node->resident, pages);
		node->dirty = realloc(node->dirty, pages);
		assert_true(node->resident && node->dirty);
		for (i = node->cached_pages; i < pages; i++)
			node->resident[i] = node->dirty[i] = false;
		node->cached_pages = pages;
	}
	if (size > node->size) {
		node->bytes = realloc(node->bytes, size);
		assert_non_null(node->bytes);
		memset(node->bytes + node->size, 0, size - node->size);
	}
	/* Truncation drops pages. */
	for (i = pages; i < node->cached_pages; i++)
		node->resident[i] = node->dirty[i] = false;
	node->size = size;
}

struct fake_node *fake_add(enum fake_kind kind, const char *path,
			   uint64_t size)
{
	FAKE_LOCKED;
	static const mode_t modes[] = {
		[FAKE_FILE] = S_IFREG, [FAKE_BLOCK] = S_IFBLK,
		[FAKE_DIR] = S_IFDIR, [FAKE_PIPE] = S_IFIFO,
		[FAKE_SOCKET] = S_IFSOCK, [FAKE_CHAR] = S_IFCHR,
		[FAKE_HEAP] = S_IFCHR, [FAKE_DMABUF] = S_IFREG,
		[FAKE_MEMFD] = S_IFREG, [FAKE_EVENTFD] = S_IFREG,
	};
	struct fake_node *node = calloc(1, sizeof(*node));

	assert_non_null(node);
	node->kind = kind;
	snprintf(node->path, sizeof(node->path), "%s", path);
	node->st = (struct sys_stat){
		.mode = modes[kind] | 0644, .uid = geteuid(), .dev = 7,
		.ino = ++last_ino, .dio_known = true, .dio_mem_align = 512,
		.dio_offset_align = 512,
	};
	/* Each block device is a device of its own. */
	if (kind == FAKE_BLOCK)
		node->st.rdev = node->st.ino;
	node->block = node->mem_align = 512;
	node->may_write = true;
	node->host_fd = -1;
	if (kind == FAKE_DMABUF || kind == FAKE_MEMFD)
		node->host_fd = memfd_create("fake", MFD_CLOEXEC);
	fake_alloc_bytes(node, size);
	node->next = nodes;
	nodes = node;
	return node;
}

struct fake_node *fake_add_heap(const char *name)
{
	FAKE_LOCKED;
	char path[160];

	snprintf(path, sizeof(path), "/dev/dma_heap/%s", name);
	return fake_add(FAKE_HEAP, path, 0);
}

struct fake_node *fake_find(const char *path)
{
	FAKE_LOCKED;
	struct fake_node *node;

	for (node = nodes; node; node = node->next)
		if (node->path[0] && strcmp(node->path, path) == 0)
			return node;
	return NULL;
}

/* As unlink(2): what is open stays. */
void fake_remove(struct fake_node *node)
{
	FAKE_LOCKED;
	node->path[0] = '\0';
}

static void free_nodes(void)
{
	struct fake_node *node;

	while ((node = nodes)) {
		nodes = node->next;
		if (node->host_fd >= 0) {
			if (node->bytes)
				munmap(node->bytes, node->size);
			close(node->host_fd);
		} else {
			free(node->bytes);
		}
		free(node->resident);
		free(node->dirty);
		free(node);
	}
}

void fake_reset(void)
{
	fake_rings_reset();
	fake_threads_reset();
	fake_maps_reset();
	fake_fds_reset();
	free_nodes();
	fake_failure_reset();
	fake_texts_reset();
	now = 1000000;
	last_ino = 99;
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
		fake_trap("SIGXFSZ is held still");
	for (node = nodes; node; node = node->next)
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
	/* The heap, which a good machine has. */
	free_nodes();
	return 0;
}
