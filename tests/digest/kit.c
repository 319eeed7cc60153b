/* SPDX-License-Identifier: MIT */
#include "kit.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

size_t kit_allocated, kit_peak;
unsigned kit_fail;

void kit_count(void)
{
	kit_allocated = kit_peak = 0;
}

void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *memory);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *memory);

static int fails(void)
{
	if (kit_fail == 0 || --kit_fail > 0)
		return 0;
	errno = ENOMEM;
	return 1;
}

static void *counted(void *memory)
{
	if (memory)
		kit_allocated += malloc_usable_size(memory);
	if (kit_allocated > kit_peak)
		kit_peak = kit_allocated;
	return memory;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : counted(__real_malloc(size));
}

/* The old memory exists until the bytes are copied. */
void *__wrap_realloc(void *old, size_t size)
{
	const size_t before = old ? malloc_usable_size(old) : 0;
	void *memory;

	if (fails())
		return NULL;
	memory = counted(__real_realloc(old, size));
	if (memory)
		kit_allocated -= before;
	return memory;
}

void __wrap_free(void *memory)
{
	if (memory)
		kit_allocated -= malloc_usable_size(memory);
	__real_free(memory);
}

uint64_t kit_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

unsigned char *kit_bytes(size_t length)
{
	unsigned char *bytes = __real_malloc(length + 8);
	uint64_t seed = 88172645463325252u, value;
	size_t i, j;

	assert_non_null(bytes);
	for (i = 0; i < length; i += 8) {
		value = kit_random(&seed);
		/* The same bytes on every processor. */
		for (j = 0; j < 8; j++)
			bytes[i + j] = (unsigned char)(value >> 8 * j);
	}
	return bytes;
}

struct dmaload_digest *kit_create(const char *algorithm, size_t ranges)
{
	struct dmaload_digest *digest = NULL;
	struct dmaload_error err;

	if (dmaload_digest_create(&digest, algorithm, ranges, &err) < 0)
		fail_msg("%s", err.message);
	return digest;
}

int kit_give(struct dmaload_digest *digest, size_t range, uint64_t offset,
	     void *bytes, size_t length)
{
	const struct dmaload_piece piece = {
		.range = range,
		.offset = offset,
		.bytes = bytes,
		.length = length,
	};

	return dmaload_digest_piece(&piece, digest);
}

struct span {
	size_t offset, length;
};

/* Exchange each piece with one that is in its window. */
static void shuffle(struct span *spans, size_t count, size_t window)
{
	uint64_t seed = 2463534242u;
	size_t i, other, rest;
	struct span span;

	for (i = 0; i < count && window > 0; i++) {
		rest = count - i < window ? count - i : window;
		other = i + (size_t)(kit_random(&seed) % rest);
		span = spans[i];
		spans[i] = spans[other];
		spans[other] = span;
	}
}

int kit_feed(struct dmaload_digest *digest, size_t range, unsigned char *bytes,
	     size_t length, const struct kit_cut *cut)
{
	struct span *spans = __real_calloc(length / BLOCK + 1, sizeof(*spans));
	size_t count = 0, at, part, i;
	uint64_t seed = 362436069u;
	int r = 0;

	assert_non_null(spans);
	for (at = 0; at < length; at += part) {
		part = cut->most;
		if (cut->varied)
			part = BLOCK * (1 + kit_random(&seed) % (part / BLOCK));
		if (part > length - at)
			part = length - at;
		spans[count++] = (struct span){ at, part };
	}
	shuffle(spans, count, cut->window);
	for (i = 0; r == 0 && i < count; i++)
		r = kit_give(digest, range, spans[i].offset,
			     bytes + spans[i].offset, spans[i].length);
	__real_free(spans);
	return r;
}

void kit_expect(struct dmaload_digest *digest, const char *expected)
{
	char text[DMALOAD_DIGEST_SIZE];
	struct dmaload_error err;

	if (dmaload_digest_result(digest, 0, text, &err) < 0)
		fail_msg("%s", err.message);
	assert_string_equal(text, expected);
	dmaload_digest_destroy(digest);
}

void kit_expect_failure(struct dmaload_digest *digest, int code,
			const char *word)
{
	char text[DMALOAD_DIGEST_SIZE] = "untouched";
	struct dmaload_error err;
	int again;

	/* It does not go away. */
	for (again = 0; again < 2; again++) {
		assert_int_equal(dmaload_digest_result(digest, 0, text, &err),
				 code);
		assert_int_equal(err.code, code);
		if (!strstr(err.message, word))
			fail_msg("\"%s\" does not say \"%s\"", err.message, word);
	}
	assert_string_equal(text, "untouched");
	dmaload_digest_destroy(digest);
}
