/* SPDX-License-Identifier: MIT */
#include "account.h"

#include <errno.h>
#include <inttypes.h>

#include "error.h"
#include "file.h"
#include "load.h"
#include "sys.h"

void account_bytes(struct load *load, uint64_t *path_bytes, uint64_t bytes)
{
	*path_bytes += bytes;
	load->done += bytes;
}

int account_progress(struct load *load)
{
	const struct dmaload_options *options = &load->options;

	if (!options->progress ||
	    options->progress(load->done, load->range.length,
			      options->progress_data) == 0)
		return 0;
	return fail(load->err, -ECANCELED, "canceled after %" PRIu64 " of %"
		    PRIu64 " bytes of %s", load->done, load->range.length,
		    load->file->name);
}

void account_read(struct load *load)
{
	if (load->started == 0)
		load->started = sys_now();
	load->report.reads++;
}

int account_read_error(struct load *load, int code, uint64_t offset)
{
	return fail(load->err, code, "%s cannot be read at offset %" PRIu64
		    ": %s", load->file->name, offset, error_text(code));
}

int account_short_read(struct load *load, uint64_t offset)
{
	/* The file goes on: so it is the disk that does not. */
	if (!file_ends_at(load->file, offset))
		return account_read_error(load, -EIO, offset);
	return fail(load->err, -ENODATA, "%s ends at offset %" PRIu64 " or "
		    "before, and was %" PRIu64 " bytes long when it was opened: "
		    "it has been cut off", load->file->name, offset,
		    load->file->size);
}
