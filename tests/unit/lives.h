/* SPDX-License-Identifier: MIT */
/* Lives: open everything, load or store, and close everything. */
#ifndef LIVES_H
#define LIVES_H

#include "scene.h"

struct life;

/* A kind of life. Only one life runs at a time. */
struct life_kind {
	/* Make a new kernel with what such a life needs. */
	void (*make)(const struct life *life);
	/* Live, and check what was done. Return 0, or the first failure with its
	 * reason in err. */
	int (*live)(const struct life *life, struct dmaload_error *err);
	/* Return true if the page cache is as before. */
	bool (*kept)(const struct life *life);
	/* Close what is open, and check that nothing is left. */
	void (*end)(void);
};

/* One range from a file into a buffer. After a failure, the next life goes on
 * with what was made. */
extern const struct life_kind lives_one;
/* Two files, two buffers and a stream, closed at the end of each life. */
extern const struct life_kind lives_many;
/* Loads with a transform, of two ranges or a stream; a source of NULL means no buffer.
 * Closed at the end of each life. */
extern const struct life_kind lives_transform;

struct life {
	const char *name;
	const char *source;
	bool pfnmap;
	bool cached;
	bool no_cachestat;
	/* How often the same context does it again. */
	unsigned again;

	/* For one range: the file and the machine. */
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

	/* For many ranges; NULL means one range. */
	int (*live)(void);
	uint32_t paths;
	bool direct_refused;
	bool reads_pin;
	bool no_allocate;
	/* Each call makes a context of its own. */
	bool no_ctx;

	/* With a transform. */
	bool transforms;
	uint32_t flags;
	bool stream;
	bool as_job;
	enum dmaload_engine engine;
};

/* Do it once, and life->again times more. Return the first failure. Each further
 * one needs a call that fails, too. */
int lives_repeat(const struct life *life,
		 int (*once)(const struct life *life,
			     struct dmaload_error *err),
		 struct dmaload_error *err);

/* Load several ranges with two priorities, from two files into two buffers; the
 * same as a job; store and verify; load a stream of known length, and one of
 * unknown length. */
int live_many(void);
int live_job(void);
int live_store(void);
int live_stream(void);
int live_growth(void);

#endif
