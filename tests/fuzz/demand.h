/* SPDX-License-Identifier: MIT */
/*
 * A demand is a load, a store or a comparison. It is drawn from the input, judged by
 * the public headers, and applied to the expected contents.
 */
#ifndef DEMAND_H
#define DEMAND_H

#include "setting.h"

#define RANGES_MAX 6
#define CODES_MAX 128

struct taken;

struct transform {
	/* For dmaload_options::transform. */
	struct dmaload_transform given;
	/* Bytes that the function writes for each byte of the file: 0, 1 or 2. */
	unsigned factor;
	/* The piece, counted from 1, at which the function stops the load or interferes; 0
	 * for none. */
	unsigned acts_at;
	bool interferes;
	/* The buffers' mappings, which outlive the callers' handles; NULL for no buffer. */
	unsigned char *maps[RANGES_MAX];
	/* The pieces that the function has got; NULL if it must not be called. */
	struct taken *taken;
};

struct demand {
	enum dmaload_operation operation;
	struct dmaload_range ranges[RANGES_MAX];
	struct handle *handles[RANGES_MAX];
	/* NULL: the range has no buffer. */
	struct memory *memories[RANGES_MAX];
	/* Copied from the handles, which may be closed before the demand ends. */
	struct node *nodes[RANGES_MAX];
	uint64_t bases[RANGES_MAX];
	/* DMALOAD_TO_END is resolved. */
	uint64_t lengths[RANGES_MAX];
	/* The bytes of its buffer that a range may change. */
	uint64_t parts[RANGES_MAX];
	size_t count;
	struct dmaload_options options;
	/* Only used if the options have it. */
	struct transform transform;

	/* The codes of all reasons to refuse it. If there is none it must be accepted. */
	int codes[CODES_MAX];
	size_t n_codes;
	/* Load a stream up to its end. */
	bool open_ended;
	/* It may fail although no failure is injected. */
	bool may_fail;
	/* Two ranges store into the same bytes of a file, through two handles. */
	bool is_ambiguous;
	/* A transform may write the same bytes of a buffer for two ranges. */
	bool overwrites;
	/* An earlier demand reads the same stream, perhaps beyond the offset. */
	bool may_be_late;
};

/* Draw a demand and judge it. Return false if there is no file or no buffer. */
bool demand_draw(struct demand *demand);
void demand_judge(struct demand *demand);
/* Add a reason to refuse it. */
void demand_refuse(struct demand *demand, int code);

/* Return whether two demands share bytes that one of them writes, or a stream. Then the
 * later one waits for the earlier one. */
bool demand_meets(const struct demand *a, const struct demand *b);

/* Check the result of a demand that was not accepted. */
void demand_check_refusal(const struct demand *demand, int result);

/*
 * Check the result of a demand that was accepted, and apply it to the expected
 * contents. If it failed, only complete ranges are known. The caller knows whether it
 * may fail.
 */
void demand_settle(const struct demand *demand, int result, bool may_fail,
		    const bool complete[RANGES_MAX]);

/* Count the demand for each page of which it wants bytes. */
void demand_count_pages(const struct demand *demand);

/* Check that the first length bytes of a range have been moved. */
void demand_check_range(const struct demand *demand, size_t index,
			 uint64_t length);

/* Print a demand to standard error, to explain a fault. */
void demand_print(const struct demand *demand);
uint64_t demand_bytes(const struct demand *demand);
/* Return how many of size bytes follow offset. */
uint64_t demand_left(uint64_t size, uint64_t offset);
/* Return the offset in the node at which a range begins. */
uint64_t demand_place(const struct demand *demand, size_t i);
/* Return how many bytes of a range a successful demand has moved. */
uint64_t demand_moved(const struct demand *demand, size_t i);

#endif
