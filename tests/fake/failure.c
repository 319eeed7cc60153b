/* SPDX-License-Identifier: MIT */
/* Inject failures into calls, and count calls. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "model.h"

#define RULES_MAX 8
#define CODES_MAX 6

struct rule {
	enum fake_call call;
	unsigned first;
	unsigned times;
	int code;
};

static struct rule rules[RULES_MAX];
static unsigned n_rules;
/* Atomic: the test reads them while a job goes on. */
static atomic_uint counts[FAKE_CALLS];
static unsigned counts_before[FAKE_CALLS];
static unsigned total, nth, nth_variant, storm;
static const char *failed;
static unsigned failures;

static const struct {
	const char *name;
	int codes[CODES_MAX];
} calls[FAKE_CALLS] = {
	[FAKE_OPEN] = { "open", { -EMFILE, -EACCES, -ENOENT } },
	[FAKE_DUP] = { "dup", { -EMFILE } },
	[FAKE_GET_FLAGS] = { "get_flags", { -EBADF } },
	[FAKE_SET_FLAGS] = { "set_flags", { -EPERM } },
	[FAKE_STAT_PATH] = { "stat_path", { -ENOENT, -EACCES } },
	[FAKE_STAT_FD] = { "stat_fd", { -ENOMEM } },
	[FAKE_STAT_DIRECT] = { "stat_direct", { -EPERM, -ENOSYS } },
	[FAKE_MAY_MINCORE] = { "may_mincore", { -EPERM, -ENOMEM, -ENODEV } },
	[FAKE_SIZE] = { "size", { -EOVERFLOW } },
	[FAKE_BLOCK_DEVICE_SIZE] = { "block_device_size", { -ENOTTY } },
	[FAKE_FS_MAGIC] = { "fs_magic", { -ENOSYS } },
	[FAKE_LIST] = { "list", { -ENOENT, -EACCES, -ENOMEM } },
	[FAKE_READ_TEXT] = { "read_text", { -ENOENT } },
	[FAKE_READ_AT] = { "read_at", { -EINTR, -EAGAIN, -EIO, -EFAULT,
					-EINVAL, -ENOMEM } },
	[FAKE_WRITE_AT] = { "write_at", { -EINTR, -EAGAIN, -EIO, -ENOSPC,
					  -EFAULT, -ENOMEM } },
	[FAKE_READ_STREAM] = { "read_stream", { -EINTR, -EAGAIN, -EIO, -EFAULT,
						-ECONNRESET } },
	[FAKE_WAIT_READABLE] = { "wait_readable", { -EINTR, -ENOMEM } },
	[FAKE_ALLOCATE] = { "allocate", { -EINTR, -EOPNOTSUPP, -ENOSPC } },
	[FAKE_WRITE_BACK] = { "write_back", { -EINTR, -ESPIPE, -EIO } },
	[FAKE_FSYNC] = { "fsync", { -EIO } },
	[FAKE_EVENT] = { "event", { -EMFILE } },
	[FAKE_MAP] = { "map", { -ENOMEM, -ENODEV } },
	[FAKE_MADVISE] = { "madvise", { -EINVAL, -EAGAIN, -EFAULT, -ENOMEM } },
	[FAKE_PAGEMAP] = { "pagemap", { -ENOTTY } },
	[FAKE_FADVISE] = { "fadvise", { -EINVAL } },
	[FAKE_CACHESTAT] = { "cachestat", { -ENOSYS, -EPERM } },
	[FAKE_MINCORE] = { "mincore", { -EAGAIN, -ENOMEM } },
	[FAKE_EXTENTS] = { "extents", { -EOPNOTSUPP, -EIO } },
	[FAKE_COPY_MAPPED] = { "copy_mapped", { -EFAULT, -EPERM } },
	[FAKE_MEMFD_CREATE] = { "memfd", { -EMFILE } },
	[FAKE_TRUNCATE] = { "truncate", { -ENOMEM, -EINTR } },
	[FAKE_SEAL] = { "seal", { -EPERM } },
	[FAKE_HEAP_ALLOC] = { "heap_alloc", { -ENOMEM, -EMFILE, -EINTR } },
	[FAKE_UDMABUF] = { "udmabuf", { -ENOMEM, -EMFILE, -EINVAL } },
	[FAKE_THREAD] = { "thread", { -EAGAIN } },
	[FAKE_SYNC] = { "sync", { -EINTR, -EAGAIN, -ENOMEM } },
	[FAKE_RING_CREATE] = { "ring_create", { -EPERM, -ENOSYS, -ENOMEM,
						-EMFILE } },
	[FAKE_THREADS_CREATE] = { "threads_create", { -EAGAIN, -ENOMEM } },
	[FAKE_RING_REGISTER] = { "ring_register", { -ENOMEM, -EFAULT } },
	[FAKE_RING_SUBMIT] = { "ring_submit", { -EINTR, -EAGAIN, -EBUSY,
						-EBADR } },
	[FAKE_RING_WAIT] = { "ring_wait", { -EINTR, -EBADR } },
	[FAKE_READ] = { "read", { -EINTR, -EAGAIN, -EIO, -EFAULT, -EINVAL,
				  -ENOMEM } },
	[FAKE_CLOSE] = { "close", { 0 } },
	[FAKE_UNMAP] = { "unmap", { 0 } },
	[FAKE_PID] = { "pid", { 0 } },
	[FAKE_NAP] = { "nap", { 0 } },
	[FAKE_EVENT_RAISE] = { "event_raise", { 0 } },
	[FAKE_EVENT_LOWER] = { "event_lower", { 0 } },
	[FAKE_JOIN] = { "join", { 0 } },
	[FAKE_LIMIT] = { "limit", { 0 } },
	[FAKE_HOLD] = { "hold", { 0 } },
	[FAKE_RING_UNREGISTER] = { "ring_unregister", { 0 } },
	[FAKE_IDLE] = { "idle", { 0 } },
	[FAKE_RING_CHECK] = { "ring_check", { -EPERM, -ENOSYS } },
	[FAKE_RING_DISOWN] = { "ring_disown", { 0 } },
};

static int rule_for(enum fake_call call)
{
	unsigned i, n = counts[call];

	for (i = 0; i < n_rules; i++)
		if (rules[i].call == call && n >= rules[i].first &&
		    (rules[i].times == 0 || n - rules[i].first < rules[i].times))
			return rules[i].code;
	return 0;
}

static int strike(enum fake_call call)
{
	unsigned i = 0;

	failed = calls[call].name;
	failures++;
	while (i < CODES_MAX && calls[call].codes[i] != 0)
		i++;
	return calls[call].codes[fake_random() % i];
}

int fake_enter(enum fake_call call)
{
	FAKE_LOCKED;
	counts[call]++;
	total++;
	fake_tick(100);
	if (total == nth && nth_variant < CODES_MAX &&
	    calls[call].codes[nth_variant] != 0) {
		failed = calls[call].name;
		failures++;
		return calls[call].codes[nth_variant];
	}
	if (storm && fake_random() % storm == 0)
		return strike(call);
	return rule_for(call);
}

/* Not counted in the total, by which fake_fail_nth() numbers the calls that can
 * fail. */
void fake_note(enum fake_call call)
{
	FAKE_LOCKED;
	counts[call]++;
}

void fake_fail_calls(enum fake_call call, unsigned first, unsigned times,
		     int code)
{
	FAKE_LOCKED;
	assert_true(n_rules < RULES_MAX);
	rules[n_rules++] = (struct rule){ call, counts[call] + first, times,
					  code };
}

void fake_fail_nth(unsigned n, unsigned variant)
{
	FAKE_LOCKED;
	total = 0;
	nth = n;
	nth_variant = variant;
	failed = NULL;
	failures = 0;
}

void fake_fail_at_random(unsigned one_in)
{
	FAKE_LOCKED;
	failed = NULL;
	failures = 0;
	storm = one_in;
}

void fake_fail_nothing(void)
{
	FAKE_LOCKED;
	nth = 0;
	storm = 0;
	n_rules = 0;
}

const char *fake_failed(void)
{
	FAKE_LOCKED;
	return failed;
}

unsigned fake_failures(void)
{
	FAKE_LOCKED;
	return failures;
}

unsigned fake_count(enum fake_call call)
{
	FAKE_LOCKED;
	return counts[call];
}

void fake_count_anew(void)
{
	FAKE_LOCKED;
	unsigned i;

	for (i = 0; i < FAKE_CALLS; i++)
		counts_before[i] = counts[i];
	fake_flying_anew();
}

const char *fake_counts(void)
{
	FAKE_LOCKED;
	static char text[1024];
	unsigned i, n;
	int used = 0;

	text[0] = '\0';
	for (i = 0; i < FAKE_CALLS; i++) {
		n = counts[i] - counts_before[i];
		if (n == 0)
			continue;
		used += snprintf(text + used, sizeof(text) - (size_t)used,
				 "%s%s %u", used > 0 ? ", " : "", calls[i].name,
				 n);
		assert_true((size_t)used < sizeof(text));
	}
	return text;
}

void fake_failure_reset(void)
{
	FAKE_LOCKED;
	unsigned i;

	fake_fail_nothing();
	failed = NULL;
	total = failures = 0;
	for (i = 0; i < FAKE_CALLS; i++)
		counts[i] = counts_before[i] = 0;
}
