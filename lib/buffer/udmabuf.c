/* SPDX-License-Identifier: MIT */
/*
 * The kernel's limits. The ioctl returns EINVAL for everything, so the limit is
 * read from the module's parameter. The other parameter, list_limit, concerns
 * UDMABUF_CREATE_LIST, which is not used: a memfd is one item.
 */
#include "buffer/udmabuf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer/device_access.h"
#include "sys/error.h"
#include "sys/sys.h"

#define NODE "/dev/udmabuf"
#define LIMIT "/sys/module/udmabuf/parameters/size_limit_mb"
#define MIB ((uint64_t)1 << 20)

int udmabuf_open(struct dmaload_error *err)
{
	char why[DMALOAD_MESSAGE_SIZE];
	int fd = sys_open(NODE, O_RDONLY);

	if (fd == -ENOENT || fd == -ENXIO)
		return fail(err, -ENODEV, "there is no udmabuf: " NODE " does "
			    "not exist, or nothing is behind it; a kernel with "
			    "CONFIG_UDMABUF has it");
	if (fd < 0) {
		device_access_explain(NODE, "misc", fd, why, sizeof(why));
		return fail(err, fd, "%s", why);
	}
	return fd;
}

uint64_t udmabuf_limit(void)
{
	char text[32];
	long long mib;

	if (sys_read_text(LIMIT, text, sizeof(text)) < 0 ||
	    sscanf(text, "%lld", &mib) != 1)
		return UINT64_MAX;
	/* The default from Linux 7.3 on is INT_MAX, which stands for none. */
	if (mib == INT32_MAX || mib > INT64_MAX / (int64_t)MIB)
		return UINT64_MAX;
	return mib > 0 ? (uint64_t)mib * MIB : 0;
}

uint64_t udmabuf_huge_free(void)
{
	unsigned long long pages;
	char text[32];

	if (sys_read_text(UDMABUF_HUGE_FREE, text, sizeof(text)) < 0 ||
	    sscanf(text, "%llu", &pages) != 1)
		return 0;
	return pages * UDMABUF_HUGE_PAGE;
}

int udmabuf_check(uint64_t size, uint64_t limit, struct dmaload_error *err)
{
	const uint64_t needed = (size + MIB - 1) / MIB;

	if (size <= limit)
		return 0;
	return fail(err, -E2BIG, "a udmabuf of %" PRIu64 " bytes is more than "
		    "the module's parameter size_limit_mb allows: it is %" PRIu64
		    ", and %" PRIu64 " is needed; as root, echo %" PRIu64 " > "
		    LIMIT ", or udmabuf.size_limit_mb=%" PRIu64 " on the "
		    "kernel's command line; or spread it over several buffers "
		    "(dmaload_spread_create(), dmaload load --spread)", size,
		    limit / MIB, needed, needed, needed);
}

int udmabuf_make(int device, int memfd, uint64_t size,
		 struct dmaload_error *err)
{
	int r = sys_udmabuf(device, memfd, size);

	if (r >= 0)
		return r;
	/* The limit may have been lowered after it was read. */
	if (r == -EINVAL && udmabuf_check(size, udmabuf_limit(), err) < 0)
		return -E2BIG;
	if (r == -EMFILE || r == -ENFILE)
		return fail(err, r, "no fd is free for the dma-buf: %s",
			    error_text(r));
	return fail(err, r, "UDMABUF_CREATE of %" PRIu64 " bytes: %s", size,
		    error_text(r));
}
