/* SPDX-License-Identifier: MIT */
/*
 * The bound of direct: io_uring and nothing else, straight into the buffer, as
 * fast as the disk fills this memory. A variant reads into the first 4 MiB of
 * it over and over, as fio does; any difference is due to the memory. Another
 * reads into 8 MiB of registered memory over and over: a pool without copies.
 */
#include "bench.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <liburing.h>

#include "tool.h"

/* As the library has them; and as fio is usually fastest, by its sweep. */
#define DEPTH DMALOAD_DEPTH_DEFAULT
#define DEPTH_AGAIN 4u
#define DEPTH_OWN 8u
#define OWN_BYTES ((size_t)(DEPTH_OWN * BENCH_BLOCK))
#define PAGE ((uint64_t)4096)

struct course {
	struct io_uring ring;
	char *memory;
	int fd;
	uint64_t length;
	/* Where the next read begins, and what has arrived. */
	uint64_t at;
	uint64_t done;
	unsigned flying;
	/* Each read has a number: which of these are free, and how many bytes
	 * each is for. */
	unsigned unused;
	uint32_t want[DEPTH_OWN];
	/* The number of a read is its place in the buffer; otherwise it has
	 * another place. */
	bool again;
	bool registered;
};

static unsigned take_number(struct course *course)
{
	const unsigned number = (unsigned)__builtin_ctz(course->unused);

	course->unused &= ~(1u << number);
	return number;
}

/* The last read ends with a page: O_DIRECT needs whole blocks, and the mapping
 * has them. */
static void ask(struct course *course)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&course->ring);
	const uint64_t left = course->length - course->at;
	const uint64_t max = left < BENCH_BLOCK ?
			      (left + PAGE - 1) & ~(PAGE - 1) : BENCH_BLOCK;
	const unsigned number = take_number(course);
	const uint64_t place = course->again ? number * BENCH_BLOCK : course->at;

	if (course->registered)
		io_uring_prep_read_fixed(sqe, course->fd, course->memory + place,
					 (unsigned)max, course->at, 0);
	else
		io_uring_prep_read(sqe, course->fd, course->memory + place,
				   (unsigned)max, course->at);
	sqe->user_data = number;
	course->want[number] = (uint32_t)(left < max ? left : max);
	course->at += course->want[number];
	course->flying++;
}

/* Reads in flight write to the buffer, so wait for them. */
static int reap(struct course *course)
{
	struct io_uring_cqe *cqe;
	unsigned number;
	int r = 0;

	while (io_uring_peek_cqe(&course->ring, &cqe) == 0) {
		number = (unsigned)cqe->user_data;
		if (cqe->res < 0)
			r = cqe->res;
		else if ((uint32_t)cqe->res < course->want[number])
			r = -ENODATA;
		else
			course->done += course->want[number];
		io_uring_cqe_seen(&course->ring, cqe);
		course->unused |= 1u << number;
		course->flying--;
	}
	return r;
}

static int register_memory(struct io_uring *ring, void *memory, size_t bytes)
{
	const struct iovec all = { .iov_base = memory, .iov_len = bytes };

	return io_uring_register_buffers(ring, &all, 1);
}

int bench_registering_try(struct dmaload_error *err)
{
	void *memory = bench_own_memory(OWN_BYTES);
	struct io_uring ring;
	int r;

	r = memory ? io_uring_queue_init(DEPTH_OWN, &ring, 0) : -ENOMEM;
	if (r == 0) {
		r = register_memory(&ring, memory, OWN_BYTES);
		io_uring_queue_exit(&ring);
	}
	free(memory);
	return r < 0 ? explain(err, r, "cannot register %zu bytes: %s; "
			       "RLIMIT_MEMLOCK may be too low", OWN_BYTES,
			       strerror(-r)) : 0;
}

/* The bench frees its memory with the other objects of the measurement. */
static int use_own_memory(struct bench_work *work, struct course *course)
{
	work->memory = bench_own_memory(OWN_BYTES);
	if (!work->memory)
		return -ENOMEM;
	course->memory = work->memory;
	course->registered = true;
	return register_memory(&course->ring, work->memory, OWN_BYTES);
}

static int run_course(struct bench_work *work, struct course *course)
{
	int r = 0, n;

	while (course->flying > 0 || (r == 0 && course->at < course->length)) {
		while (r == 0 && course->unused && course->at < course->length)
			ask(course);
		n = io_uring_submit_and_wait(&course->ring, 1);
		if (n < 0 && n != -EINTR)
			return n;
		n = reap(course);
		r = r < 0 ? r : n;
		bench_arrived(work, course->done);
	}
	return r;
}

int bench_by_uring(struct bench_work *work)
{
	const enum bench_what what = work->what->what;
	const unsigned depth = what == BENCH_URING ? DEPTH :
			       what == BENCH_URING_OWN ? DEPTH_OWN : DEPTH_AGAIN;
	struct course course = {
		.memory = dmaload_buffer_map(work->buffer), .fd = work->fd,
		.length = work->bench->length, .again = what != BENCH_URING,
		.unused = (1u << depth) - 1,
	};
	int r;

	r = io_uring_queue_init(depth, &course.ring, 0);
	if (r < 0)
		return r;
	if (what == BENCH_URING_OWN)
		r = use_own_memory(work, &course);
	if (r == 0)
		r = run_course(work, &course);
	io_uring_queue_exit(&course.ring);
	work->run->pinned = depth * BENCH_BLOCK;
	return r;
}
