/* SPDX-License-Identifier: MIT */
/*
 * A child cannot use its parent's cache, not even resident parts, and changes
 * nothing in it. It may create a cache of its own.
 *
 * usage: test_cache_processes [unwiped]
 *
 * unwiped: act as a kernel without MADV_WIPEONFORK (before Linux 4.14).
 */
#include "kit.h"
#include "../children.h"

#include <errno.h>
#include <string.h>

#define UNTOUCHED ((void *)1)

/* Return the number of the first check that fails in a child, or 0. */
static int find_nothing(struct kit *kit, slot_ptr pinned)
{
	struct dmaload_cache_stats stats = { .size = sizeof(stats) };
	slot_ptr slot = UNTOUCHED;

	if (kit_try(kit, 1, DMALOAD_FOREVER, &slot) != -ECHILD ||
	    !strstr(kit->err.message, "fork()"))
		return 1;
	if (dmaload_cache_begin(kit->cache, &kit->file, 0, 1, &slot, NULL) !=
	    -ECHILD || slot != UNTOUCHED)
		return 2;
	if (dmaload_cache_wait(kit->cache, pinned, 0, NULL) != -ECHILD)
		return 3;
	if (dmaload_cache_prefetch(kit->cache, &kit->file, 0, 1, NULL) !=
	    -ECHILD)
		return 4;
	if (dmaload_cache_stats(kit->cache, &stats, NULL) != -ECHILD)
		return 5;
	if (dmaload_cache_fd(kit->cache, NULL) != -ECHILD)
		return 6;
	dmaload_cache_put(kit->cache, pinned);
	dmaload_cache_drop(kit->cache, &kit->file);
	dmaload_cache_destroy(kit->cache);
	return 0;
}

/* A child of the child cannot use the child's cache, and the child's own cache
 * does not make the parent's usable. */
static int have_own(struct kit *kit, slot_ptr pinned)
{
	struct kit own;
	pid_t pid;
	int r;

	kit_make(&own, 1, 2);
	kit_use(&own, 1);
	if (!kit_hits(&own, 1))
		return 7;
	r = find_nothing(kit, pinned);
	if (r != 0)
		return r;
	pid = fork();
	if (pid == 0)
		_exit(find_nothing(&own, pinned));
	if (children_wait(pid) != 0)
		return 8;
	if (!kit_hits(&own, 1))
		return 9;
	dmaload_cache_destroy(own.cache);
	return 0;
}

/* Only fork() leaves the locks of libc usable in a child. */
static int in_child(struct kit *kit, slot_ptr pinned, bool is_forked)
{
	const int r = find_nothing(kit, pinned);

	return r == 0 && is_forked ? have_own(kit, pinned) : r;
}

static void have_child(pid_t (*make)(void))
{
	slot_ptr slot;
	struct kit kit;
	pid_t pid;

	fake_reset();
	kit_make(&kit, 1, 2);
	slot = kit_get(&kit, 1);
	pid = make();
	if (pid == 0)
		_exit(in_child(&kit, slot, make == fork));
	assert_int_equal(children_wait(pid), 0);
	assert_int_equal(kit_stats(&kit).slots_pinned, 1);
	kit_put(&kit, slot);
	assert_true(kit_hits(&kit, 1));
	kit_drop(&kit);
}

static void test_children_of_fork(void **state)
{
	(void)state;
	have_child(fork);
}

/* Children of raw system calls: only the kernel can detect these. */
static void test_children_of_other_calls(void **state)
{
	(void)state;
	if (!children_are_wiped())
		return;
	have_child(_Fork);
	have_child(children_clone);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_children_of_fork),
		cmocka_unit_test(test_children_of_other_calls),
	};

	children_are_unwiped = argc > 1 && strcmp(argv[1], "unwiped") == 0;
	return cmocka_run_group_tests_name("cache_processes", tests, NULL, NULL);
}
