/* SPDX-License-Identifier: MIT */
#include "path/path.h"

#include "file/file.h"
#include "io/engine.h"
#include "load/load.h"

static int bounce_open(struct load *load, struct route *route)
{
	return path_open_direct_io(load, route, DMALOAD_PATH_BOUNCE);
}

static int bounce_probe(struct load *load, struct route *route)
{
	const struct dmaload_file *file = load->files[route->file].file;

	route->geometry = (struct geometry){
		.block = path_block(load, file),
		.mem_align = file->mem_align,
		.chunk = load->seat.engine->chunk_bytes,
		.whole = load->request.operation == DMALOAD_STORE,
		.share = load->request.operation == DMALOAD_STORE,
		.small = PATH_SMALL(load->seat.engine->chunk_bytes),
	};
	if (load->request.transform.unit > route->geometry.chunk - route->geometry.block)
		return path_decline(load, DMALOAD_PATH_BOUNCE, "a unit of %u "
				    "bytes and a block of %u of %s together exceed "
				    "a chunk of %u", load->request.transform.unit,
				    route->geometry.block, file->name,
				    route->geometry.chunk);
	return path_need_pool(load, DMALOAD_PATH_BOUNCE);
}

const struct path_ops path_bounce = {
	.id = DMALOAD_PATH_BOUNCE,
	.name = "bounce",
	.open = bounce_open,
	.probe = bounce_probe,
	.move = path_move_direct_io,
};
