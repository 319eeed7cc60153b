/* SPDX-License-Identifier: MIT */
/*
 * The list of all sources of this machine. Every heap is tried, where a buffer
 * without a source stops at the first that works; the choice between them is
 * that of source_default_from() all the same.
 */
#include <dmaload/source.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer/source_default.h"
#include "buffer/heaps.h"
#include "buffer/udmabuf.h"
#include "sys/error.h"
#include "sys/sys.h"
#include "sys/text.h"

#define HEAP_PREFIX "heap:"

struct entry {
	struct dmaload_source source;
	char name[CHOICE_NAME_SIZE];
	/* Why it may not be used, with the remedy; code 0 if it may. */
	struct dmaload_error refusal;
	char reason[DMALOAD_MESSAGE_SIZE];
};

/* The heaps come first, then these. */
enum { UDMABUF, UDMABUF_2M, MEMFD, OTHERS };

struct dmaload_sources {
	size_t count;
	size_t heaps;
	struct entry entries[];
};

static struct entry *add(struct dmaload_sources *list, const char *prefix,
			 const char *name, uint64_t max_bytes)
{
	struct entry *entry = &list->entries[list->count++];

	snprintf(entry->name, sizeof(entry->name), "%s%s", prefix, name);
	entry->source = (struct dmaload_source){
		.name = entry->name,
		.max_bytes = max_bytes,
		.remedy = entry->refusal.message,
		.reason = entry->reason,
	};
	return entry;
}

static void add_heap(struct dmaload_sources *list, const char *name)
{
	struct entry *entry = add(list, HEAP_PREFIX, name, UINT64_MAX);
	const int fd = heap_open(name, &entry->refusal);

	if (fd >= 0)
		sys_close(fd);
	else
		entry->source.access = fd;
	list->heaps++;
}

static void add_others(struct dmaload_sources *list)
{
	struct dmaload_error refusal = { .code = 0 };
	const int fd = udmabuf_open(&refusal);
	const uint64_t limit = udmabuf_limit();
	struct entry *entry;
	int i;

	if (fd >= 0)
		sys_close(fd);
	for (i = UDMABUF; i <= UDMABUF_2M; i++) {
		entry = add(list, "udmabuf", i == UDMABUF ? "" : ":2M", limit);
		entry->source.access = refusal.code;
		entry->refusal = refusal;
	}
	add(list, "memfd", "", UINT64_MAX);
}

static const char *heap_name(const struct entry *heap)
{
	return heap->name + strlen(HEAP_PREFIX);
}

/* The same rule as heap_default(), for heaps that have been tried; the error is
 * that of the first heap if none may be used. */
static void find_heap(const struct dmaload_sources *list,
		      struct source_facts *facts)
{
	const struct entry *entry;
	size_t i;

	heap_missing(&facts->heap_error);
	for (i = list->heaps; i-- > 0;) {
		entry = &list->entries[i];
		if (!heap_suits_anyone(heap_name(entry)))
			continue;
		if (entry->refusal.code == 0 &&
		    (!facts->heap || strcmp(facts->heap, "system") != 0))
			facts->heap = heap_name(entry);
		facts->heap_error = entry->refusal;
	}
}

static void explain_heap(struct entry *entry, const struct source_facts *facts)
{
	if (!heap_suits_anyone(heap_name(entry)))
		snprintf(entry->reason, sizeof(entry->reason),
			 "only on request: the CPU cannot fill protected memory");
	else
		text_format(entry->reason, sizeof(entry->reason),
			    "the heap \"%s\" comes first", facts->heap);
}

static void explain_udmabuf(struct entry *entry,
			    const struct source_facts *facts)
{
	struct dmaload_error why;

	if (facts->udmabuf_error.code == -EPERM)
		text_format(entry->reason, sizeof(entry->reason), "%s",
			    facts->udmabuf_error.message);
	else if (udmabuf_check(facts->size, facts->udmabuf_limit, &why) < 0)
		text_format(entry->reason, sizeof(entry->reason), "%s",
			    why.message);
	else
		text_format(entry->reason, sizeof(entry->reason), "the heap "
			    "\"%s\" may be used, and heaps come first",
			    facts->heap);
}

static void explain(struct dmaload_sources *list, size_t i,
		    const struct source_facts *facts)
{
	struct entry *entry = &list->entries[i];

	if (entry->refusal.code < 0)
		snprintf(entry->reason, sizeof(entry->reason), "this process may "
			 "not use it (%s)", error_name(entry->refusal.code));
	else if (i < list->heaps)
		explain_heap(entry, facts);
	else if (i == list->heaps + UDMABUF)
		explain_udmabuf(entry, facts);
	else if (i == list->heaps + UDMABUF_2M)
		snprintf(entry->reason, sizeof(entry->reason), "only on request: "
			 "it takes reserved huge pages of 2 MiB, of which %"
			 PRIu64 " bytes are free, and base pages where these do "
			 "not suffice", udmabuf_huge_free());
	else
		snprintf(entry->reason, sizeof(entry->reason), "only on request: "
			 "it is not a dma-buf, so no device can attach to it");
}

static void recommend(struct dmaload_sources *list, uint64_t size)
{
	struct source_facts facts = { .size = size };
	struct source_default choice = { .source = "" };
	struct entry *entry;
	size_t i;

	find_heap(list, &facts);
	source_facts_add_udmabuf(&facts, &list->entries[list->heaps + UDMABUF].refusal);
	source_default_from(&facts, &choice, NULL);
	for (i = 0; i < list->count; i++) {
		entry = &list->entries[i];
		if (strcmp(entry->name, choice.source) == 0) {
			entry->source.recommended = 1;
			snprintf(entry->reason, sizeof(entry->reason), "%s",
				 choice.reason);
		} else {
			explain(list, i, &facts);
		}
	}
}

int dmaload_sources_create(struct dmaload_sources **out, uint64_t size,
			   struct dmaload_error *err)
{
	struct dmaload_sources *list;
	char **names;
	size_t count, i;
	int r;

	if (!out || size == 0)
		return fail(err, -EINVAL, "a list of sources needs the size of a "
			    "buffer, at least 1 byte, and a place to put it");
	r = heap_list(&names, &count, err);
	if (r < 0)
		return r;
	list = calloc(1, sizeof(*list) +
			 (count + OTHERS) * sizeof(list->entries[0]));
	for (i = 0; list && i < count; i++)
		add_heap(list, names[i]);
	heap_list_free(names, count);
	if (!list)
		return fail(err, -ENOMEM, "no memory for a list of %zu sources",
			    count + OTHERS);
	add_others(list);
	recommend(list, size);
	*out = list;
	return 0;
}

void dmaload_sources_destroy(struct dmaload_sources *sources)
{
	free(sources);
}

size_t dmaload_sources_count(const struct dmaload_sources *sources)
{
	return sources ? sources->count : 0;
}

const struct dmaload_source *
dmaload_sources_get(const struct dmaload_sources *sources, size_t i)
{
	return i < dmaload_sources_count(sources) ? &sources->entries[i].source :
						    NULL;
}
