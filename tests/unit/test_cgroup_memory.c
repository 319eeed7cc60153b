/* SPDX-License-Identifier: MIT */
/* The memory that is left in a cgroup, from the texts of its files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buffer/cgroup.h"

#define MIB ((uint64_t)1 << 20)

static void limits(void **state)
{
	(void)state;
	assert_int_equal(cgroup_limit("67108864\n"), 64 * MIB);
	assert_int_equal(cgroup_limit("0\n"), 0);
	assert_true(cgroup_limit("max\n") == CGROUP_NO_LIMIT);
	assert_true(cgroup_limit("") == CGROUP_NO_LIMIT);
	assert_true(cgroup_limit("-1\n") == CGROUP_NO_LIMIT);
	/* As version 1 says it, with pages of 4 KiB, of 64 KiB, and in 32 bits. */
	assert_true(cgroup_limit("9223372036854771712\n") == CGROUP_NO_LIMIT);
	assert_true(cgroup_limit("9223372036854710272\n") == CGROUP_NO_LIMIT);
	assert_true(cgroup_limit("8796093018112\n") == CGROUP_NO_LIMIT);
	assert_true(cgroup_limit("4398046511104\n") == (uint64_t)4 << 40);
	assert_true(cgroup_limit("99999999999999999999999\n") == CGROUP_NO_LIMIT);
}

/* Linux 6.12, version 2; the beginning. */
static const char stat2[] =
	"anon 1212416\n"
	"file 52391936\n"
	"kernel 905216\n"
	"kernel_stack 16384\n"
	"pagetables 110592\n"
	"shmem 4096\n"
	"file_mapped 0\n"
	"file_dirty 10485760\n"
	"file_writeback 1048576\n"
	"swapcached 0\n"
	"inactive_anon 4096\n"
	"active_anon 1208320\n"
	"inactive_file 31457280\n"
	"active_file 20930560\n"
	"unevictable 4194304\n"
	"slab_reclaimable 416424\n"
	"workingset_refault_file 77\n";

/* Linux 6.1, version 1, of a cgroup that has others below it. */
static const char stat1[] =
	"cache 8192\n"
	"rss 1843200\n"
	"shmem 0\n"
	"dirty 0\n"
	"writeback 0\n"
	"inactive_anon 1843200\n"
	"active_anon 12288\n"
	"inactive_file 4096\n"
	"active_file 4096\n"
	"unevictable 0\n"
	"hierarchical_memory_limit 67108864\n"
	"hierarchical_memsw_limit 9223372036854771712\n"
	"total_cache 41943040\n"
	"total_dirty 10485760\n"
	"total_writeback 0\n"
	"total_inactive_file 20971520\n"
	"total_active_file 10485760\n"
	"total_unevictable 0\n";

static void what_can_be_reclaimed(void **state)
{
	struct cgroup_memory memory = { .limit = 64 * MIB };

	(void)state;
	cgroup_read_stat(stat2, 2, &memory);
	assert_int_equal(memory.dirty, 11 * MIB);
	assert_int_equal(memory.reclaimable, 31457280 + 20930560 - 11 * MIB);
	cgroup_read_stat(stat1, 1, &memory);
	assert_int_equal(memory.dirty, 0);
	assert_int_equal(memory.reclaimable, 30 * MIB);
	assert_int_equal(cgroup_hidden_limit(stat1), 64 * MIB);
	assert_true(cgroup_hidden_limit(stat2) == CGROUP_NO_LIMIT);
	assert_true(cgroup_hidden_limit("hierarchical_memory_limit "
					"9223372036854771712\n") ==
		    CGROUP_NO_LIMIT);
	/* Pages can be dirty that are on neither list, just now. */
	cgroup_read_stat("file_dirty 4096\ninactive_file 0\nactive_file 0\n", 2,
			 &memory);
	assert_int_equal(memory.reclaimable, 0);
	cgroup_read_stat("", 2, &memory);
	assert_int_equal(memory.reclaimable, 0);
	assert_int_equal(cgroup_stat("a_file 1\nfile 2\n", "file", 9), 2);
	assert_int_equal(cgroup_stat("files 1\nfile x\n", "file", 9), 9);
}

static uint64_t room(uint64_t limit, uint64_t usage, uint64_t reclaimable)
{
	const struct cgroup_memory memory = {
		.limit = limit, .usage = usage, .reclaimable = reclaimable,
	};

	return cgroup_room(&memory);
}

static void what_is_left(void **state)
{
	(void)state;
	assert_int_equal(room(64 * MIB, 10 * MIB, 0), 54 * MIB);
	assert_int_equal(room(64 * MIB, 60 * MIB, 50 * MIB), 54 * MIB);
	assert_int_equal(room(64 * MIB, 64 * MIB, 0), 0);
	/* A limit that has been lowered, or that usage is above for a moment. */
	assert_int_equal(room(64 * MIB, 90 * MIB, 10 * MIB), 0);
	assert_int_equal(room(64 * MIB, 70 * MIB, 10 * MIB), 4 * MIB);
	assert_int_equal(room(0, 4096, 0), 0);
	assert_true(room(CGROUP_NO_LIMIT, MIB, MIB) == CGROUP_NO_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits),
		cmocka_unit_test(what_can_be_reclaimed),
		cmocka_unit_test(what_is_left),
	};

	return cmocka_run_group_tests_name("cgroup_memory", tests, NULL, NULL);
}
