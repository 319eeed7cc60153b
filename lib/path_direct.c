/* SPDX-License-Identifier: MIT */
#include "path.h"

#include <errno.h>
#include <sys/mman.h>

#include "buffer.h"
#include "error.h"
#include "file.h"
#include "load.h"
#include "pump.h"
#include "sys.h"
#include "uapi.h"

static struct geometry direct_geometry(const struct load *load)
{
	return (struct geometry){
		.block = load->file->block,
		.mem_align = load->file->mem_align,
		.chunk = load->ctx->chunk_bytes,
		.in_place = true,
	};
}

static int direct_open(struct load *load)
{
	return path_open_ring(load, DMALOAD_PATH_DIRECT);
}

/* EINVAL is also what a kernel before 5.14 says to the very question. */
static bool populate_is_known(void)
{
	const size_t page = sys_page_size();
	bool known = false;
	void *map;

	if (sys_map(&map, page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) < 0)
		return false;
	known = sys_madvise(map, page, MADV_POPULATE_WRITE) == 0;
	sys_unmap(map, page);
	return known;
}

/*
 * Asking for one page to be populated tells whether get_user_pages() will have
 * the mapping, without any I/O: EINVAL where it is VM_IO or VM_PFNMAP, as a
 * heap's is. It must be asked and not just tried, since a file system may answer
 * the EFAULT of a direct read with a buffered one and keep quiet (btrfs). It
 * only settles a no: the first read is the proof of a yes.
 */
static int direct_probe(struct load *load)
{
	const struct geometry geometry = direct_geometry(load);
	int r;

	if (!plan_fits_in_place(&load->plan, &geometry))
		return path_decline(load, DMALOAD_PATH_DIRECT, "the blocks of "
				    "%u bytes of the file do not fall on "
				    "multiples of %u bytes in the buffer",
				    geometry.block, geometry.mem_align);

	r = sys_madvise(load->buffer->map, sys_page_size(),
			MADV_POPULATE_WRITE);
	if (r == -EINVAL && populate_is_known())
		return path_decline(load, DMALOAD_PATH_DIRECT, "the %s "
				    "buffer's mapping cannot be pinned for "
				    "direct I/O (VM_PFNMAP)",
				    load->buffer->label);
	if (r == -EFAULT || r == -ENOMEM)
		return path_decline(load, DMALOAD_PATH_DIRECT, "the %s "
				    "buffer's mapping cannot be populated: %s",
				    load->buffer->label, error_name(r));
	return 0;
}

/* The blocks at the ends that are not wanted as a whole need a place to be. */
static int direct_run(struct load *load)
{
	const struct geometry geometry = direct_geometry(load);
	struct pool edges = { .memory = NULL };
	struct pump_setup setup = {
		.path = DMALOAD_PATH_DIRECT,
		.geometry = geometry,
		.pool = &edges,
	};
	int r = 0;

	if (plan_has_edges(&load->plan, &geometry))
		r = pool_init(&edges, load->ctx->queue_depth, geometry.block);
	if (r < 0)
		return path_decline(load, DMALOAD_PATH_DIRECT, "no memory for "
				    "the unaligned ends: %s", error_name(r));
	r = pump_run(load, &setup);
	pool_finish(&edges);
	return r;
}

const struct path_ops path_direct = {
	.id = DMALOAD_PATH_DIRECT,
	.name = "direct",
	.open = direct_open,
	.probe = direct_probe,
	.run = direct_run,
};
