/* SPDX-License-Identifier: MIT */
/* Shared by the parts of the model. Tests do not include it. */
#ifndef MODEL_H
#define MODEL_H

#include "fake.h"

/* An open file description. Duplicated fds share it. */
struct fake_desc {
	struct fake_node *node;
	int flags;
	unsigned refs;
	uint64_t position;
	bool random;
};

/* khugepaged reads missing pages of a mapped file, unless no huge page fits, or
 * no page is missing. */
enum fake_huge {
	FAKE_HUGE_ANY = 0,
	FAKE_HUGE_NONE,
	FAKE_HUGE_RESIDENT,
};

struct fake_map {
	unsigned char *at;
	size_t length;
	int prot;
	/* NULL: anonymous. */
	struct fake_node *node;
	uint64_t offset;
	enum fake_huge huge_pages;
};

/* End the test: the library has done what it must never do. */
void fake_trap(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* Count a call. Return 0, or the code with which it must fail. */
int fake_enter(enum fake_call call);
/* Count a call that cannot fail. */
void fake_note(enum fake_call call);
void fake_failure_reset(void);

uint64_t fake_random(void);
void fake_tick(uint64_t ns);

/* nodes.c */
struct fake_node *fake_nodes(void);
void fake_nodes_reset(void);
void fake_alloc_bytes(struct fake_node *node, uint64_t size);

/* Check a call of this level: a filter may end the process. */
void fake_filter(enum dmaload_syscalls level);

/* Check a write up to this offset. If it may exceed RLIMIT_FSIZE, the thread
 * must hold SIGXFSZ. Return 0 or -EFBIG. */
int fake_limit(uint64_t end);

/* fds.c */
int fake_fd_new(struct fake_node *node, int flags);
struct fake_desc *fake_desc_of(int fd);
unsigned fake_library_fds(void);
void fake_fds_reset(void);

/* memory.c */
const struct fake_map *fake_map_find(const void *at, size_t length);
unsigned fake_maps(void);
void fake_maps_protect(const struct fake_node *node);
/* Return true if a request in flight uses a mapping of the node. */
bool fake_maps_touched(const struct fake_node *node);
void fake_maps_reset(void);

/* cache.c */
/* Return whether this process may query the page cache of a file. */
bool fake_tells(const struct fake_node *node);
/* Drop whole pages only, and the last page if the range ends with the file. */
void fake_uncache(struct fake_node *node, uint64_t offset, uint64_t length);

/* read.c and write.c */
void fake_note_read(struct fake_node *node);
int64_t fake_read_direct(const struct fake_desc *desc, void *data,
			 size_t length, uint64_t offset);
int64_t fake_write_direct(struct fake_node *node, const void *data,
			  size_t length, uint64_t offset);

/* names.c */
void fake_texts_reset(void);
/* Return true if the thread must assume that a filter is active. */
bool fake_may_have_filter(void);

/* udmabuf.c */
void fake_threads_reset(void);

/* rings.c */
bool fake_ring_touches(const void *at, size_t length);
/* Return true if a ring is writing to a page of this range of a file. */
bool fake_ring_writes(const struct fake_node *node, uint64_t offset,
		      uint64_t length);
unsigned fake_rings(void);
unsigned fake_rings_busy(void);
void fake_rings_reset(void);
void fake_flying_anew(void);

/*
 * The model has one lock, since several threads do jobs. Each function of the
 * model holds it until it returns. Functions that wait release it.
 */
int fake_lock(void);
void fake_unlock(const int *locked);
/* Wait until something has changed, or until ns on the model's clock; 0:
 * without end. The caller holds the lock once. */
void fake_wait(uint64_t until);
void fake_wake(void);
#define FAKE_LOCKED \
	__attribute__((cleanup(fake_unlock))) const int locked_ = fake_lock(); \
	(void)locked_

#endif
