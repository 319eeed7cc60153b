/* SPDX-License-Identifier: MIT */
/* Ranges of a buffer that is still being populated: they are told when their bytes are
 * there, and do not wait for the rest of the buffer. */
#include "scene.h"

#include "buffer/buffer.h"

#define MIB (1u << 20)
#define LEVELS 8

struct watch {
	const struct dmaload_buffer *buffer;
	/* Ranges that were complete before the buffer was made. */
	uint64_t early;
};

static int watch(const struct dmaload_progress *progress, void *data)
{
	struct watch *watch = data;

	if (!buffer_is_made(watch->buffer))
		watch->early = progress->ranges_done;
	return 0;
}

static void check(const char *source, uint32_t paths, bool backwards)
{
	struct dmaload_range ranges[LEVELS];
	struct watch watched = { .early = 0 };
	struct scene scene;
	unsigned i;

	fake.threads_late = true;
	if (source[0] == 'u')
		fake_add_udmabuf();
	scene_make_early(&scene, &(struct scene_setup){
		.source = source, .file_size = 32 * MIB, .buffer_size = 32 * MIB,
		.chunk = 65536 });
	watched.buffer = scene.buffer;
	for (i = 0; i < LEVELS; i++) {
		ranges[i] = scene.range;
		ranges[i].file_offset = ranges[i].buffer_offset = i * 4 * MIB;
		ranges[i].length = 4 * MIB;
		ranges[i].priority = backwards ? LEVELS - i : i;
	}
	scene.options.paths = paths;
	scene.options.progress = watch;
	scene.options.progress_data = &watched;
	assert_int_equal(dmaload_load(scene.ctx, ranges, LEVELS, &scene.options,
				      NULL, &scene.err), 0);
	if (watched.early < LEVELS - 1)
		fail_msg("%s, paths %#x%s: %u ranges were told before all was "
			 "populated", source, paths, backwards ? ", backwards" : "",
			 (unsigned)watched.early);
	scene_drop(&scene);
	fake_reset();
}

static void told_before_all_is_populated(void **state)
{
	uint32_t path;
	int i;

	(void)state;
	for (i = 0; i < 2; i++)
		for (path = 0; path < 3; path++) {
			check("memfd", 1u << path, i);
			check("udmabuf", 1u << path, i);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(told_before_all_is_populated),
	};

	return cmocka_run_group_tests_name("early", tests, NULL, NULL);
}
