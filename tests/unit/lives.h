/* SPDX-License-Identifier: MIT */
/* Whole lives: from opening all to closing it, with a load or a store in between. */
#ifndef LIVES_H
#define LIVES_H

#include "scene.h"

struct life;

/* A kind of life. There is one life at a time. */
struct life_kind {
	/* Make a fresh kernel with what such a life needs. */
	void (*make)(const struct life *life);
	/* Live. Return 0, and then what was to be done is done and was checked; or
	 * the first failure, with the reason in err. */
	int (*live)(const struct life *life, struct dmaload_error *err);
	/* Return whether the page cache has what it had. */
	bool (*kept)(const struct life *life);
	/* Close what is open: nothing may be left over. */
	void (*end)(void);
};

/* One range from a file into a buffer. After a failure, what was made stays for the
 * next life. */
extern const struct life_kind lives_one;
/* Two files, two buffers and a stream, closed at the end of each life. */
extern const struct life_kind lives_many;

struct life {
	const char *name;
	const char *source;
	bool pfnmap;
	bool cached;
	bool no_cachestat;
	/* How often it is done again, by the same context. */
	unsigned again;

	/* For one range: the oddities of the file and the machine. */
	uint32_t block;
	uint32_t depth;
	uint64_t buffer_offset;
	size_t read_most;
	int direct_error;
	int direct_read_error;
	bool silently_buffered;
	bool no_proc;
	bool verifies;
	/* The whole file, by dmaload_load_file(). */
	bool whole;

	/* For many; NULL: one range. */
	int (*live)(void);
	uint32_t paths;
	bool direct_refused;
	bool reads_pin;
	bool no_allocate;
	/* Each call makes a context of its own. */
	bool no_ctx;
};

/* Do the same life->again times more. The first failure is returned. A further one needs a
 * call that fails, too. */
int lives_repeat(const struct life *life,
		 int (*once)(const struct life *life,
			     struct dmaload_error *err),
		 struct dmaload_error *err);

/* Several ranges with two priorities, from two files into two buffers; the same
 * as a job; a store, and the comparison with it; a stream of known length, and
 * one that grows. */
int live_many(void);
int live_job(void);
int live_store(void);
int live_stream(void);
int live_growth(void);

#endif
