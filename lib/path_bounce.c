/* SPDX-License-Identifier: MIT */
#include "path.h"

#include "file.h"
#include "load.h"
#include "sink.h"

static int bounce_open(struct load *load, struct route *route)
{
	return path_open_ring(load, route, DMALOAD_PATH_BOUNCE);
}

static int bounce_probe(struct load *load, struct route *route)
{
	const struct dmaload_file *file = load->files[route->file].file;

	route->geometry = (struct geometry){
		.block = path_block(load, file),
		.mem_align = file->mem_align,
		.chunk = load->bounce->chunk_bytes,
		.whole = load->operation == DMALOAD_STORE,
	};
	return path_need_pool(load, DMALOAD_PATH_BOUNCE);
}

/* What is to be stored is copied before; what is loaded, when it has arrived. */
static int bounce_move(struct load *load, struct transfer *transfer)
{
	if (load->operation == DMALOAD_STORE)
		sink_get(load, &transfer->chunk,
			 transfer_memory(load, transfer));
	transfer_queue(load, transfer);
	return PATH_QUEUED;
}

const struct path_ops path_bounce = {
	.id = DMALOAD_PATH_BOUNCE,
	.name = "bounce",
	.open = bounce_open,
	.probe = bounce_probe,
	.move = bounce_move,
};
