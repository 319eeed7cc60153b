/* SPDX-License-Identifier: MIT */
/* EXAMPLE: List the heaps, and what would make the others usable: */
#include <dmaload.h>
#include <stdio.h>

int main(void)
{
	struct dmaload_heaps *heaps;
	struct dmaload_error err;
	const char *remedy;
	size_t i;

	if (dmaload_heaps_create(&heaps, &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	for (i = 0; i < dmaload_heaps_count(heaps); i++) {
		remedy = dmaload_heaps_remedy(heaps, i);
		printf("%s: %s\n", dmaload_heaps_name(heaps, i),
		       *remedy ? remedy : "usable");
	}
	dmaload_heaps_destroy(heaps);
	return 0;
}
