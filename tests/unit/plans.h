/* SPDX-License-Identifier: MIT */
/* Plans, and the chunks that are expected of them. */
#ifndef PLANS_H
#define PLANS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/plan.h"

/* A chunk that is expected, in the terms of the test. */
struct read {
	uint64_t file_offset;
	uint32_t length;
	uint32_t skip;
	uint32_t wanted;
	uint64_t buffer_offset;
	bool in_place;
};

struct plan plans_of(struct request_range *ranges, size_t count);
struct plan plans_one(uint64_t file_offset, uint64_t buffer_offset,
		      uint64_t length);

struct geometry plans_in_place(uint32_t block, uint32_t align, uint32_t chunk);
struct geometry plans_bounced(uint32_t block, uint32_t chunk);
struct survey plans_survey(const struct plan *plan,
			   const struct geometry *geometry);

/* Take the next chunk, which must be this one. */
void plans_expect(struct plan *plan, const struct geometry *geometry,
		  struct read expected);
/* Nothing may be left; free the plan. */
void plans_expect_end(struct plan *plan);

#endif
