/* SPDX-License-Identifier: MIT */
#include "compare.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int compare_open(const struct model *model, size_t part, const char *path)
{
	int fd;

	if (model->parts.count > 0)
		path = model->parts.paths[part];
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return complain(path, "%s", strerror(errno));
	/* No readahead: other loads read the bytes that follow. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	return fd;
}

int compare_with_file(const struct loaded *loaded, int fd, const char *path)
{
	const char *bytes = loaded->bytes;
	static char part[1 << 16];
	uint64_t done;
	size_t length;
	ssize_t n;

	for (done = 0; done < loaded->length; done += (uint64_t)n) {
		length = sizeof(part);
		if (length > loaded->length - done)
			length = (size_t)(loaded->length - done);
		n = pread(fd, part, length, (off_t)(loaded->file_offset + done));
		if (n < 0)
			return complain(path, "%s", strerror(errno));
		if (n == 0)
			return complain(path, "has become shorter");
		if (memcmp(bytes + done, part, (size_t)n) != 0)
			return complain(path, "tensor \"%s\" differs from "
					"what was loaded",
					name_start(loaded->tensor->name).text);
	}
	return 0;
}
