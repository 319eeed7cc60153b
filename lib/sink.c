/* SPDX-License-Identifier: MIT */
#include "sink.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "buffer.h"
#include "error.h"
#include "file.h"
#include "load.h"
#include "sys.h"

int sink_copy(struct load *load, const struct chunk *chunk, const void *data)
{
	const uint64_t begin = sys_now();

	memcpy((char *)load->buffer->map + chunk->buffer_offset,
	       (const char *)data + chunk->skip, chunk->want);
	load->report.copy_ns += sys_now() - begin;
	return 0;
}

int sink_compare(struct load *load, const struct chunk *chunk, const void *data)
{
	const unsigned char *file = (const unsigned char *)data + chunk->skip;
	const unsigned char *buffer =
		(const unsigned char *)load->buffer->map + chunk->buffer_offset;
	const uint64_t begin = sys_now();
	uint32_t i = 0;
	int differs;

	differs = memcmp(file, buffer, chunk->want);
	load->report.copy_ns += sys_now() - begin;
	if (!differs)
		return 0;

	while (file[i] == buffer[i])
		i++;
	return fail(load->err, -EBADMSG, "%s and the %s buffer differ: byte %"
		    PRIu64 " of the file is %#04x, byte %" PRIu64
		    " of the buffer %#04x", load->file->name,
		    load->buffer->label,
		    chunk->file_offset + chunk->skip + i, file[i],
		    chunk->buffer_offset - load->buffer->lead + i, buffer[i]);
}
