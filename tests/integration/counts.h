/* SPDX-License-Identifier: MIT */
/* Limits of counted calls, submissions and page faults. */
#ifndef COUNTS_H
#define COUNTS_H

#include "support.h"

#include <sys/syscall.h>

#include "tally.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define PART (32 * MIB)
#define MANY 10000

/* Linux 6.5; the headers of Debian 12 lack it. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif
/* posix_fadvise() with 64-bit offsets. */
#if defined(SYS_arm_fadvise64_64)
#define SYS_FADVISE SYS_arm_fadvise64_64
#elif defined(SYS_fadvise64_64)
#define SYS_FADVISE SYS_fadvise64_64
#else
#define SYS_FADVISE SYS_fadvise64
#endif

#define BIT(path) DMALOAD_ALLOW_ ## path

/* The reads per GiB, at the default chunk size of a context. */
#define CHUNKS_PER_GIB 1024

/* Calls and faults of libc and of the program itself: 0 to 20 were counted. A
 * sanitizer has more: 1,300 with gcc 14. */
#ifdef SANITIZED
#define OWN 2048
#else
#define OWN 64
#endif

/* The bytes that the counted load or store moves; and the number of chunks. */
extern uint64_t counts_bytes;
uint64_t counts_chunks(void);

/* Check a count against a limit: fixed for any load, and per_gib for its
 * bytes. */
void counts_at_most(const char *what, uint64_t n, uint64_t fixed,
		    uint64_t per_gib);
/* Check that a populated buffer causes no faults. The program's own code may
 * cause some, since the kernel evicts it like any file's pages. */
void counts_no_faults(const struct tally *tally);
/* Check the calls of a load by the ring. call is the one by which threads
 * read. */
void counts_check_ring(const struct kit *kit, const struct tally *tally,
		       bool looks, long call);

/* Make the bounce pool before counting: this queries the memory of the
 * machine. */
void counts_make_pool(struct kit *kit);

/* Run the other groups of tests. Return the number of failed tests. */
int counts_stores(void);
int counts_faults(void);

#endif
