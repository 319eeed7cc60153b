/* SPDX-License-Identifier: MIT */
/*
 * Digests of real files, from the bytes of a load: on each path, where others
 * keep pages resident, and of a stream. The pattern's digests are computed
 * apart, from memory.
 */
#include "../integration/support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dmaload-digest.h>

#include "../integration/pattern.h"

#define MIB ((uint64_t)1 << 20)
#define MEDIUM (16 * MIB)
#define GROUP ((uint32_t)512 << 10)

static struct dmaload_digest *create(const char *algorithm)
{
	struct dmaload_digest *digest = NULL;
	struct dmaload_error err;

	if (dmaload_digest_create(&digest, algorithm, 1, &err) < 0)
		fail_msg("%s", err.message);
	return digest;
}

static void expect(struct dmaload_digest *digest, const char *algorithm,
		   uint64_t length)
{
	struct dmaload_digest *plain = create(algorithm);
	char text[DMALOAD_DIGEST_SIZE], found[DMALOAD_DIGEST_SIZE];
	unsigned char *bytes = malloc(MIB);
	struct dmaload_piece piece = { .bytes = bytes };
	struct dmaload_error err;

	assert_non_null(bytes);
	for (; piece.offset < length; piece.offset += piece.length) {
		piece.length = length - piece.offset < MIB ?
			       (size_t)(length - piece.offset) : MIB;
		pattern_fill(bytes, piece.length, piece.offset);
		assert_int_equal(dmaload_digest_piece(&piece, plain), 0);
	}
	free(bytes);
	assert_int_equal(dmaload_digest_result(plain, 0, text, NULL), 0);
	dmaload_digest_destroy(plain);
	if (dmaload_digest_result(digest, 0, found, &err) < 0)
		fail_msg("%s", err.message);
	if (dmaload_digest_compare(found, text, &err) < 0)
		fail_msg("%s", err.message);
	dmaload_digest_destroy(digest);
}

/* How a digest gets its pieces. */
struct way {
	const char *algorithm;
	uint32_t unit;
	uint32_t flags;
};

static const struct way verity = { "fsverity", DMALOAD_DIGEST_UNIT, 0 };

/* Load all of a file or a stream into no buffer. */
static int load(struct kit *kit, struct dmaload_file *file,
		struct dmaload_digest *digest, uint32_t paths,
		const struct way *way)
{
	const struct dmaload_range range = {
		.file = file, .length = DMALOAD_TO_END,
	};
	const struct dmaload_transform transform = {
		.size = sizeof(transform), .unit = way->unit,
		.flags = way->flags, .function = dmaload_digest_piece,
		.data = digest,
	};
	const struct dmaload_options options = {
		.size = sizeof(options), .paths = paths,
		.transform = &transform,
	};

	return dmaload_load(kit->ctx, &range, 1, &options, &kit->report,
			    &kit->err);
}

/* Load it, and compare the digest with that of length bytes of the pattern. */
static void check(struct kit *kit, struct dmaload_file *file, uint64_t length,
		  uint32_t paths, const struct way *way)
{
	struct dmaload_digest *digest = create(way->algorithm);
	char text[DMALOAD_DIGEST_SIZE];
	struct dmaload_error err = { .message = "" };

	if (load(kit, file, digest, paths, way) < 0) {
		dmaload_digest_result(digest, 0, text, &err);
		fail_msg("%s: %s", kit->err.message, err.message);
	}
	expect(digest, way->algorithm, length);
}

static void test_each_path(void **state)
{
	static const uint64_t sizes[] = { 1, 4095, 4097, MIB + 1, MEDIUM };
	static const struct way ways[] = {
		{ "fsverity", DMALOAD_DIGEST_UNIT, 0 },
		{ "fsverity", DMALOAD_DIGEST_UNIT, DMALOAD_PIECES_AT_ONCE },
		{ "fsverity", GROUP, DMALOAD_PIECES_AT_ONCE },
		{ "sha256", 0, DMALOAD_PIECES_IN_ORDER },
		{ "blake2b512", 4096, DMALOAD_PIECES_IN_ORDER },
	};
	const size_t all = sizeof(sizes) / sizeof(sizes[0]);
	struct kit kit;
	size_t i, j;

	(void)state;
	for (i = 0; i < ALL_PATHS * all; i++) {
		kit_open_alone(&kit, sizes[i % all], MIB);
		for (j = 0; j < sizeof(ways) / sizeof(ways[0]); j++) {
			check(&kit, kit.file, sizes[i % all], all_paths[i / all],
			      &ways[j]);
			assert_int_equal(kit.report.cache_residue_bytes, 0);
		}
		kit_close(&kit);
	}
}

/* Half of each group is resident. A load copies it, where units allow that, and
 * reads the rest. */
static void test_resident_pages(void **state)
{
	static const struct way ways[] = {
		{ "fsverity", DMALOAD_DIGEST_UNIT, 0 },
		{ "fsverity", DMALOAD_DIGEST_UNIT, DMALOAD_PIECES_AT_ONCE },
		{ "fsverity", GROUP, 0 },
		{ "sha256", 0, DMALOAD_PIECES_IN_ORDER },
	};
	const uint64_t size = alone_large(), part = GROUP / 2;
	const size_t count = (size_t)(may_hold(size / 2) / part);
	struct held *held = calloc(count, sizeof(*held));
	struct kit kit;
	size_t i;

	(void)state;
	assert_non_null(held);
	kit_open_alone(&kit, size, MIB);
	for (i = 0; i < count; i++)
		hold(&held[i], alone_path(size), i * GROUP + part / 2, part);
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		check(&kit, kit.file, size, 0, &ways[i]);
		assert_int_equal(kit.report.bytes_cached,
				 ways[i].unit < part ? count * part : 0);
	}
	for (i = 0; i < count; i++)
		let_go(&held[i]);
	free(held);
	drop_cache(alone_path(size));
	kit_close(&kit);
}

/* A stream comes in order, so that each algorithm is possible. */
static void test_stream(void **state)
{
	static const struct way ways[] = {
		{ "sha256", 0, 0 },
		{ "sha512", 0, DMALOAD_PIECES_IN_ORDER },
		{ "blake2b512", 0, 0 },
		{ "fsverity", DMALOAD_DIGEST_UNIT, 0 },
	};
	struct dmaload_file *file;
	char command[4096];
	struct kit kit;
	FILE *pipe;
	size_t i;

	(void)state;
	snprintf(command, sizeof(command), "cat '%s'", pattern_path(MIB + 1));
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		kit_open(&kit, MIB + 1, MIB);
		pipe = popen(command, "re");
		assert_non_null(pipe);
		assert_int_equal(dmaload_file_from_stream(&file, fileno(pipe),
							  &kit.err), 0);
		check(&kit, file, MIB + 1, 0, &ways[i]);
		dmaload_file_close(file);
		assert_int_equal(pclose(pipe), 0);
		kit_close(&kit);
	}
}

/* A digest that refuses a piece ends the load, and has the reason. */
static void test_refused(void **state)
{
	struct dmaload_digest *digest = create("fsverity");
	char text[DMALOAD_DIGEST_SIZE];
	struct dmaload_error err;
	struct kit kit;

	(void)state;
	kit_open_alone(&kit, MEDIUM, MIB);
	assert_int_equal(load(&kit, kit.file, digest, 0, &verity), 0);
	/* The same bytes come again. */
	assert_int_equal(load(&kit, kit.file, digest, 0, &verity), -ECANCELED);
	assert_non_null(strstr(kit.err.message, "the transform stopped"));
	assert_int_equal(dmaload_digest_result(digest, 0, text, &err), -EINVAL);
	assert_non_null(strstr(err.message, "range 0: bytes of the same block"));
	dmaload_digest_destroy(digest);
	kit_close(&kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_path),
		cmocka_unit_test(test_resident_pages),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_refused),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("digest-loads", tests, NULL, NULL);
}
