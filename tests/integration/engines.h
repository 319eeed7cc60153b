/* SPDX-License-Identifier: MIT */
/* Helpers of the tests of the engines: loads by one that is asked for, and a
 * look at the threads of the process. */
#ifndef ENGINES_H
#define ENGINES_H

#include "support.h"

#define MIB ((uint64_t)1 << 20)
#define MEDIUM (16 * MIB)
#define BOUNCE DMALOAD_ALLOW_BOUNCE

void says(const char *text, const char *part);

/* Another context for the kit; depth 0: the default. */
void ask_for(struct kit *kit, enum dmaload_engine engine, uint32_t depth);

/* The file of MEDIUM bytes, from the disk; and by bounce and this engine. */
void load_medium(struct kit *kit, uint32_t paths);
void load_by(struct kit *kit, enum dmaload_engine granted);
int load_with(struct kit *kit, const struct dmaload_options *options);

/* The threads of this process, other than the caller's; each is looked at. */
unsigned other_threads(void (*look)(const char *tid));
/* Note the threads that the program has before any test. */
void threads_begin(void);
/* Wait until there are no more threads than that. Return how many more are
 * left. */
unsigned threads_left(void);
/* The most threads that a load by bounce has at work, which take no signals. */
unsigned threads_at_most(struct kit *kit, uint32_t depth);

#endif
