/* SPDX-License-Identifier: MIT */
#include "path/path.h"

#include <errno.h>
#include <sys/mman.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "io/engine.h"
#include "load/load.h"
#include "sys/error.h"
#include "sys/sys.h"
#include "sys/uapi.h"

static int direct_open(struct load *load, struct route *route)
{
	return path_open_direct_io(load, route, DMALOAD_PATH_DIRECT);
}

/* Kernels before 5.14 return EINVAL to MADV_POPULATE_*, too. */
static bool populate_is_known(int advice)
{
	const size_t page = sys_page_size();
	bool known = false;
	void *map;

	if (sys_map(&map, page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) < 0)
		return false;
	known = sys_madvise(map, page, advice) == 0;
	sys_unmap(map, page);
	return known;
}

/*
 * Populating one page shows whether get_user_pages() accepts the mapping,
 * without any I/O. A mapping with VM_IO or VM_PFNMAP, such as a heap's, gives
 * EINVAL. A direct read alone would not show it: btrfs answers its EFAULT with
 * a buffered read and reports nothing.
 *
 * The query only proves that pinning fails; the first read proves that it
 * works. The mapping never changes, so one query is enough.
 */
static int query_mapping(struct load *load, struct dmaload_buffer *buffer)
{
	const bool store = load->request.operation == DMALOAD_STORE;
	const int advice = store ? MADV_POPULATE_READ : MADV_POPULATE_WRITE;
	int r;

	r = sys_madvise(buffer->map, sys_page_size(), advice);
	if (r == 0)
		buffer->pinning[store] = PINNING_WORKS;
	else if (r == -EINVAL && populate_is_known(advice))
		buffer->pinning[store] = PINNING_REFUSED;
	else if (r == -EFAULT || r == -ENOMEM)
		return path_decline(load, DMALOAD_PATH_DIRECT, "cannot "
				    "populate the mapping of the %s buffer: %s",
				    buffer->label, error_name(r));
	return 0;
}

static int probe_mapping(struct load *load, struct dmaload_buffer *buffer)
{
	_Atomic enum buffer_pinning *pinning =
		&buffer->pinning[load->request.operation == DMALOAD_STORE];
	int r = 0;

	if (*pinning == PINNING_UNKNOWN)
		r = query_mapping(load, buffer);
	if (*pinning == PINNING_REFUSED)
		return path_decline(load, DMALOAD_PATH_DIRECT, "the %s "
				    "buffer's mapping cannot be pinned for "
				    "direct I/O (VM_PFNMAP)", buffer->label);
	return r;
}

/* Edge blocks, which are only partly requested, need their own memory. */
static int need_edges(struct load *load, uint32_t block)
{
	const int r = engine_need_edges(load->seat.engine, block);

	if (r == -EBUSY)
		return path_decline(load, DMALOAD_PATH_DIRECT, "its blocks of %u "
				    "bytes are larger than those of another "
				    "file", block);
	if (r < 0)
		return path_decline(load, DMALOAD_PATH_DIRECT, "no memory for "
				    "the unaligned ends: %s", error_name(r));
	return 0;
}

static int direct_probe(struct load *load, struct route *route)
{
	const struct dmaload_file *file = load->files[route->file].file;
	struct survey survey;
	int r = 0;

	route->geometry = (struct geometry){
		.block = path_block(load, file),
		.mem_align = file->mem_align,
		.chunk = load->seat.engine->chunk_bytes,
		.in_place = true,
		.whole = load->request.operation == DMALOAD_STORE,
		.share = load->request.options.paths &
			 DMALOAD_ALLOW_BOUNCE,
		.small = PATH_SMALL(load->seat.engine->chunk_bytes),
	};
	survey = plan_survey(&load->plan, (uint32_t)(route - load->routes),
			     route->first, route->last, &route->geometry);
	if (survey.small > 0)
		path_decline(load, DMALOAD_PATH_DIRECT, "%zu of %zu extents "
			     "are small, and share %s in the bounce pool",
			     survey.small, survey.small + survey.misplaced +
			     survey.fitting, load->request.operation == DMALOAD_STORE ?
			     "writes" : "reads");
	if (survey.misplaced > 0)
		path_decline(load, DMALOAD_PATH_DIRECT, "the blocks of %u "
			     "bytes of the file do not fall on multiples of %u "
			     "bytes in the buffer, in %zu of %zu extents",
			     file->block,
			     file->mem_align, survey.misplaced,
			     survey.small + survey.misplaced + survey.fitting);
	if (survey.fitting == 0)
		return PATH_DECLINED;

	r = probe_mapping(load, load_buffer_of(load,
		(uint32_t)(route - load->routes)));
	if (r == 0 && survey.edges && load->request.operation != DMALOAD_STORE)
		r = need_edges(load, file->block);
	/* The extents that do not fit are bounced, so bounce must be
	 * possible. */
	if (r == 0 && survey.misplaced + survey.small > 0)
		r = path_need_pool(load, DMALOAD_PATH_DIRECT);
	return r;
}

const struct path_ops path_direct = {
	.id = DMALOAD_PATH_DIRECT,
	.name = "direct",
	.open = direct_open,
	.probe = direct_probe,
	.move = path_move_direct_io,
};
