/* SPDX-License-Identifier: MIT */
#include "load/outcome.h"

#include <errno.h>
#include <inttypes.h>

#include "file/file.h"
#include "load/load.h"
#include "sys/error.h"
#include "sys/sys.h"

int load_canceled(struct load *load)
{
	return fail(load->err, -ECANCELED, "canceled after %" PRIu64 " of %"
		    PRIu64 " bytes", load->done, load->total);
}

int load_check_stop(struct load *load)
{
	const uint64_t deadline = load->request.options.deadline_ns;

	if (load->stop == -ECANCELED)
		return load_canceled(load);
	if (deadline != 0 && sys_now() >= deadline)
		return fail(load->err, -ETIME, "the deadline passed after %"
			    PRIu64 " of %" PRIu64 " bytes", load->done,
			    load->total);
	return 0;
}

int load_failure(struct load *load, const struct dmaload_file *file,
		    int code, uint64_t offset)
{
	const bool writing = load->request.operation == DMALOAD_STORE;

	return fail(load->err, error_of_others(code, writing), "cannot %s %s at "
		    "offset %" PRIu64 ": %s (%s)", writing ? "write" : "read",
		    file->name, offset, error_text(code), error_name(code));
}

int load_short(struct load *load, const struct dmaload_file *file,
		  uint64_t offset)
{
	/* A write that takes nothing and gives no reason is an error of the
	 * disk. So is a read of nothing before the end of the file. */
	if (load->request.operation == DMALOAD_STORE || !file_ends_at(file, offset))
		return load_failure(load, file, -EIO, offset);
	return fail(load->err, -ENODATA, "%s ends at offset %" PRIu64 " or "
		    "before, and had %" PRIu64 " bytes when it was opened: it "
		    "was truncated meanwhile", file->name, offset,
		    atomic_load(&file->size));
}
