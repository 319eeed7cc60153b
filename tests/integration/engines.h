/* SPDX-License-Identifier: MIT */
/* Helpers of the tests of engines: load by a certain engine, and inspect the
 * threads of the process. */
#ifndef ENGINES_H
#define ENGINES_H

#include "support.h"

#define MIB ((uint64_t)1 << 20)
#define MEDIUM (16 * MIB)
#define BOUNCE DMALOAD_ALLOW_BOUNCE

void says(const char *text, const char *part);

/* Replace the kit's context by one with this engine. depth 0: the default. */
void ask_for(struct kit *kit, enum dmaload_engine engine, uint32_t depth);

/* Load the file of MEDIUM bytes from the disk; by bounce and this engine. */
void load_medium(struct kit *kit, uint32_t paths);
void load_by(struct kit *kit, enum dmaload_engine granted);
int load_with(struct kit *kit, const struct dmaload_options *options);

/* Count the other threads of this process, and inspect each. */
unsigned other_threads(void (*look)(const char *tid));
/* Note the threads that the program has before any test. */
void threads_begin(void);
/* Wait until there are no more threads than that. Return how many more are
 * left. */
unsigned threads_left(void);
/* Return the maximum number of threads that a load by bounce has. Each must
 * block all signals. */
unsigned threads_at_most(struct kit *kit, uint32_t depth);

#endif
