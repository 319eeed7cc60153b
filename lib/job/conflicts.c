/* SPDX-License-Identifier: MIT */
#include "job/conflicts.h"

#include <errno.h>
#include <inttypes.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "file/inode.h"
#include "load/load.h"
#include "sys/error.h"

/* Brackets for reading and for writing of one dma-buf exclude each other. On
 * hardware without coherent caches, START for reading discards what the CPU has
 * written. */
static bool brackets_exclude(const struct claim *a, const struct claim *b)
{
	return a->brackets && b->brackets && a->writes != b->writes;
}

/* Return true if two claims exclude each other. where becomes a byte that both
 * have, or UINT64_MAX if the brackets are the reason. */
static bool excludes(const struct claim *other, const struct claim *claim,
		     uint64_t *where)
{
	if (other->load == claim->load || other->process != claim->process)
		return false;
	if (claim->alone || ((claim->writes || other->writes) &&
			     claim_meet(claim, other, where)))
		return true;
	*where = UINT64_MAX;
	return brackets_exclude(claim, other);
}

struct claim **conflicts_of_file(struct dmaload_file *file)
{
	return file->stream ? &file->claims : &file->inode->claims;
}

static int busy_buffer(const struct dmaload_buffer *buffer, uint64_t where,
		       struct dmaload_error *err)
{
	return fail(err, -EBUSY, "byte %" PRIu64 " of the %s buffer is in use by "
		    "another load: wait for it", where - buffer->lead,
		    buffer->label);
}

static int busy_file(const struct dmaload_file *file, const struct claim *other,
		     uint64_t where, struct dmaload_error *err)
{
	if (file->stream)
		return fail(err, -EBUSY, "%s is being read by another load",
			    file->name);
	return fail(err, -EBUSY, "byte %" PRIu64 " of %s is being %s by another "
		    "load or store, perhaps under another name: wait for it",
		    where, file->name, other->writes ? "written" : "read");
}

/* Claims that write come first in the list. Behind them, a claim that only
 * reads meets no conflict, unless it has brackets or must be alone. */
static bool may_exclude(const struct claim *other, const struct claim *claim)
{
	return other && (claim->writes || other->writes || claim->brackets ||
			 claim->alone);
}

static int check_buffer(const struct load *load,
			const struct load_buffer *load_buffer,
			struct load **blocker, struct dmaload_error *err)
{
	const struct claim *other = load_buffer->buffer->claims;
	uint64_t where;

	for (; may_exclude(other, &load_buffer->claim); other = other->next) {
		if (!excludes(other, &load_buffer->claim, &where))
			continue;
		if (where != UINT64_MAX && other->load->owner != load->owner)
			return busy_buffer(load_buffer->buffer, where, err);
		if (!*blocker)
			*blocker = other->load;
	}
	return 0;
}

static int check_file(const struct load *load,
		      const struct load_file *load_file,
		      struct load **blocker, struct dmaload_error *err)
{
	const struct claim *other = *conflicts_of_file(load_file->file);
	uint64_t where;

	for (; may_exclude(other, &load_file->claim); other = other->next) {
		if (!excludes(other, &load_file->claim, &where))
			continue;
		if (other->load->owner != load->owner)
			return busy_file(load_file->file, other, where, err);
		if (!*blocker)
			*blocker = other->load;
	}
	return 0;
}

int conflicts_check(const struct load *load, struct load **blocker,
		    struct dmaload_error *err)
{
	uint32_t i;
	int r = 0;

	*blocker = NULL;
	for (i = 0; r == 0 && i < load->n_buffers; i++)
		r = check_buffer(load, &load->buffers[i], blocker, err);
	for (i = 0; r == 0 && i < load->n_files; i++)
		r = check_file(load, &load->files[i], blocker, err);
	return r;
}

/* Return an earlier load that excludes this claim, or NULL. */
static struct load *earlier_of(const struct claim *other,
			       const struct claim *claim)
{
	uint64_t where;

	for (; may_exclude(other, claim); other = other->next)
		if (excludes(other, claim, &where) &&
		    other->load->seat.ticket.order < claim->load->seat.ticket.order)
			return other->load;
	return NULL;
}

struct load *conflicts_find(const struct load *load)
{
	struct load *blocker = NULL;
	uint32_t i;

	for (i = 0; !blocker && i < load->n_buffers; i++)
		blocker = earlier_of(load->buffers[i].buffer->claims,
				     &load->buffers[i].claim);
	for (i = 0; !blocker && i < load->n_files; i++)
		blocker = earlier_of(*conflicts_of_file(load->files[i].file),
				     &load->files[i].claim);
	return blocker;
}
