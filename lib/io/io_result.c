/* SPDX-License-Identifier: MIT */
#include "io/io_result.h"

#include <errno.h>

#include "plan/plan.h"

/*
 * EFAULT: the memory cannot be pinned, as with a heap's VM_PFNMAP mapping.
 * EINVAL, EOPNOTSUPP: the file system accepted O_DIRECT at open and refuses it
 * now, for this kind of file or this alignment. ENOMEM, ENOBUFS: no memory, or
 * no permission to pin it; another path may need neither. Every other error
 * belongs to the file and would hit any path.
 */
enum io_result io_result_of_error(int code)
{
	switch (code) {
	case -EINTR:
	case -EAGAIN:
		return IO_AGAIN;
	case -EFAULT:
	case -EINVAL:
	case -EOPNOTSUPP:
	case -ENOMEM:
	case -ENOBUFS:
		return IO_DECLINE;
	default:
		return IO_FAIL;
	}
}

/*
 * A direct read ends short at the end of the file. It may also end in the
 * middle, in whole blocks, when it was interrupted; then the rest is read from
 * there. If not even one block more has arrived, the file seems to end.
 */
enum io_result io_result_of(const struct chunk *chunk, uint32_t block,
			int64_t result, uint32_t *progress)
{
	uint32_t wanted = chunk->skip + chunk->data_length, got;

	if (result < 0)
		return io_result_of_error((int)result);

	got = *progress + (uint32_t)result;
	if (got >= wanted) {
		*progress = wanted;
		return IO_DONE;
	}
	got &= ~(block - 1);
	if (got <= *progress)
		return IO_SHORT;
	*progress = got;
	return IO_MORE;
}
