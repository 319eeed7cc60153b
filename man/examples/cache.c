/* SPDX-License-Identifier: MIT */
#include <dmaload.h>
#include <dmaload-cache.h>
#include <stdio.h>

/* EXAMPLE: Get two experts, and read both at the same time: */
static int use_two(struct dmaload_slot_cache *cache,
		   struct dmaload_file *file,
		   const uint64_t offsets[2], uint64_t length,
		   void (*use)(const struct dmaload_cache_slot *slot),
		   struct dmaload_error *err)
{
	const struct dmaload_cache_slot *slots[2] = { NULL, NULL };
	int r = 0, i;

	for (i = 0; r == 0 && i < 2; i++)
		r = dmaload_cache_begin(cache, file, offsets[i], length,
					&slots[i], err);
	for (i = 0; r == 0 && i < 2; i++) {
		r = dmaload_cache_wait(cache, slots[i], DMALOAD_FOREVER,
				       err);
		if (r == 0)
			use(slots[i]);
	}
	for (i = 0; i < 2; i++)
		dmaload_cache_put(cache, slots[i]);
	return r;
}
/* END */

static void print_first(const struct dmaload_cache_slot *slot)
{
	printf("%02x\n", *(const unsigned char *)slot->data);
}

int main(int argc, char **argv)
{
	struct dmaload_cache_config config = DMALOAD_CACHE_CONFIG_INIT;
	const uint64_t offsets[2] = { 1 << 20, 0 };
	struct dmaload_slot_cache *cache = NULL;
	struct dmaload_file *file = NULL;
	struct dmaload_ctx *ctx = NULL;
	struct dmaload_error err;
	int r;

	if (argc < 2)
		return 2;
	config.slot_bytes = 64 << 10;
	config.slots_per_buffer = 2;
	config.buffers = 1;
	config.source = argv[2];
	r = dmaload_file_open(&file, argv[1], &err);
	if (r == 0)
		r = dmaload_ctx_create(&ctx, NULL, &err);
	if (r == 0)
		r = dmaload_cache_create(&cache, ctx, &config, &err);
	if (r == 0)
		r = use_two(cache, file, offsets, config.slot_bytes,
			    print_first, &err);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
	dmaload_cache_destroy(cache);
	dmaload_ctx_destroy(ctx);
	dmaload_file_close(file);
	return r < 0;
}
