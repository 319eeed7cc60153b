/* SPDX-License-Identifier: MIT */
/* A whole file in one call, and calls that make their own context. Every system call of
 * both fails in turn in test_sweep.c. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "buffers.h"

#define BYTES 100000

static struct dmaload_report report;

static int load(struct dmaload_buffer **out, const char *path, const char *source,
		const struct dmaload_options *options)
{
	memset(&report, 0xa5, sizeof(report));
	report.size = sizeof(report);
	memset(&refusal, 0, sizeof(refusal));
	return dmaload_load_file(out, path, source, options, &report, &refusal);
}

/* Whatever fails, there is no buffer, and nothing is left. */
static void expect_failure(const char *path, const char *source,
			   const struct dmaload_options *options, int code,
			   const char *message)
{
	struct dmaload_buffer *untouched = (void *)&refusal;
	struct dmaload_buffer *buffer = untouched;

	assert_int_equal(load(&buffer, path, source, options), code);
	assert_int_equal(refusal.code, code);
	check_says(refusal.message, message);
	assert_ptr_equal(buffer, untouched);
	assert_int_equal(report.size, sizeof(report));
	assert_int_equal(report.bytes_direct + report.bytes_bounced +
			 report.bytes_buffered, 0);
	fake_check_balanced();
}

static void expect_file(const struct fake_node *file, const char *source,
			const char *label, enum dmaload_path path)
{
	struct dmaload_buffer *buffer;
	unsigned char *map;
	uint64_t i;

	if (load(&buffer, "/data/file", source, NULL) != 0)
		fail_msg("%s", refusal.message);
	assert_int_equal(refusal.code, 0);
	assert_string_equal(dmaload_buffer_source(buffer), label);
	assert_int_equal(dmaload_buffer_size(buffer), 102400);
	map = fake_node_of(dmaload_buffer_fd(buffer))->bytes;
	assert_memory_equal(map, file->bytes, BYTES);
	for (i = BYTES; i < 102400; i++)
		assert_int_equal(map[i], 0);
	assert_int_equal(report.bytes_total, BYTES);
	assert_int_equal(dmaload_report_path(&report), path);
	dmaload_buffer_destroy(buffer);
	fake_check_balanced();
}

static void into_each_source(void **state)
{
	const struct fake_node *file = fake_add(FAKE_FILE, "/data/file", BYTES);
	struct fake_node *heap = fake_find("/dev/dma_heap/system");

	(void)state;
	heap->pfnmap = true;
	fake_add_udmabuf();
	expect_file(file, NULL, "system", DMALOAD_PATH_BOUNCE);
	expect_file(file, "heap:system", "system", DMALOAD_PATH_BOUNCE);
	expect_file(file, "udmabuf", "udmabuf", DMALOAD_PATH_DIRECT);
	expect_file(file, "memfd", "memfd", DMALOAD_PATH_DIRECT);
	heap->open_error = -EACCES;
	expect_file(file, NULL, "udmabuf", DMALOAD_PATH_DIRECT);
}

static void no_report_and_no_error(void **state)
{
	struct dmaload_buffer *buffer;

	(void)state;
	fake_add(FAKE_FILE, "/data/file", BYTES);
	assert_int_equal(dmaload_load_file(&buffer, "/data/file", NULL, NULL,
					   NULL, NULL), 0);
	dmaload_buffer_destroy(buffer);
	assert_int_equal(dmaload_load_file(&buffer, "/data/none", NULL, NULL,
					   NULL, NULL), -ENOENT);
}

static int stop(const struct dmaload_progress *progress, void *data)
{
	(void)progress;
	(void)data;
	return 1;
}

static void failures(void **state)
{
	struct dmaload_options options = DMALOAD_OPTIONS_INIT;
	struct fake_node *heap = fake_find("/dev/dma_heap/system");
	struct fake_node *file = fake_add(FAKE_FILE, "/data/file", BYTES);

	(void)state;
	fake_add(FAKE_FILE, "/data/empty", 0);
	fake_add(FAKE_PIPE, "/data/pipe", 1);
	fake_add(FAKE_DIR, "/data/dir", 0);
	expect_failure("/data/none", NULL, NULL, -ENOENT, "/data/none");
	expect_failure("/data/empty", NULL, NULL, -ENODATA, "/data/empty");
	expect_failure("/data/pipe", NULL, NULL, -ESPIPE, "/data/pipe");
	expect_failure("/data/dir", NULL, NULL, -EISDIR, "/data/dir");
	expect_failure("/data/file", "none", NULL, -ENODEV, "/dev/dma_heap/none");
	options.paths = 1u << DMALOAD_PATH_CACHED;
	expect_failure("/data/file", NULL, &options, -EINVAL, "paths");
	options.paths = DMALOAD_ALLOW_DIRECT;
	heap->pfnmap = true;
	expect_failure("/data/file", NULL, &options, -EOPNOTSUPP, "VM_PFNMAP");
	options.paths = 0;
	options.deadline_ns = 1;
	expect_failure("/data/file", NULL, &options, -ETIME, "");
	options.deadline_ns = 0;
	options.size = 0;
	expect_failure("/data/file", NULL, &options, -EINVAL, "dmaload_options");
	file->open_error = -EACCES;
	expect_failure("/data/file", NULL, NULL, -EACCES, "/data/file");
}

/* Events are refused before anything is opened or allocated. */
static void events_are_refused(void **state)
{
	struct dmaload_options options = DMALOAD_OPTIONS_INIT;
	struct dmaload_buffer *untouched = (void *)&refusal;
	struct dmaload_buffer *buffer = untouched;
	struct fake_node *heap = fake_find("/dev/dma_heap/system");
	struct dmaload_ctx *ctx;

	(void)state;
	fake_add(FAKE_FILE, "/data/file", BYTES);
	assert_int_equal(dmaload_ctx_create(&ctx, NULL, NULL), 0);
	assert_int_equal(dmaload_events_create(&options.events, ctx, NULL), 0);
	assert_int_equal(load(&buffer, "/data/file", NULL, &options), -EINVAL);
	check_says(refusal.message, "dmaload_submit()");
	assert_ptr_equal(buffer, untouched);
	assert_int_equal(heap->allocations, 0);
	dmaload_events_destroy(options.events);
	dmaload_ctx_destroy(ctx);
}

/* Stopped by the caller, with a part of the file in place: no buffer all the same. */
static void canceled(void **state)
{
	struct dmaload_options options = DMALOAD_OPTIONS_INIT;
	struct dmaload_buffer *untouched = (void *)&refusal;
	struct dmaload_buffer *buffer = untouched;

	(void)state;
	fake_add(FAKE_FILE, "/data/file", 20 << 20);
	options.progress = stop;
	assert_int_equal(load(&buffer, "/data/file", NULL, &options), -ECANCELED);
	assert_ptr_equal(buffer, untouched);
	assert_int_equal(report.bytes_total, 20 << 20);
	fake_check_balanced();
}

static void calls_without_a_context(void **state)
{
	struct dmaload_range range;
	enum dmaload_path path;
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ .pfnmap = true });
	dmaload_ctx_destroy(scene.ctx);
	scene.ctx = NULL;
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	scene_check_report(&scene);
	assert_int_equal(scene_verify(&scene), 0);
	scene_check_report(&scene);
	assert_int_equal(dmaload_probe(NULL, &scene.range, NULL, &path, NULL,
				       NULL), 0);
	assert_int_equal(path, DMALOAD_PATH_BOUNCE);
	range = scene.range;
	range.length = BYTES;
	assert_int_equal(dmaload_file_create(&range.file, "/data/stored", 1,
					     NULL), 0);
	assert_int_equal(dmaload_store(NULL, &range, 1, NULL, NULL, NULL), 0);
	assert_memory_equal(fake_find("/data/stored")->bytes, scene.node->bytes,
			    BYTES);
	dmaload_file_close(range.file);
	scene_drop(&scene);
	fake_check_balanced();
}

static void a_stream_without_a_context(void **state)
{
	struct fake_node *node = fake_add(FAKE_PIPE, "/data/pipe", 9000);
	struct dmaload_buffer *buffer;
	struct dmaload_file *stream;
	uint64_t length;
	int fd;

	(void)state;
	fd = fake_open(node, O_RDONLY);
	assert_int_equal(dmaload_file_from_stream(&stream, fd, NULL), 0);
	assert_int_equal(dmaload_load_stream(&buffer, &length, NULL, stream, NULL,
					     4096, 0, NULL, NULL, NULL), 0);
	assert_int_equal(length, 9000);
	assert_memory_equal(fake_node_of(dmaload_buffer_fd(buffer))->bytes,
			    node->bytes, length);
	dmaload_buffer_destroy(buffer);
	dmaload_file_close(stream);
	fake_close(fd);
	fake_check_balanced();
}

/* A call with a context of its own does not wait for the load that it is called from. But
 * it may not write to the same bytes. */
static int load_more(const struct dmaload_progress *progress, void *data)
{
	const struct scene *scene = data;
	struct dmaload_buffer *buffer;

	(void)progress;
	assert_int_equal(dmaload_load_file(&buffer, SCENE_PATH, "memfd", NULL,
					   NULL, NULL), 0);
	assert_memory_equal(fake_node_of(dmaload_buffer_fd(buffer))->bytes,
			    scene->node->bytes, BYTES);
	dmaload_buffer_destroy(buffer);
	assert_int_equal(dmaload_load(NULL, &scene->range, 1, NULL, NULL, NULL),
			 -EBUSY);
	return 0;
}

static void in_a_progress_function(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ .pfnmap = true });
	scene.options.progress = load_more;
	scene.options.progress_data = &scene;
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(into_each_source),
		SCENE_TEST(no_report_and_no_error),
		SCENE_TEST(failures),
		SCENE_TEST(events_are_refused),
		SCENE_TEST(canceled),
		SCENE_TEST(calls_without_a_context),
		SCENE_TEST(a_stream_without_a_context),
		SCENE_TEST(in_a_progress_function),
	};

	return cmocka_run_group_tests_name("load_file", tests, NULL, NULL);
}
