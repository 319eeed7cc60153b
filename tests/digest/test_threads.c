/* SPDX-License-Identifier: MIT */
/*
 * Several threads hash pieces at the same time: of one file by fs-verity, and of
 * a range each where the order matters. The results are those of one thread.
 */
#include "kit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4
#define PIECE (3 * BLOCK)
/* The last piece and the last block are incomplete. */
#define LENGTH (8 * GROUP + 5)

static unsigned char *bytes;

struct hand {
	pthread_t thread;
	struct dmaload_digest *digest;
	size_t range;
	size_t first;
	size_t step;
	int r;
};

/* Give each piece of a number of steps. */
static void *work(void *data)
{
	struct hand *hand = data;
	size_t at, length;

	for (at = hand->first; hand->r == 0 && at < LENGTH; at += hand->step) {
		length = LENGTH - at < PIECE ? LENGTH - at : PIECE;
		hand->r = kit_give(hand->digest, hand->range, at, bytes + at,
				   length);
	}
	return NULL;
}

static void run(struct hand *hands)
{
	size_t i;

	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&hands[i].thread, NULL, work,
						&hands[i]), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(hands[i].thread, NULL);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(hands[i].r, 0);
}

static void expected(const char *algorithm, char *text)
{
	struct dmaload_digest *digest = kit_create(algorithm, 1);

	assert_int_equal(kit_give(digest, 0, 0, bytes, LENGTH), 0);
	assert_int_equal(dmaload_digest_result(digest, 0, text, NULL), 0);
	dmaload_digest_destroy(digest);
}

static void test_one_range(void **state)
{
	struct dmaload_digest *digest = kit_create("fsverity", 1);
	char text[DMALOAD_DIGEST_SIZE];
	struct hand hands[THREADS];
	size_t i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		hands[i] = (struct hand){
			.digest = digest,
			.first = i * PIECE,
			.step = THREADS * PIECE,
		};
	run(hands);
	expected("fsverity", text);
	kit_expect(digest, text);
}

static void test_range_each(void **state)
{
	struct dmaload_digest *digest = kit_create("sha256", THREADS);
	char text[DMALOAD_DIGEST_SIZE], other[DMALOAD_DIGEST_SIZE];
	struct hand hands[THREADS];
	size_t i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		hands[i] = (struct hand){
			.digest = digest,
			.range = i,
			.step = PIECE,
		};
	run(hands);
	expected("sha256", text);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(dmaload_digest_result(digest, i, other, NULL),
				 0);
		assert_string_equal(other, text);
	}
	dmaload_digest_destroy(digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_range),
		cmocka_unit_test(test_range_each),
	};
	int failed;

	bytes = kit_bytes(LENGTH);
	failed = cmocka_run_group_tests_name("digest-threads", tests, NULL, NULL);
	free(bytes);
	return failed;
}
