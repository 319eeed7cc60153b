/* SPDX-License-Identifier: MIT */
/* Large loads find the read length and depth that suit a disk. */
#include <sys/sysmacros.h>

#include "io/disk.h"
#include "io/tuner.h"
#include "scene.h"

#define KIB 1024u
#define CHUNK (8 * KIB)
/* Six chunks are in flight to begin with: a load of 3 MiB is a large one. */
#define LARGE (24 * 1024 * KIB)
#define DISK makedev(259, 3)
#define QUEUE "/sys/dev/block/259:3/queue/"
#define ABOVE "/sys/dev/block/259:3/../queue/"

/* With this chunk and depth; 0 means that the library may choose it. */
static void make(struct scene *scene, uint32_t chunk, uint32_t depth, bool pfnmap)
{
	scene_make(scene, &(struct scene_setup){
		.file_size = LARGE, .buffer_size = LARGE, .pfnmap = pfnmap });
	scene_renew_ctx(scene, chunk, depth);
	dmaload_file_close(scene->file);
	scene->node->st.dev = DISK;
	assert_int_equal(dmaload_file_open(&scene->file, SCENE_PATH, NULL), 0);
	scene_set_range(scene, 0, 0, DMALOAD_TO_END);
	scene->options.paths = pfnmap ? DMALOAD_ALLOW_BOUNCE :
					DMALOAD_ALLOW_DIRECT;
}

static void load(struct scene *scene, uint32_t chunk, uint32_t depth)
{
	assert_int_equal(scene_load(scene), 0);
	scene_check_bytes(scene);
	scene_check_report(scene);
	assert_int_equal(scene->report.chunk_bytes, chunk);
	assert_int_equal(scene->report.queue_depth, depth);
	assert_in_range(scene->report.pinned_bytes, 1, 8 << 20);
}

/* Load often, and check by which reads the last one was done. */
static void load_until_known(struct scene *scene, uint32_t chunk, uint32_t depth)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		assert_int_equal(scene_load(scene), 0);
	load(scene, chunk, depth);
}

/* Each request takes long, so many keep the disk busy. */
static void more_reads_are_in_flight_where_that_helps(void **state)
{
	struct scene scene;
	uint64_t bytes;

	(void)state;
	fake.latency = 1000000;
	make(&scene, CHUNK, 0, false);
	load_until_known(&scene, CHUNK, 64);
	assert_int_equal(fake_in_flight_max(&bytes), 64);
	/* So is a load of medium size, and a small one is not. */
	fake_count_anew();
	scene_set_range(&scene, 0, 0, 1024 * KIB);
	load(&scene, CHUNK, 64);
	assert_int_equal(fake_in_flight_max(&bytes), 64);
	fake_count_anew();
	scene_set_range(&scene, 0, 0, 23 * CHUNK);
	load(&scene, CHUNK, 6);
	assert_int_equal(fake_in_flight_max(&bytes), 6);
	/* It is forgotten with all else that is not in use. */
	assert_int_equal(dmaload_ctx_trim(scene.ctx), 0);
	scene_set_range(&scene, 0, 0, 1024 * KIB);
	load(&scene, CHUNK, 6);
	scene_drop(&scene);
}

static void nothing_changes_where_that_does_not_help(void **state)
{
	struct scene scene;

	(void)state;
	make(&scene, CHUNK, 0, false);
	load_until_known(&scene, CHUNK, 6);
	scene_drop(&scene);
}

/* The pool stays as large as it is. */
static void bounced_reads_stay_in_the_pool(void **state)
{
	struct scene scene;
	uint64_t bytes;

	(void)state;
	fake.latency = 1000000;
	make(&scene, CHUNK, 0, true);
	load_until_known(&scene, CHUNK, 6);
	fake_in_flight_max(&bytes);
	assert_int_equal(bytes, 6 * CHUNK);
	assert_int_equal(scene.report.pinned_bytes, 6 * CHUNK);
	scene_drop(&scene);
}

static void fixed_values_stay(void **state)
{
	struct scene scene;
	uint64_t bytes;

	(void)state;
	fake.latency = 1000000;
	make(&scene, CHUNK, 6, false);
	fake_count_anew();
	load_until_known(&scene, CHUNK, 6);
	assert_int_equal(fake_in_flight_max(&bytes), 6);
	/* Nothing but what each asks of its thread. */
	check_says(fake_counts(), "read_text 5,");
	scene_drop(&scene);
}

/* A disk's limit of requests is kept, and queried once. */
static void disks_are_asked_once(void **state)
{
	struct scene scene;

	(void)state;
	fake.latency = 1000000;
	fake_say(QUEUE "max_sectors_kb", "1280\n", 0);
	fake_say(QUEUE "nr_requests", "32\n", 0);
	make(&scene, CHUNK, 0, false);
	fake_count_anew();
	load_until_known(&scene, CHUNK, 24);
	/* Beside what is asked of the thread: four numbers. */
	check_says(fake_counts(), "read_text 9,");
	scene_drop(&scene);
}

/* Begin a load that does not end. */
static struct dmaload_job *begin_stream(struct scene *scene)
{
	struct dmaload_progress progress = { .size = sizeof(progress) };
	struct dmaload_range range;
	struct dmaload_job *job;

	scene_add_stream(scene, FAKE_PIPE, 8192);
	scene->nodes[1]->comes_most = 4096;
	scene->nodes[1]->stalls_after = 4096;
	scene_add_buffer(scene, "memfd", 8192);
	range = scene_range(scene, 1, 0, 1, 0, 8192);
	assert_int_equal(dmaload_submit(&job, scene->ctx, DMALOAD_LOAD, &range, 1,
					NULL, NULL), 0);
	while (progress.bytes_done == 0)
		assert_int_equal(dmaload_job_progress(job, &progress), 0);
	return job;
}

static void nothing_is_learned_beside_others(void **state)
{
	struct dmaload_config config = { .size = sizeof(config),
					 .chunk_bytes = CHUNK };
	struct dmaload_range range;
	struct dmaload_job *job;
	struct scene scene;
	unsigned i;

	(void)state;
	fake.latency = 1000000;
	scene_make_empty(&scene, 0, 0);
	scene_renew_ctx(&scene, CHUNK, 0);
	scene_add_file(&scene, LARGE, 0);
	scene_add_buffer(&scene, "memfd", LARGE);
	job = begin_stream(&scene);
	scene.options.paths = DMALOAD_ALLOW_DIRECT;
	range = scene_range(&scene, 0, 0, 0, 0, LARGE);
	for (i = 0; i < 8; i++) {
		scene_prepare(&scene);
		assert_int_equal(dmaload_load(scene.ctx, &range, 1, &scene.options,
					      &scene.report, &scene.err), 0);
		assert_int_equal(scene.report.queue_depth, 6);
	}
	dmaload_job_destroy(job);
	/* By itself it does. */
	for (i = 0; i < 8; i++) {
		scene_prepare(&scene);
		assert_int_equal(dmaload_load(scene.ctx, &range, 1, &scene.options,
					      &scene.report, &scene.err), 0);
	}
	assert_int_equal(scene.report.queue_depth, 64);
	scene_drop(&scene);
}

static void disks_say_what_they_take(void **state)
{
	struct disk_limits limits;

	(void)state;
	limits = disk_limits(DISK);
	assert_int_equal(limits.request_max, 0);
	assert_int_equal(limits.requests_max, 0);
	/* A partition's is in the folder of its disk. */
	fake_say(ABOVE "max_sectors_kb", "1280\n", 0);
	fake_say(ABOVE "optimal_io_size", "4194304\n", 0);
	fake_say(ABOVE "max_segments", "254\n", 0);
	fake_say(ABOVE "nr_requests", "64\n", 0);
	limits = disk_limits(DISK);
	assert_int_equal(limits.request_max, 1280 * KIB);
	assert_int_equal(limits.request_best, 4096 * KIB);
	assert_int_equal(limits.segments_max, 254);
	assert_int_equal(limits.requests_max, 64);
	/* A text that is no number is no limit. */
	fake_say(QUEUE "max_sectors_kb", "many\n", 0);
	fake_say(QUEUE "nr_requests", "99999999999999999999999\n", 0);
	limits = disk_limits(DISK);
	assert_int_equal(limits.request_max, 0);
	assert_int_equal(limits.requests_max, 1u << 31);
}

static const struct tuning_limits limits_of_one = {
	.chunk_bytes = 1 << 20, .depth = 6, .any_chunk = true, .any_depth = true,
	.bytes_max = 8 << 20, .depth_max = 64,
};

/* The disks that were unused for longest are forgotten. */
static void few_disks_are_remembered(void **state)
{
	struct tuner tuner = { .by = NULL };
	struct tuner_key key = { .disk = 0 };
	struct tuning *tuning;
	unsigned i;

	(void)state;
	for (i = 0; i < TUNER_MAX; i++) {
		key.disk = i / 4;
		key.in_place = i & 1;
		key.scattered = i & 2;
		assert_null(tuner_find(&tuner, &key));
		tuner_add(&tuner, &key, &limits_of_one);
	}
	key = (struct tuner_key){ .disk = 0 };
	tuning = tuner_find(&tuner, &key);
	assert_non_null(tuning);
	tuner_measure(&tuner, tuning, &tuner);
	for (i = 0; i < TUNER_MAX - 1; i++) {
		key.disk = 10 + i;
		tuner_add(&tuner, &key, &limits_of_one);
	}
	key.disk = 0;
	assert_ptr_equal(tuner_find(&tuner, &key), tuning);
	key.disk = 1;
	assert_null(tuner_find(&tuner, &key));
	/* One that is forgotten is not measured any more. */
	for (i = 0; i < TUNER_MAX; i++) {
		key.disk = 20 + i;
		tuner_add(&tuner, &key, &limits_of_one);
	}
	tuner_stop(&tuner, NULL);
	assert_null(tuner.by);
}

static void one_load_is_measured(void **state)
{
	struct tuner tuner = { .by = NULL };
	const struct tuner_key key = { .disk = 1 };
	struct tuning *tuning = tuner_add(&tuner, &key, &limits_of_one);
	int one, other;
	uint64_t i;

	(void)state;
	tuner_measure(&tuner, tuning, &one);
	for (i = 0; i < 100 && !tuning->trying; i++)
		tuning_note(tuning, 8 << 20, UINT64_C(4) << 30, 1000 * i);
	assert_true(tuning->trying);
	assert_int_not_equal(tuner_point(&tuner, tuning, &one).depth, 6);
	assert_int_equal(tuner_point(&tuner, tuning, &other).depth, 6);
	/* It goes on, until another one begins. */
	tuner_stop(&tuner, &other);
	tuner_measure(&tuner, tuning, &one);
	assert_true(tuning->trying);
	tuner_measure(&tuner, tuning, &other);
	assert_false(tuning->trying);
	assert_int_equal(tuner_point(&tuner, tuning, &one).depth, 6);
	tuner_stop(&tuner, &other);
	assert_null(tuner.by);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(more_reads_are_in_flight_where_that_helps),
		SCENE_TEST(nothing_changes_where_that_does_not_help),
		SCENE_TEST(bounced_reads_stay_in_the_pool),
		SCENE_TEST(fixed_values_stay),
		SCENE_TEST(disks_are_asked_once),
		SCENE_TEST(nothing_is_learned_beside_others),
		SCENE_TEST(disks_say_what_they_take),
		SCENE_TEST(few_disks_are_remembered),
		SCENE_TEST(one_load_is_measured),
	};

	return cmocka_run_group_tests_name("tune", tests, NULL, NULL);
}
