/* SPDX-License-Identifier: MIT */
/*
 * The cache in a C program: read a file twice in parts of 4096 bytes, by a
 * cache of half as many slots, and compare.
 *
 *   cache FILE SOURCE
 */
#include <dmaload-cache.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PART = 4096, PARTS = 16 };

static int compare(struct dmaload_slot_cache *cache, struct dmaload_file *file,
		   FILE *stream, struct dmaload_error *err)
{
	const struct dmaload_cache_slot *slot;
	unsigned char bytes[PART];
	unsigned i;
	int r = 0;

	rewind(stream);
	for (i = 0; r == 0 && i < PARTS; i++) {
		r = dmaload_cache_get(cache, file, i * PART, PART,
				      DMALOAD_FOREVER, &slot, err);
		if (r < 0)
			break;
		if (fread(bytes, 1, PART, stream) != PART ||
		    memcmp(bytes, slot->data, PART) != 0) {
			snprintf(err->message, sizeof(err->message),
				 "part %u differs", i);
			r = -1;
		}
		dmaload_cache_put(cache, slot);
	}
	return r;
}

static int run(const char *path, const char *source, FILE *stream,
	       struct dmaload_error *err)
{
	struct dmaload_cache_config config = {
		.size = sizeof(config),
		.slot_bytes = PART,
		.slots_per_buffer = PARTS / 4,
		.buffers = 2,
		.source = source,
	};
	struct dmaload_cache_stats stats = { .size = sizeof(stats) };
	struct dmaload_slot_cache *cache = NULL;
	struct dmaload_file *file = NULL;
	struct dmaload_ctx *ctx = NULL;
	int r;

	r = dmaload_ctx_create(&ctx, NULL, err);
	if (r == 0)
		r = dmaload_file_open(&file, path, err);
	if (r == 0)
		r = dmaload_cache_create(&cache, ctx, &config, err);
	if (r == 0)
		r = compare(cache, file, stream, err);
	if (r == 0)
		r = compare(cache, file, stream, err);
	if (r == 0)
		r = dmaload_cache_stats(cache, &stats, err);
	if (r == 0)
		printf("%" PRIu64 " hits of %u gets, %" PRIu64 " bytes\n",
		       stats.hits, 2 * PARTS, stats.bytes_loaded);
	dmaload_cache_destroy(cache);
	dmaload_file_close(file);
	dmaload_ctx_destroy(ctx);
	return r;
}

int main(int argc, char **argv)
{
	struct dmaload_error err;
	FILE *stream = argc == 3 ? fopen(argv[1], "rb") : NULL;
	int r;

	if (!stream) {
		fprintf(stderr, "usage: %s FILE SOURCE\n", argv[0]);
		return 2;
	}
	r = run(argv[1], argv[2], stream, &err);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[1], err.message);
	fclose(stream);
	return r < 0 ? 1 : 0;
}
