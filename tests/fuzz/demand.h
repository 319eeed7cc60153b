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

struct demand {
	enum dmaload_operation operation;
	struct dmaload_range ranges[RANGES_MAX];
	struct handle *handles[RANGES_MAX];
	struct memory *memories[RANGES_MAX];
	/* Copied from the handles, which may be closed before the demand ends. */
	struct node *nodes[RANGES_MAX];
	uint64_t bases[RANGES_MAX];
	/* DMALOAD_TO_END is resolved. */
	uint64_t lengths[RANGES_MAX];
	size_t count;
	struct dmaload_options options;

	/* The codes of all reasons to refuse it. If there is none it must be accepted. */
	int codes[CODES_MAX];
	size_t n_codes;
	/* Load a stream up to its end. */
	bool open_ended;
	/* It may fail although no failure is injected. */
	bool may_fail;
	/* Two ranges store into the same bytes of a file, through two handles. */
	bool is_ambiguous;
	/* An earlier demand reads the same stream, perhaps beyond the offset. */
	bool may_be_late;
};

/* Draw a demand and judge it. Return false if there is no file or no buffer. */
bool demand_draw(struct demand *demand);
void demand_judge(struct demand *demand);

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

#endif
