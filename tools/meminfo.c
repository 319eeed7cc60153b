/* SPDX-License-Identifier: MIT */
/* Counters of the kernel. */
#include "tool.h"

#include <stdlib.h>
#include <string.h>

uint64_t kernel_figure(const char *path, const char *key)
{
	FILE *file = fopen(path, "re");
	const size_t length = strlen(key);
	uint64_t value = 0;
	char line[128];

	while (file && value == 0 && fgets(line, sizeof(line), file))
		if (strncmp(line, key, length) == 0)
			value = strtoull(line + length, NULL, 10);
	if (file)
		fclose(file);
	return value;
}

uint64_t memory_available(void)
{
	return kernel_figure("/proc/meminfo", "MemAvailable:") * 1024;
}
