/* SPDX-License-Identifier: MIT */
/*
 * Receives: a mapping.
 * Hands on: how much of it is there, and how much of that in huge pages.
 * Always:   whoever only looks faults no page in, and touches no byte.
 */
#ifndef PAGES_H
#define PAGES_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/report.h>

struct pages {
	/* The bytes of the mapping, and those in whole blocks of huge_size, at
	 * multiples of it, which could be in huge pages. */
	uint64_t bytes;
	uint64_t whole;
	/* Bytes that are populated; 0 where there are pages without a struct page,
	 * VM_PFNMAP, which the kernel passes over. */
	uint64_t present;
	/* The bytes among these that entries of the page table map huge_size at
	 * a time. */
	uint64_t huge;
	uint64_t huge_size;
	/* The value of shmem_enabled then, where somebody asked; "": it cannot
	 * be read. */
	char setting[16];
};

/*
 * Have all pages of a part of a mapping, which begins at a page. 0, or -ENOMEM
 * where they are not to be had, or -EINVAL where the kernel, before 5.14, does not
 * know the request.
 */
int pages_populate(void *map, size_t length);

/*
 * Look at a mapping, for any thread and while others fault pages in. Cheap: walks
 * the page table, which took 3 ms for 1 GiB of base pages where populating them took
 * 600. 0, or -errno where the kernel does not tell: -ENOTTY before Linux 6.7, or no
 * /proc.
 */
int pages_inspect(void *map, uint64_t length, struct pages *pages);

/* The same of shared memory, and what it was granted by; that also if it fails. */
int pages_inspect_shared(void *map, uint64_t length, struct pages *pages);

/*
 * Return the kind of pages. UNKNOWN if nothing is present; TRANSPARENT, which
 * reserved huge pages look like too, if all that could be is in huge pages;
 * else BASE.
 */
enum dmaload_pages pages_kind(const struct pages *pages);

/* The word in brackets of /sys/kernel/mm/transparent_hugepage/shmem_enabled; what
 * has none is "". */
void pages_setting(const char *text, char *word, size_t size);

/* How much of shared memory is in huge pages and, if not all is, why; code is what
 * the look returned. */
void pages_explain(const struct pages *pages, int code, char *text, size_t size);

#endif
