/* SPDX-License-Identifier: MIT */
/*
 * The order of a store's writes.
 *
 * Whole blocks are written with O_DIRECT, and partial blocks at the ends of
 * ranges through the page cache. Both must not happen to one file at once
 * (inode.c). So the ends are put aside until everything else of their priority
 * is written and nothing is in flight. They are then written, written back and
 * dropped, and the next priority begins.
 */
#include "job/completion.h"
#include "job/store.h"

#include <errno.h>
#include <stdlib.h>

#include "file/file.h"
#include "file/inode.h"
#include "io/slot.h"
#include "job/pipeline.h"
#include "load/load.h"
#include "load/outcome.h"
#include "path/path.h"
#include "sys/error.h"

/* A direct write of another process may spoil the first try. */
#define TRIES 3

/* Return the record under which a file is entered, however often it was
 * opened. */
static struct load_file *record_of(struct load *load, uint32_t route)
{
	return &load->files[load_file_of(load, route)->same];
}

static int set_aside(struct load *load, const struct chunk *chunk)
{
	struct store *store = &load->store;
	const size_t room = store->room ? 2 * store->room : 16;
	struct chunk *edges = store->edges;

	if (store->n_edges == store->room) {
		edges = realloc(edges, room * sizeof(*edges));
		if (!edges)
			return fail(load->err, -ENOMEM, "no memory for the "
				    "edges of %zu ranges",
				    load->request.n_ranges);
		store->edges = edges;
		store->room = room;
	}
	store->edges[store->n_edges++] = *chunk;
	store->bytes += chunk->wanted;
	return PATH_DEFERRED;
}

/* Write back all that was written to a file through the page cache, by any of
 * its fds. */
static int write_back_all(struct load *load, const struct load_file *record)
{
	struct load_file *load_file;
	int r = 0, one;

	for (load_file = load->files; load_file < load->files + load->n_files; load_file++) {
		if (&load->files[load_file->same] != record ||
		    load_file->residency.brought.count == 0)
			continue;
		one = store_write_back(load, load_file, load_file->bounds,
				       true);
		residency_drop(&load_file->residency, load_file->file,
			       load_file->bounds);
		r = r < 0 ? r : one;
	}
	return r;
}

/* End one way of writing before the file is written the other way, by this
 * store or another. */
static int leave(struct load *load, struct load_file *record)
{
	const enum inode_use use = record->use;
	int r;

	if (use == INODE_UNUSED)
		return 0;
	r = use == INODE_DIRECT ? store_prove(load, record) :
				  write_back_all(load, record);
	record->use = INODE_UNUSED;
	inode_leave(record->file->inode, use);
	return r;
}

int store_settle(struct load *load)
{
	uint32_t i;
	int r, one;

	r = pipeline_drain(load);
	for (i = 0; r == 0 && i < load->n_files; i++) {
		one = leave(load, &load->files[i]);
		r = r < 0 ? r : one;
	}
	return r;
}

void store_abandon(struct load *load)
{
	struct load_file *load_file;

	for (load_file = load->files; load_file < load->files + load->n_files; load_file++) {
		if (load_file->use != INODE_UNUSED)
			inode_leave(load_file->file->inode, load_file->use);
		load_file->use = INODE_UNUSED;
		intervals_finish(&load_file->written);
	}
}

static int enter(struct load *load, struct load_file *load_file,
		 enum inode_use use)
{
	int r = 0;

	if (load_file->use == use)
		return 0;
	if (load_file->use != INODE_UNUSED || !inode_enter(load_file->file->inode, use)) {
		r = store_settle(load);
		while (r == 0 && !inode_enter(load_file->file->inode, use)) {
			inode_wait();
			r = load_check_stop(load);
		}
	}
	if (r == 0)
		load_file->use = use;
	return r;
}

int store_turn(struct load *load, const struct slot *slot,
	       const struct path_ops *path)
{
	const struct chunk *chunk = &slot->chunk;

	if (path != &path_buffered)
		return enter(load, record_of(load, chunk->route), INODE_DIRECT);
	if (chunk->edge && load->routes[chunk->route].path != &path_buffered)
		return set_aside(load, chunk);
	return enter(load, record_of(load, chunk->route), INODE_BUFFERED);
}

/* Declined chunks of an earlier priority come first, and the edges wait for
 * them. */
bool store_is_held(const struct load *load)
{
	struct place place;

	return load->store.n_edges > 0 && plan_peek(&load->plan, 0, &place) &&
	       place.level > load->store.edges[0].level;
}

uint64_t store_position(const struct load *load, uint64_t position)
{
	size_t i;

	for (i = 0; i < load->store.n_edges; i++)
		if (load->store.edges[i].position < position)
			position = load->store.edges[i].position;
	return position;
}

/* Write the edges of a file in the order of the plan. */
static int write_edges(struct load *load, const struct load_file *load_file)
{
	struct slot slot = { .path = DMALOAD_PATH_BUFFERED };
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < load->store.n_edges; i++) {
		slot.chunk = load->store.edges[i];
		slot.progress = 0;
		if (record_of(load, slot.chunk.route) != load_file)
			continue;
		r = path_buffered.move(load, &slot);
		if (r == 0)
			r = store_wrote(load, load_file_of(load, slot.chunk.route),
					&slot.chunk);
	}
	return r;
}

static bool has_edges(struct load *load, const struct load_file *load_file)
{
	size_t i;

	for (i = 0; i < load->store.n_edges; i++)
		if (record_of(load, load->store.edges[i].route) == load_file)
			return true;
	return false;
}

/* A direct write of another process can invalidate a page before it is written
 * back. The kernel then reports EIO. Writing the page again cures that; a disk
 * error stays. */
static int write_edges_of(struct load *load, struct load_file *load_file)
{
	unsigned tries = 0;
	int r;

	do {
		r = enter(load, load_file, INODE_BUFFERED);
		if (r == 0)
			r = write_edges(load, load_file);
		if (r < 0)
			return r;
		r = leave(load, load_file);
	} while (r == -EIO && ++tries < TRIES);
	return r;
}

int store_edges(struct load *load)
{
	struct store *store = &load->store;
	struct slot slot = { .path = DMALOAD_PATH_BUFFERED };
	uint32_t f;
	size_t i;
	int r;

	if (store->n_edges == 0 ||
	    load->levels[load->published].left > store->bytes)
		return 0;
	r = store_settle(load);
	for (f = 0; r == 0 && f < load->n_files; f++)
		if (has_edges(load, &load->files[f]))
			r = write_edges_of(load, &load->files[f]);
	for (i = 0; r == 0 && i < store->n_edges; i++) {
		slot.chunk = store->edges[i];
		completion_count(load, &slot);
	}
	store->n_edges = 0;
	store->bytes = 0;
	return r;
}
