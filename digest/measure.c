/* SPDX-License-Identifier: MIT */
/* The digest that the kernel checks each read of a file against. */
#include <errno.h>
#include <unistd.h>
#include <sys/syscall.h>

#include <linux/fsverity.h>

#include "common/error.h"

#include "error.h"
#include "format.h"

/* SHA-512 is the longest that the kernel has. */
enum { VALUE_MAX = 64 };

union measured {
	struct fsverity_digest head;
	unsigned char bytes[sizeof(struct fsverity_digest) + VALUE_MAX];
};

static int explain(int fd, int code, struct dmaload_error *err)
{
	switch (code) {
	case -ENODATA:
		return dg_fail(err, code, "fs-verity is not enabled for fd %d",
			       fd);
	case -ENOTTY:
	case -EOPNOTSUPP:
	case -ENOSYS: /* from qemu-user */
		return dg_fail(err, -EOPNOTSUPP, "the file system of fd %d has "
			       "no fs-verity, or it is not enabled there", fd);
	default:
		return dg_fail(err, code, "cannot measure fd %d by fs-verity: "
			       "%s", fd, error_describe(code));
	}
}

int dmaload_digest_measure(int fd, char text[DMALOAD_DIGEST_SIZE],
			   struct dmaload_error *err)
{
	union measured measured = { .head = { .digest_size = VALUE_MAX } };

	if (!text)
		return dg_fail(err, -EINVAL, "to measure a file needs a pointer "
			       "to return the digest in");
	if (syscall(SYS_ioctl, fd, FS_IOC_MEASURE_VERITY, &measured) < 0)
		return explain(fd, -errno, err);
	if (measured.head.digest_algorithm != FS_VERITY_HASH_ALG_SHA256)
		return dg_fail(err, -EOPNOTSUPP, "the fs-verity digest of fd %d "
			       "has algorithm %d, not SHA-256", fd,
			       measured.head.digest_algorithm);
	dg_format(text, dg_algorithm_find("fsverity", 8, NULL),
		  measured.head.digest);
	return 0;
}
