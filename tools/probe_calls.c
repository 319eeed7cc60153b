/* SPDX-License-Identifier: MIT */
/* The system calls that a seccomp filter permits. Each is tried with arguments
 * that make it do nothing. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/io_uring.h>

#include "calls.h"

/* Linux 6.5. The number is the same on every architecture but alpha. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

/* The kernel returns EBADF; any other error comes from a filter. */
static int answer(long r)
{
	if (r >= 0)
		close((int)r);
	return r >= 0 || errno == EBADF ? 0 : -errno;
}

static int try_io_uring_setup(void)
{
	struct io_uring_params params;

	memset(&params, 0, sizeof(params));
	return answer(syscall(SYS_io_uring_setup, 1, &params));
}

static int try_io_uring_enter(void)
{
	return answer(syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0));
}

static int try_io_uring_register(void)
{
	/* For -1, newer kernels return EINVAL: some take it for no ring. */
	return answer(syscall(SYS_io_uring_register, INT_MAX,
			      IORING_UNREGISTER_BUFFERS, NULL, 0));
}

static int try_cachestat(void)
{
	uint64_t range[2] = { 0, 0 }, counts[5];

	return answer(syscall(SYS_cachestat, -1, range, counts, 0));
}

static int try_statx(void)
{
	/* The size of its struct, which older C libraries do not have. */
	uint64_t sx[32];

	return answer(syscall(SYS_statx, -1, "", AT_EMPTY_PATH, 0, sx));
}

static int try_preadv2(void)
{
	struct iovec iov = { .iov_base = NULL, .iov_len = 0 };

	return answer(syscall(SYS_preadv2, -1, &iov, 1, 0, 0, 0));
}

static int try_memfd_create(void)
{
	return answer(syscall(SYS_memfd_create, "dmaload-probe", MFD_CLOEXEC));
}

static int try_mincore(void)
{
	const size_t size = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char vec;
	void *page = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			  0);

	return page == MAP_FAILED || mincore(page, size, &vec) < 0 ? -errno : 0;
}

static const struct {
	const char *name;
	int (*call)(void);
} all[] = {
	{ "io_uring_setup", try_io_uring_setup },
	{ "io_uring_enter", try_io_uring_enter },
	{ "io_uring_register", try_io_uring_register },
	{ "cachestat", try_cachestat },
	{ "statx", try_statx },
	{ "preadv2", try_preadv2 },
	{ "memfd_create", try_memfd_create },
	{ "mincore", try_mincore },
};

/* First print what a load does, which the trials do not change. */
void probe_calls(const struct probe *probe)
{
	struct json_object *object = json_object_new_object();
	char reason[DMALOAD_REASON_SIZE] = "";
	enum dmaload_syscalls level = probe->syscalls;
	const char *text;
	size_t i;
	int r;

	if (level == DMALOAD_SYSCALLS_AUTO)
		level = dmaload_syscalls_query(reason, sizeof(reason));
	probe_line(probe, "calls", "%s%s%s", dmaload_syscalls_name(level),
		   reason[0] ? ": " : "", reason);
	json_add_text(probe->object, "syscalls", dmaload_syscalls_name(level));
	if (reason[0])
		json_add_text(probe->object, "syscalls_reduced", reason);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		r = calls_try(all[i].call);
		text = r == 0 ? "allowed" : calls_text(r);
		probe_line(probe, "", "%s: %s%s", all[i].name,
			   r < 0 ? "refused: " : "", text);
		json_add_text(object, all[i].name, text);
	}
	json_object_object_add(probe->object, "calls", object);
}
