/* SPDX-License-Identifier: MIT */
/* The requested range of a file that has a size. */
#include "file/file.h"

#include <errno.h>
#include <inttypes.h>

#include <dmaload/load.h>

#include "sys/error.h"

int file_resolve(const struct dmaload_file *file, uint64_t offset,
		 uint64_t *length, struct dmaload_error *err)
{
	const uint64_t size = atomic_load(&file->size);

	if (offset >= size)
		return fail(err, -ERANGE, "%s has %" PRIu64 " bytes: there is "
			    "nothing at offset %" PRIu64, file->name, size,
			    offset);
	if (*length == DMALOAD_TO_END)
		*length = size - offset;
	return 0;
}

int file_check_end(const struct dmaload_file *file, uint64_t offset,
		   uint64_t length, struct dmaload_error *err)
{
	const uint64_t size = atomic_load(&file->size);

	/* Another thread's store may have made it smaller since
	 * file_resolve(). */
	if (offset > size || length > size - offset)
		return fail(err, -ERANGE, "%s has %" PRIu64 " bytes: %" PRIu64
			    " at offset %" PRIu64 " go beyond its end",
			    file->name, size, length, offset);
	return 0;
}
