/* SPDX-License-Identifier: MIT */
#include "lives.h"
#include "shown.h"

#include <errno.h>
#include <string.h>

static struct scene scene;

/* Small, for there are some thousand lives. */
static int make_scene(const struct life *life)
{
	const struct scene_setup setup = {
		.source = life->source,
		.pfnmap = life->pfnmap,
		.block = life->block,
		.depth = life->depth,
		.file_size = 40000,
		.buffer_size = 48 << 10,
		.chunk = 4096,
	};

	return scene_try(&scene, &setup);
}

static void make(const struct life *life)
{
	struct fake_node *node;

	memset(&scene, 0, sizeof(scene));
	fake_reset();
	fake_add_udmabuf();
	fake.no_proc = life->no_proc;
	fake.no_cachestat = life->no_cachestat;
	fake.read_most = life->read_most;
	fake.order = FAKE_LIFO;
	fake.batch = 2;
	/* The first attempt makes the file, and gets no further. */
	fake_fail_calls(FAKE_STAT_PATH, 1, 1, -EACCES);
	assert_int_equal(make_scene(life), -EACCES);
	fake_fail_nothing();
	node = scene.node;
	node->direct_error = life->direct_error;
	node->direct_read_error = life->direct_read_error;
	node->silently_buffered = life->silently_buffered;
	if (life->cached)
		fake_cache(node, 3 * FAKE_PAGE, FAKE_PAGE);
}

static int load_or_verify(const struct life *life)
{
	int r = make_scene(life);

	if (r < 0)
		return r;
	scene_set_range(&scene, 700, life->buffer_offset, 20001);
	return life->verifies ? scene_verify(&scene) : scene_load(&scene);
}

/* Neither the scene's buffer nor its context is used. */
static int load_whole(const struct life *life)
{
	void *const untouched = &scene;
	struct dmaload_buffer *buffer = untouched;
	int r;

	scene.report = (struct dmaload_report)DMALOAD_REPORT_INIT;
	r = dmaload_load_file(&buffer, SCENE_PATH, life->source, NULL,
			      &scene.report, &scene.err);
	if (r < 0) {
		assert_ptr_equal(buffer, untouched);
		return r;
	}
	assert_int_equal(scene.report.bytes_total, scene.node->size);
	assert_memory_equal(fake_node_of(dmaload_buffer_fd(buffer))->bytes,
			    scene.node->bytes, scene.node->size);
	dmaload_buffer_destroy(buffer);
	return 0;
}

static int live_once(const struct life *life, struct dmaload_error *err)
{
	int r;

	memset(&scene.err, 0, sizeof(scene.err));
	r = life->whole ? load_whole(life) : load_or_verify(life);
	*err = scene.err;
	if (scene.report.size == sizeof(scene.report))
		check_report_is_shown(&scene.report);
	if (r == 0 && !life->whole) {
		scene_check_bytes(&scene);
		scene_check_report(&scene);
	}
	fake_check_quiet();
	return r;
}

int lives_repeat(const struct life *life,
		 int (*once)(const struct life *life,
			     struct dmaload_error *err),
		 struct dmaload_error *err)
{
	struct dmaload_error last;
	unsigned i, failed = 0;
	int r, first;

	first = once(life, err);
	failed += first < 0;
	for (i = 0; i < life->again; i++) {
		r = once(life, &last);
		failed += r < 0;
		if (first < 0)
			continue;
		first = r;
		*err = last;
	}
	assert_in_range(failed, 0, fake_failures());
	return first;
}

static int live(const struct life *life, struct dmaload_error *err)
{
	return lives_repeat(life, live_once, err);
}

static bool kept(const struct life *life)
{
	return fake_cached(scene.node, 3 * FAKE_PAGE) == life->cached;
}

static void end(void)
{
	scene_drop(&scene);
	fake_check_balanced();
}

const struct life_kind lives_one = {
	.make = make, .live = live, .kept = kept, .end = end,
};
