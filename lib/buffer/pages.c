/* SPDX-License-Identifier: MIT */
/*
 * How large the pages behind a mapping are, from PAGEMAP_SCAN (Linux 6.7).
 *
 * Only present pages count, not requested ones: madvise() succeeds whether or
 * not the kernel uses huge pages, and fragmented memory may have none.
 *
 * Pages of sizes in between (64 KiB and the like), and neighbors that happen to
 * be contiguous, are not visible. Both count as base pages, so the result errs
 * towards small pages.
 */
#include "buffer/pages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "sys/error.h"
#include "sys/sys.h"
#include "sys/uapi.h"

#define THP "/sys/kernel/mm/transparent_hugepage/"
#define HUGE_DEFAULT ((uint64_t)2 << 20)

/* 2 MiB on most machines; more with base pages of 16 or 64 KiB. */
static uint64_t huge_size(void)
{
	uint64_t size;
	char text[32];

	if (sys_read_text(THP "hpage_pmd_size", text, sizeof(text)) < 0 ||
	    sscanf(text, "%" SCNu64, &size) != 1 || size == 0 ||
	    (size & (size - 1)) != 0)
		return HUGE_DEFAULT;
	return size;
}

/* EFAULT replaces a SIGBUS. */
int pages_populate(void *map, size_t length)
{
	int r;

	do {
		r = sys_madvise(map, length, MADV_POPULATE_WRITE);
	} while (r == -EINTR || r == -EAGAIN);
	return r == -EFAULT ? -ENOMEM : r;
}

int pages_inspect(void *map, uint64_t length, struct pages *pages)
{
	const uint64_t size = huge_size();
	const uint64_t begin = ((uintptr_t)map + size - 1) & ~(size - 1);
	const uint64_t end = ((uintptr_t)map + length) & ~(size - 1);
	struct pages found = { .bytes = length, .huge_size = size };
	struct sys_pagemap part;
	uint64_t at;
	int r;

	found.whole = end > begin ? end - begin : 0;
	for (at = 0; at < length; at += part.walked) {
		r = sys_pagemap((char *)map + at, (size_t)(length - at), &part);
		if (r < 0)
			return r;
		if (part.walked == 0)
			return -EIO;
		found.present += part.present;
		found.huge += part.huge;
	}
	*pages = found;
	return 0;
}

int pages_inspect_shared(void *map, uint64_t length, struct pages *pages)
{
	char setting[sizeof(pages->setting)] = "", text[128];
	int r;

	if (sys_read_text(THP "shmem_enabled", text, sizeof(text)) >= 0)
		pages_setting(text, setting, sizeof(setting));
	*pages = (struct pages){ .bytes = length };
	r = pages_inspect(map, length, pages);
	memcpy(pages->setting, setting, sizeof(setting));
	return r;
}

enum dmaload_pages pages_kind(const struct pages *pages)
{
	const uint64_t ends = pages->bytes - pages->whole;

	if (pages->present == 0)
		return DMALOAD_PAGES_UNKNOWN;
	if (pages->huge > 0 && pages->present - pages->huge <= ends)
		return DMALOAD_PAGES_TRANSPARENT;
	return DMALOAD_PAGES_BASE;
}

void pages_setting(const char *text, char *word, size_t size)
{
	const char *begin = strchr(text, '[');
	const char *end = begin ? strchr(begin, ']') : NULL;

	word[0] = '\0';
	if (end)
		snprintf(word, size, "%.*s", (int)(end - begin - 1), begin + 1);
}

static const char *why_not(const struct pages *pages)
{
	const char *setting = pages->setting;

	if (strcmp(setting, "never") == 0 || strcmp(setting, "deny") == 0)
		return "advise would grant them";
	if (pages->whole == 0)
		return "the buffer is smaller than one";
	return "the kernel gave no more";
}

void pages_explain(const struct pages *pages, int code, char *text, size_t size)
{
	int n;

	if (code < 0)
		n = snprintf(text, size, "unknown how much of %" PRIu64 " bytes "
			     "is in huge pages: PAGEMAP_SCAN (Linux 6.7): %s",
			     pages->bytes, error_text(code));
	else
		n = snprintf(text, size, "%" PRIu64 " of %" PRIu64 " bytes are "
			     "in huge pages", pages->huge, pages->bytes);
	if (n < 0 || (size_t)n >= size ||
	    (code == 0 && pages_kind(pages) == DMALOAD_PAGES_TRANSPARENT))
		return;
	text += n;
	size -= (size_t)n;
	if (!pages->setting[0])
		snprintf(text, size, "; the kernel has none for shared memory");
	else if (code < 0)
		snprintf(text, size, "; shmem_enabled is %s", pages->setting);
	else
		snprintf(text, size, ": shmem_enabled is %s, %s",
			 pages->setting, why_not(pages));
}
