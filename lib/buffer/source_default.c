/* SPDX-License-Identifier: MIT */
/*
 * The rules, in order:
 *
 * 1. A heap that this process may use: "system", else the first by name.
 *    Protected heaps are never used. Importers are made for a heap's memory.
 *    The bounce pool fills it at the speed of the disk, whatever its pages
 *    are. A udmabuf of scattered base pages is filled without a copy, but at a
 *    third of that speed, since the disk has to split its requests. The copy
 *    takes 0.08 CPU seconds per GB.
 * 2. A udmabuf, if size is within its limit. Several buffers are used only if
 *    the caller allows them (spread.c). It has ordinary shared memory: huge
 *    pages are reserved for some purpose, and used only on request.
 * 3. Nothing. A memfd is not a dma-buf, which a caller who names no source
 *    needs.
 */
#include "buffer/source_default.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "buffer/heaps.h"
#include "buffer/udmabuf.h"
#include "sys/error.h"
#include "sys/filter.h"
#include "sys/sys.h"
#include "sys/text.h"

static int choose_heap(const struct source_facts *facts,
		       struct source_default *choice)
{
	snprintf(choice->source, sizeof(choice->source), "heap:%s", facts->heap);
	text_format(choice->reason, sizeof(choice->reason), "the heap \"%s\" "
		    "may be used%s; every importer takes its memory",
		    facts->heap, strcmp(facts->heap, "system") == 0 ? "" :
		    ", and \"system\" may not");
	return 0;
}

static int choose_udmabuf(const struct source_facts *facts,
			  struct source_default *choice)
{
	snprintf(choice->source, sizeof(choice->source), "udmabuf");
	snprintf(choice->reason, sizeof(choice->reason), "no heap may be used "
		 "(%s), and %" PRIu64 " bytes are within the limit of udmabuf",
		 error_name(facts->heap_error.code), facts->size);
	return 0;
}

int source_default_from(const struct source_facts *facts,
			struct source_default *choice,
			struct dmaload_error *err)
{
	const struct dmaload_error *heap = &facts->heap_error;
	const struct dmaload_error *udmabuf = &facts->udmabuf_error;
	struct dmaload_error large;

	if (facts->heap)
		return choose_heap(facts, choice);
	if (facts->udmabuf_error.code == 0 &&
	    udmabuf_check(facts->size, facts->udmabuf_limit, &large) == 0)
		return choose_udmabuf(facts, choice);

	if (udmabuf->code == 0)
		udmabuf = &large;

	if (heap->code == -ENODEV && udmabuf->code == -ENODEV)
		return fail(err, -ENODEV, "%s; nor is there a udmabuf for it "
			    "(ENODEV); to develop without either, use the "
			    "source \"memfd\"", heap->message);
	/* A source that exists and refuses has a remedy; one that is missing
	 * has none. */
	if (heap->code != -ENODEV)
		return fail(err, heap->code, "%s; nor is there a udmabuf for it "
			    "(%s%s)", heap->message, error_name(udmabuf->code),
			    udmabuf == &large && facts->udmabuf_limit > 0 ?
			    ": several might do" : udmabuf->code == -EPERM ?
			    ": not by itself, under a seccomp filter" : "");
	return fail(err, udmabuf->code, "%s; nor is there a heap",
		    udmabuf->message);
}

/* A caller who names udmabuf gets it. */
static void check_filter(struct dmaload_error *err)
{
	const struct filter filter = filter_enter(DMALOAD_SYSCALLS_AUTO);

	if (!filter_permits(DMALOAD_SYSCALLS_ALL))
		fail(err, -EPERM, "/dev/udmabuf may be used, but %s, and may "
		     "not know memfd_create(2): to have it all the same, ask "
		     "for the source \"udmabuf\"", filter_now().fact);
	filter_leave(filter);
}

void source_facts_add_udmabuf(struct source_facts *facts,
			      const struct dmaload_error *refusal)
{
	facts->udmabuf_error = *refusal;
	if (refusal->code == 0)
		check_filter(&facts->udmabuf_error);
	facts->udmabuf_limit = udmabuf_limit();
}

int source_default_query(uint64_t size, struct source_default *choice,
			 struct dmaload_error *err)
{
	struct source_facts facts = { .size = size };
	struct dmaload_error refusal = { .code = 0 };
	char heap[HEAP_NAME_MAX];
	int fd;

	if (heap_default(heap, &facts.heap_error) == 0) {
		facts.heap = heap;
		return source_default_from(&facts, choice, err);
	}
	fd = udmabuf_open(&refusal);
	if (fd >= 0)
		sys_close(fd);
	source_facts_add_udmabuf(&facts, &refusal);
	return source_default_from(&facts, choice, err);
}
