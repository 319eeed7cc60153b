/* SPDX-License-Identifier: MIT */
/*
 * Receives: a mapping.
 * Hands on: how much of it is populated, and how much of that in huge pages.
 * Always:   inspecting faults no page in and touches no byte.
 */
#ifndef PAGES_H
#define PAGES_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/report.h>

struct pages {
	/* The bytes of the mapping; and those in whole, aligned blocks of
	 * huge_size, which could be in huge pages. */
	uint64_t bytes;
	uint64_t whole;
	/* Populated bytes; 0 for pages without a struct page (VM_PFNMAP), which
	 * the kernel skips. */
	uint64_t present;
	/* The bytes of these that entries of the page table map huge_size at a
	 * time. */
	uint64_t huge;
	uint64_t huge_size;
	/* The value of shmem_enabled at that time, if it was queried; "": it
	 * cannot be read. */
	char setting[16];
};

/*
 * Populate a part of a mapping, which begins at a page. Return 0; -ENOMEM if
 * there is no memory; or -EINVAL if the kernel, before 5.14, does not support
 * it.
 */
int pages_populate(void *map, size_t length);

/*
 * Inspect a mapping. Any thread may call it, also while others fault pages in.
 * It only walks the page table: 3 ms for 1 GiB of base pages, while populating
 * them took 600. Return 0 or -errno; -ENOTTY before Linux 6.7, or without
 * /proc.
 */
int pages_inspect(void *map, uint64_t length, struct pages *pages);

/* Do the same for shared memory, and read the setting that grants huge pages,
 * even if inspecting fails. */
int pages_inspect_shared(void *map, uint64_t length, struct pages *pages);

/*
 * Return the kind of pages: UNKNOWN if nothing is present; TRANSPARENT if
 * everything that could be is in huge pages, reserved ones included; else BASE.
 */
enum dmaload_pages pages_kind(const struct pages *pages);

/* Copy the word in brackets of
 * /sys/kernel/mm/transparent_hugepage/shmem_enabled, or "" if there is none. */
void pages_setting(const char *text, char *word, size_t size);

/* Explain how much of shared memory is in huge pages and, if not all is, why.
 * code: the result of pages_inspect_shared(). */
void pages_explain(const struct pages *pages, int code, char *text, size_t size);

#endif
