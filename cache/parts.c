/* SPDX-License-Identifier: MIT */
#include "parts.h"

#include <errno.h>
#include <inttypes.h>

#include "process.h"

int sc_cache_check(const struct dmaload_slot_cache *cache,
		   struct dmaload_error *err)
{
	if (!cache)
		return sc_fail(err, -EINVAL, "no cache");
	if (!sc_process_is(cache->process))
		return sc_fail(err, -ECHILD, "the cache belongs to this "
			       "process's parent: create one after fork()");
	return 0;
}

int sc_part_check(const struct dmaload_slot_cache *cache,
		  struct dmaload_file *file, uint64_t offset, uint64_t length,
		  struct sc_key *key, struct dmaload_error *err)
{
	int r;

	r = sc_cache_check(cache, err);
	if (r < 0)
		return r;
	if (!file || length == 0)
		return sc_fail(err, -EINVAL, "no file, or a length of 0 bytes");
	if (length > cache->slot_bytes)
		return sc_fail(err, -E2BIG, "%" PRIu64 " bytes do not fit into a "
			       "slot of %" PRIu64 ": make larger slots", length,
			       cache->slot_bytes);
	*key = (struct sc_key){
		.file = file,
		.offset = offset,
		.length = length,
		.hash = sc_hash(file, offset, length),
	};
	return 0;
}

int sc_part_check_file(const struct sc_key *key, struct dmaload_error *err)
{
	const uint64_t size = dmaload_file_size(key->file);

	if (size == UINT64_MAX)
		return sc_fail(err, -ESPIPE, "%s is a stream, which cannot be "
			       "read again: load it into memory first",
			       dmaload_file_name(key->file));
	if (key->length > size || key->offset > size - key->length)
		return sc_fail(err, -ERANGE, "%" PRIu64 " bytes at offset %"
			       PRIu64 " exceed the file, which has %" PRIu64,
			       key->length, key->offset, size);
	return 0;
}
