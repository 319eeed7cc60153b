/* SPDX-License-Identifier: MIT */
#include "path.h"

#include <errno.h>
#include <stdio.h>

#include "error.h"
#include "file.h"
#include "load.h"
#include "pump.h"
#include "ring.h"

static int bounce_open(struct load *load)
{
	return path_open_ring(load, DMALOAD_PATH_BOUNCE);
}

/*
 * Registering pins the pool once and not again at each read. It is charged to
 * RLIMIT_MEMLOCK, and may be refused: then each read pins for itself, which is
 * slower by little.
 */
static int bounce_probe(struct load *load)
{
	struct dmaload_report *report = &load->report;
	struct pool *pool = &load->ctx->pool;
	int r = 0;

	if (!pool->memory)
		r = pool_init(pool, load->ctx->queue_depth,
			      load->ctx->chunk_bytes);
	if (r < 0)
		return path_decline(load, DMALOAD_PATH_BOUNCE, "no memory for "
				    "the bounce pool: %s (%s)", error_name(r),
				    error_text(r));

	r = ring_register(load->ring, pool->memory, pool->bytes);
	report->pool_registered = r == 0;
	if (r < 0)
		snprintf(report->unregistered, sizeof(report->unregistered),
			 "%s (%s)%s", error_name(r), error_text(r),
			 r == -ENOMEM ? ": RLIMIT_MEMLOCK is too low" : "");
	return 0;
}

static int bounce_run(struct load *load)
{
	struct pump_setup setup = {
		.path = DMALOAD_PATH_BOUNCE,
		.geometry = {
			.block = load->file->block,
			.mem_align = load->file->mem_align,
			.chunk = load->ctx->chunk_bytes,
			.in_place = false,
		},
		.pool = &load->ctx->pool,
		.registered = load->report.pool_registered,
	};

	load->report.pool_pages = load->ctx->pool.pages;
	return pump_run(load, &setup);
}

const struct path_ops path_bounce = {
	.id = DMALOAD_PATH_BOUNCE,
	.name = "bounce",
	.open = bounce_open,
	.probe = bounce_probe,
	.run = bounce_run,
};
