/* SPDX-License-Identifier: MIT */
#include "io/disk.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "sys/sys.h"

/* A larger value does not limit anything here. */
#define VALUE_MAX (UINT64_C(1) << 31)

/* A partition's limits are in the folder of its disk. */
static const char *const folders[] = { "queue", "../queue" };

static bool read_number(uint64_t dev, const char *folder, const char *name,
			uint64_t *value)
{
	char path[128], text[32], *end;
	int n;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s/%s",
		 major((dev_t)dev), minor((dev_t)dev), folder, name);
	n = sys_read_text(path, text, sizeof(text));
	if (n < 0)
		return false;
	*value = strtoull(text, &end, 10);
	if (end == text)
		*value = 0;
	if (*value > VALUE_MAX)
		*value = VALUE_MAX;
	return true;
}

static uint64_t number(uint64_t dev, const char *folder, const char *name)
{
	uint64_t value;

	return read_number(dev, folder, name, &value) ? value : 0;
}

struct disk_limits disk_limits(uint64_t dev)
{
	struct disk_limits limits = { 0 };
	uint64_t kib = 0;
	unsigned i = 0;

	while (i < 2 && !read_number(dev, folders[i], "max_sectors_kb", &kib))
		i++;
	/* The st_dev of a file system over several disks, or none, has no such
	 * folder. */
	if (i == 2)
		return limits;
	limits.request_max = kib << 10;
	limits.request_best = number(dev, folders[i], "optimal_io_size");
	limits.segments_max = (uint32_t)number(dev, folders[i], "max_segments");
	limits.requests_max = (uint32_t)number(dev, folders[i], "nr_requests");
	return limits;
}
