/* SPDX-License-Identifier: MIT */
/* The one file of a name: a file, a stream, or one whose digest the kernel has. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int note_stream(int code, const char *name, struct dmaload_error *err)
{
	struct stat st;

	if (code != -ESPIPE || stat(name, &st) < 0 ||
	    (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode)))
		return code;
	return explain(err, code, "%s; \"dmaload load -\" loads a stream, from "
		       "standard input", err->message);
}

/* Begin at the file's position, as cat(1) does. */
static int open_stdin(struct dmaload_file **file, struct dmaload_range *range,
		      struct dmaload_error *err)
{
	const off_t at = lseek(STDIN_FILENO, 0, SEEK_CUR);

	if (at > 0 && range->file_offset > UINT64_MAX - (uint64_t)at)
		return explain(err, -EOVERFLOW, "--offset is too large");
	if (at > 0)
		range->file_offset += (uint64_t)at;
	return dmaload_file_from_fd(file, STDIN_FILENO, err);
}

/* The bytes must be those of the file that has the digest, whatever its name is
 * by then. */
static int open_measured(struct owned *owned, const char *name,
			 struct dmaload_error *err)
{
	const int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int r = 0;

	/* It says why. */
	if (fd < 0)
		return dmaload_file_open(&owned->file, name, err);
	r = digests_measure(&owned->measured, fd, err);
	if (r == 0)
		r = owned->measured ? dmaload_file_from_fd(&owned->file, fd, err) :
				      dmaload_file_open(&owned->file, name, err);
	close(fd);
	return r;
}

int load_open(struct owned *owned, const char *name,
	      const struct request *request, struct dmaload_range *range,
	      struct dmaload_error *err)
{
	struct dmaload_file **file = &owned->file;
	int r;

	if (request->stream)
		return dmaload_file_from_stream(file, STDIN_FILENO, err);
	if (is_standard_input(name))
		return open_stdin(file, range, err);
	r = digests_may_be_measured(request) ? open_measured(owned, name, err) :
					       dmaload_file_open(file, name, err);
	return note_stream(r, name, err);
}
