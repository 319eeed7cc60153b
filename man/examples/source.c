/* SPDX-License-Identifier: MIT */
/* EXAMPLE: List the sources of memory for a buffer of 1 GiB, and what would make
 * the others usable: */
#include <dmaload.h>
#include <stdio.h>

int main(void)
{
	const struct dmaload_source *source;
	struct dmaload_sources *sources;
	struct dmaload_error err;
	size_t i;

	if (dmaload_sources_create(&sources, 1 << 30, &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	for (i = 0; (source = dmaload_sources_get(sources, i)); i++)
		printf("%s%s: %s\n", source->name,
		       source->recommended ? " (recommended)" : "",
		       source->access < 0 ? source->remedy : source->reason);
	dmaload_sources_destroy(sources);
	return 0;
}
