/* SPDX-License-Identifier: MIT */
/*
 * How much memory this process may still use. It is the minimum of what the
 * machine and each of its memory cgroups have left (room_query.c). The promises
 * that are not populated yet are subtracted (promise.c).
 */
#include "buffer/room.h"

#include <dmaload/memory.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "buffer/room_query.h"
#include "sys/error.h"
#include "sys/versioned_struct.h"
#include "sys/sys.h"

#define MIB ((uint64_t)1 << 20)

/*
 * A cgroup is charged for more than the pages of a buffer. The page tables that
 * map them and the tree that indexes them take 8 and 9 bytes for each page of
 * 4096.
 */
#define OVERHEAD 128u

/*
 * A load needs memory, too: the bounce pool, and the pages of buffered reads in
 * flight, which cannot be reclaimed. In a cgroup of 64 MiB with 1.5 MiB left by
 * the buffer, one load of 25 was killed; with 2 MiB and more, none of 100
 * (version 1, Linux 6.18).
 */
#define SPARE_FOR_READS (2 * MIB)
#define SPARE_FOR_LOADS (SPARE_FOR_READS + 6 * MIB)
/* But at most a 16th of the limit, and a 32nd for the reads. */
#define SPARE_LOADS_PART 16u
#define SPARE_READS_PART 32u

/* A condition, not an error: nothing is charged. */
#define NOT_CHARGED 1

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Return how much of a cgroup's room can be granted. */
static uint64_t usable(const struct dmaload_memory *memory, unsigned who)
{
	const uint64_t limit = memory->cgroup_limit_bytes;
	uint64_t room = memory->cgroup_room_bytes;

	if (room == DMALOAD_UNKNOWN)
		return room;
	if (who & ROOM_SPARE)
		room = less(room, least(SPARE_FOR_READS,
					limit / SPARE_READS_PART));
	else
		room = less(room, least(SPARE_FOR_LOADS,
					limit / SPARE_LOADS_PART));
	return room - room / (OVERHEAD + 1);
}

static uint64_t mib_up(uint64_t bytes)
{
	return bytes / MIB + (bytes % MIB != 0);
}

/* Mention promises to other buffers only if there are any. */
static void put_promised(char *text, size_t size, uint64_t before)
{
	text[0] = '\0';
	if (before > 0)
		snprintf(text, size, ", of which %" PRIu64 " MiB are reserved "
			 "for other buffers of this process", mib_up(before));
}

static int check_machine(uint64_t size, uint64_t before,
			 struct dmaload_error *err)
{
	const uint64_t there = room_query_machine();
	char promised[96];

	if (size <= there && before <= there - size)
		return 0;
	put_promised(promised, sizeof(promised), before);
	return fail(err, -ENOMEM,
		    "the buffer needs %" PRIu64 " MiB and the machine has %"
		    PRIu64 " MiB available (MemAvailable)%s: free memory, or load "
		    "a smaller range", mib_up(size), there / MIB, promised);
}

/* The name comes last, where it may be truncated. */
static int refuse(const struct dmaload_memory *memory, uint64_t size,
		  uint64_t there, uint64_t before, struct dmaload_error *err)
{
	char promised[96], name[160], flush[64] = "";

	put_promised(promised, sizeof(promised), before);
	room_put_name(name, sizeof(name), memory->cgroup);
	if (memory->cgroup_dirty_bytes > 0 &&
	    size <= less(there + memory->cgroup_dirty_bytes, before))
		snprintf(flush, sizeof(flush), "write back %" PRIu64 " MiB of "
			 "dirty pages (sync), ",
			 mib_up(memory->cgroup_dirty_bytes));
	return fail(err, -ENOMEM,
		    "the buffer needs %" PRIu64 " MiB and the memory cgroup has "
		    "room for %" PRIu64 " MiB%s: %s is %" PRIu64 " MiB, %" PRIu64
		    " MiB are used, and %" PRIu64 " MiB of these are file pages "
		    "that can be reclaimed; %sraise the limit, or load a smaller "
		    "range; the cgroup is %s", mib_up(size), there / MIB, promised,
		    memory->cgroup_limit_name, memory->cgroup_limit_bytes / MIB,
		    mib_up(memory->cgroup_usage_bytes),
		    memory->cgroup_reclaimable_bytes / MIB, flush, name);
}

static int check_cgroups(unsigned who, uint64_t size, uint64_t before,
			 struct dmaload_error *err)
{
	struct dmaload_memory memory = { .size = sizeof(memory) };
	const bool charges_huge = room_query_cgroups(&memory);
	const uint64_t there = usable(&memory, who);

	if (!(who & ROOM_CGROUP) && !charges_huge)
		return NOT_CHARGED;
	if (size <= there && before <= there - size)
		return 0;
	return refuse(&memory, size, there, before, err);
}

int room_reserve(struct promise *promise, unsigned who, uint64_t size,
		 struct dmaload_error *err)
{
	const uint64_t machine = who & ROOM_MACHINE ? size : 0;
	const uint64_t charged = who & (ROOM_CGROUP | ROOM_HUGETLB) ? size : 0;
	struct promise before;
	int r = 0;

	promise_add(promise, machine, charged, &before);
	if (machine > 0)
		r = check_machine(size, before.available, err);
	if (r == 0 && charged > 0)
		r = check_cgroups(who, size, before.charged, err);
	if (r == NOT_CHARGED)
		promise_reduce(promise, 0, charged);
	else if (r < 0)
		promise_reduce(promise, machine, charged);
	return r < 0 ? r : 0;
}

/* Return the largest buffer that room_reserve() would grant. */
static uint64_t room_for_buffer(const struct dmaload_memory *memory,
				const struct promise *promised)
{
	uint64_t machine = memory->available_bytes;
	uint64_t cgroup = usable(memory, ROOM_SHARED);

	if (machine != DMALOAD_UNKNOWN)
		machine = less(machine, promised->available);
	if (cgroup != DMALOAD_UNKNOWN)
		cgroup = less(cgroup, promised->charged);
	machine = least(machine, cgroup);
	return machine == DMALOAD_UNKNOWN ? machine :
	       machine & ~(uint64_t)(sys_page_size() - 1);
}

int dmaload_memory_query(struct dmaload_memory *out, struct dmaload_error *err)
{
	struct dmaload_memory memory = { .size = sizeof(memory) };
	struct promise promised;

	if (!out || !versioned_size_ok(out))
		return fail(err, -EINVAL, "struct dmaload_memory has no size: "
			    "set it before the call");
	promise_sum(&promised);
	memory.promised_bytes = promised.available;
	memory.available_bytes = room_query_machine();
	room_query_cgroups(&memory);
	memory.room_bytes = room_for_buffer(&memory, &promised);
	versioned_put(&memory, sizeof(memory), out);
	return 0;
}
