/* SPDX-License-Identifier: MIT */
/* Limits of what is counted: calls, submissions and faults. */
#ifndef COUNTS_H
#define COUNTS_H

#include "support.h"

#include <sys/syscall.h>

#include "tally.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define PART (32 * MIB)
#define MANY 10000

/* Linux 6.5; the headers of Debian 12 do not have it. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif
/* posix_fadvise() with offsets of 64 bits. */
#if defined(SYS_arm_fadvise64_64)
#define SYS_FADVISE SYS_arm_fadvise64_64
#elif defined(SYS_fadvise64_64)
#define SYS_FADVISE SYS_fadvise64_64
#else
#define SYS_FADVISE SYS_fadvise64
#endif

#define BIT(path) DMALOAD_ALLOW_ ## path

/* A read of each MiB: the chunk size of a context by default. */
#define CHUNKS_PER_GIB 1024

/* Calls and faults of libc's and of the program's own: 0 to 20 were counted; and of
 * a sanitizer's, 1,300 with gcc 14. */
#ifdef SANITIZED
#define OWN 2048
#else
#define OWN 64
#endif

/* The bytes that the counted load, or store, has moved; and as chunks. */
extern uint64_t counts_bytes;
uint64_t counts_chunks(void);

/* The limit is fixed for a load of any size, and per_gib for its bytes. */
void counts_at_most(const char *what, uint64_t n, uint64_t fixed,
		    uint64_t per_gib);
/* Into a buffer that is populated, nothing is faulted in; the program's own code
 * may be, which the kernel evicts as it does any file's pages. */
void counts_no_faults(const struct tally *tally);
/* The calls of a load by the ring, which reads by this call if it has threads. */
void counts_check_ring(const struct kit *kit, const struct tally *tally,
		       bool looks, long call);

/* To make the pool, the kernel is asked what memory there is, which is not
 * counted. */
void counts_make_pool(struct kit *kit);

/* The other groups of tests of the program. Return how many have failed. */
int counts_stores(void);
int counts_faults(void);

#endif
