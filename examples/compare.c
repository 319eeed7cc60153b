/* SPDX-License-Identifier: MIT */
#include "compare.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int compare_with_file(const struct loaded *loaded, const struct model *model,
		      const char *path)
{
	const int fd = dmaload_model_fd(model->model, loaded->tensor->file);
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
					loaded->tensor->name);
	}
	return 0;
}
