/* SPDX-License-Identifier: MIT */
/* Make the files that the integration tests load: pattern-SIZE in a folder. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "pattern.h"

static int make(const char *dir, uint64_t size)
{
	static unsigned char block[1 << 20];
	uint64_t at = 0;
	char path[4096];
	size_t n;
	FILE *out;

	snprintf(path, sizeof(path), "%s/pattern-%" PRIu64, dir, size);
	out = fopen(path, "wb");
	if (!out) {
		perror(path);
		return 1;
	}
	while (at < size) {
		n = size - at < sizeof(block) ? (size_t)(size - at) :
						sizeof(block);
		pattern_fill(block, n, at);
		if (fwrite(block, 1, n, out) != n)
			break;
		at += n;
	}
	if (fclose(out) != 0 || at < size) {
		perror(path);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 3) {
		fprintf(stderr, "usage: %s DIR SIZE...\n", argv[0]);
		return 2;
	}
	for (i = 2; i < argc; i++)
		if (make(argv[1], strtoull(argv[i], NULL, 0)) != 0)
			return 1;
	return 0;
}
