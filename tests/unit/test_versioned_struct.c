/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "scene.h"
#include "sys/versioned_struct.h"

struct own {
	size_t size;
	uint32_t a;
	uint32_t b;
};

/* The struct of a caller that was built with the version before. */
struct older {
	size_t size;
	uint32_t a;
};

/* And of one that was built with the next. */
struct newer {
	size_t size;
	uint32_t a;
	uint32_t b;
	uint64_t c;
};

static void same_version_is_copied(void **state)
{
	const struct own his = { sizeof(his), 1, 2 };
	struct own own;

	(void)state;
	assert_true(versioned_get(&own, sizeof(own), &his));
	assert_memory_equal(&own, &his, sizeof(own));
}

static void older_leaves_the_rest_0(void **state)
{
	const struct older his = { offsetof(struct own, b), 1 };
	struct own own = { 0, 9, 9 };

	(void)state;
	assert_true(versioned_get(&own, sizeof(own), &his));
	assert_int_equal(own.size, sizeof(own));
	assert_int_equal(own.a, 1);
	assert_int_equal(own.b, 0);
}

static void newer_must_be_0_beyond(void **state)
{
	struct newer his = { sizeof(his), 1, 2, 0 };
	struct own own;

	(void)state;
	assert_true(versioned_get(&own, sizeof(own), &his));
	assert_int_equal(own.size, sizeof(own));
	assert_int_equal(own.b, 2);
	his.c = UINT64_C(1) << 63;
	assert_false(versioned_get(&own, sizeof(own), &his));
}

static void absurd_sizes_are_refused(void **state)
{
	static const size_t sizes[] = { 0, 1, sizeof(size_t) - 1, 65537,
					SIZE_MAX };
	struct own own, his = { 0, 1, 2 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		his.size = sizes[i];
		assert_false(versioned_size_ok(&his));
		assert_false(versioned_get(&own, sizeof(own), &his));
	}
	his.size = sizeof(size_t);
	assert_true(versioned_size_ok(&his));
}

static void given_back_in_his_size(void **state)
{
	const struct own own = { sizeof(own), 1, 2 };
	struct newer newer = { sizeof(newer), 9, 9, 9 };
	struct { struct older his; uint32_t guard; } older = {
		{ offsetof(struct own, b), 9 }, 0,
	};

	(void)state;
	versioned_put(&own, sizeof(own), &newer);
	assert_int_equal(newer.size, sizeof(newer));
	assert_int_equal(newer.a, 1);
	assert_int_equal(newer.b, 2);
	assert_int_equal(newer.c, 0);

	versioned_put(&own, sizeof(own), &older);
	assert_int_equal(older.his.size, offsetof(struct own, b));
	assert_int_equal(older.his.a, 1);
	assert_int_equal(older.guard, 0);
}

static void config_is_checked(void **state)
{
	static const struct dmaload_config bad[] = {
		{ 0, 0, 0, 0, 0 },
		{ sizeof(bad[0]), 2048, 1, 0, 0 },
		{ sizeof(bad[0]), 4095, 1, 0, 0 },
		{ sizeof(bad[0]), 12288, 1, 0, 0 },
		{ sizeof(bad[0]), DMALOAD_POOL_MAX * 2, 1, 0, 0 },
		{ sizeof(bad[0]), 4096, 65, 0, 0 },
		{ sizeof(bad[0]), DMALOAD_POOL_MAX, 2, 0, 0 },
		{ sizeof(bad[0]), DMALOAD_POOL_MAX / 32, 33, 0, 0 },
		{ sizeof(bad[0]), 0, 0, 3, 0 },
		{ sizeof(bad[0]), 0, 0, 0, 4 },
		{ sizeof(bad[0]), 0, 0, DMALOAD_ENGINE_URING,
		  DMALOAD_SYSCALLS_OLD },
		{ sizeof(bad[0]), 0, 0, DMALOAD_ENGINE_URING,
		  DMALOAD_SYSCALLS_BASIC },
	};
	struct dmaload_ctx *untouched = (void *)&bad, *ctx = untouched;
	struct dmaload_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(dmaload_ctx_create(&ctx, &bad[i], &err),
				 -EINVAL);
		assert_int_equal(err.code, -EINVAL);
		assert_true(err.message[0]);
		assert_ptr_equal(ctx, untouched);
	}
	assert_int_equal(dmaload_ctx_create(NULL, NULL, NULL), -EINVAL);
}

static void config_at_its_limits(void **state)
{
	static const struct dmaload_config good[] = {
		{ sizeof(good[0]), 0, 0, 0, 0 },
		{ sizeof(good[0]), 4096, 64, 0, 0 },
		{ sizeof(good[0]), DMALOAD_POOL_MAX, 1, 0, 0 },
		{ sizeof(good[0]), DMALOAD_POOL_MAX / 64, 64, 0, 0 },
		{ sizeof(good[0]), 0, 0, DMALOAD_ENGINE_URING, 0 },
		{ sizeof(good[0]), 0, 0, DMALOAD_ENGINE_THREADS, 0 },
		{ sizeof(good[0]), 0, 0, DMALOAD_ENGINE_URING,
		  DMALOAD_SYSCALLS_ALL },
		{ sizeof(good[0]), 0, 0, 0, DMALOAD_SYSCALLS_OLD },
		{ sizeof(good[0]), 0, 0, DMALOAD_ENGINE_THREADS,
		  DMALOAD_SYSCALLS_BASIC },
		{ sizeof(size_t), 77, 77, 77, 77 },
	};
	struct dmaload_error err = { .code = 0 };
	struct dmaload_ctx *ctx;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(dmaload_ctx_create(&ctx, &good[i], &err), 0);
		assert_int_equal(err.code, 0);
		dmaload_ctx_destroy(ctx);
	}
	assert_int_equal(dmaload_ctx_create(&ctx, NULL, NULL), 0);
	dmaload_ctx_destroy(ctx);
	dmaload_ctx_destroy(NULL);
}

/* A report of a caller that knows only the first members. */
static void load_fills_an_older_report(void **state)
{
	struct dmaload_report *older;
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ 0 });
	older = test_malloc(offsetof(struct dmaload_report, bytes_direct));
	older->size = offsetof(struct dmaload_report, bytes_direct);
	assert_int_equal(dmaload_load(scene.ctx, &scene.range, 1, NULL,
				      older, NULL), 0);
	assert_int_equal(older->bytes_total, 100000);
	assert_int_equal(older->size,
			 offsetof(struct dmaload_report, bytes_direct));
	test_free(older);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(same_version_is_copied),
		SCENE_TEST(older_leaves_the_rest_0),
		SCENE_TEST(newer_must_be_0_beyond),
		SCENE_TEST(absurd_sizes_are_refused),
		SCENE_TEST(given_back_in_his_size),
		SCENE_TEST(config_is_checked),
		SCENE_TEST(config_at_its_limits),
		SCENE_TEST(load_fills_an_older_report),
	};

	return cmocka_run_group_tests_name("versioned_struct", tests, NULL, NULL);
}
