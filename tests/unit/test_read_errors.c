/* SPDX-License-Identifier: MIT */
/* Reads that are short, late or failed, and loads that are canceled. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "rows.h"

static const struct scene_setup pinnable = { 0 };

#define DIRECT DMALOAD_PATH_DIRECT
#define BOUNCE DMALOAD_PATH_BOUNCE
#define BUFFERED DMALOAD_PATH_BUFFERED

#define EITHER_PATH(text, ...) \
	{ "direct: " text, DIRECT, __VA_ARGS__ }, \
	{ "bounce: " text, BOUNCE, __VA_ARGS__ }
#define EACH_PATH(text, ...) \
	EITHER_PATH(text, __VA_ARGS__), \
	{ "buffered: " text, BUFFERED, __VA_ARGS__ }
#define AT(offset) "cannot read " SCENE_FILE " at offset " offset ":"

static const struct row {
	const char *name;
	enum dmaload_path path;
	/* Reads that fail, of the ring and other ones. The last is zero. */
	struct read_failure { unsigned first, times; int code; } fails[3];
	size_t read_most;
	uint64_t retries_min, retries_max;
	/* 0: the load succeeds. */
	int code;
	const char *message;
} rows[] = {
	{ "buffered: short reads go on", BUFFERED, .read_most = 999,
	  .retries_min = 80, .retries_max = UINT64_MAX },
	EACH_PATH("interrupted reads are repeated", { { 1, 3, -EINTR }, { 8, 2, -EAGAIN } },
		  .retries_min = 5, .retries_max = 5),
	EACH_PATH("endless repetition ends", { { 5, 0, -EAGAIN } },
		  .code = -EIO, .message = SCENE_FILE),
	/* The second read begins at the first whole block. */
	{ "direct: a disk error names the place", DIRECT, { { 2, 1, -EIO } },
	  .code = -EIO, .message = AT("1024") },
	/* The second read begins at the boundary of a chunk. */
	{ "bounce: a disk error names the place", BOUNCE, { { 2, 1, -EIO } },
	  .code = -EIO, .message = AT("8192") },
	{ "buffered: a disk error names the place", BUFFERED, { { 3, 1, -EIO } },
	  .code = -EIO, .message = AT("16384") },
};

static void load_by_one_path(void **state)
{
	const struct row *row = *state;
	const struct read_failure *fail;
	struct scene scene;
	int r;

	scene_make(&scene, &pinnable);
	fake.read_most = row->read_most;
	for (fail = row->fails; fail->first > 0; fail++) {
		fake_fail_calls(FAKE_READ, fail->first, fail->times, fail->code);
		fake_fail_calls(FAKE_READ_AT, fail->first, fail->times,
				fail->code);
	}
	r = scene_load_by(&scene, row->path);
	if (row->code == 0) {
		assert_in_range(scene.report.retries, row->retries_min,
				row->retries_max);
	} else {
		scene_check_failure(&scene, r, row->code, row->message);
		assert_int_equal(scene.report.bytes_total, 90000);
		assert_int_equal(scene.report.bytes_buffered > 0,
				 row->path == BUFFERED);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		/* The next load succeeds. */
		fake_fail_nothing();
		r = scene_load_by(&scene, row->path);
	}
	assert_int_equal(r, 0);
	scene_check_report(&scene);
	scene_drop(&scene);
}

/* The first failure is the one that is reported. */
static const struct first {
	const char *name;
	int read_code;
	bool cancels;
	int sync_code;
	int code;
	const char *message;
} firsts[] = {
	{ "canceled while a path declines", -EFAULT, true, 0, -ECANCELED, "canceled" },
	{ "canceled after a disk error", -EIO, true, 0, -EIO, "cannot read" },
	{ "a bracket fails after a disk error", -EIO, false, -ENOMEM, -EIO, "cannot read" },
};

struct stop {
	unsigned after;
	unsigned calls;
};

/* Cancel once only: a request that is missed then is lost. */
static int cancel(const struct dmaload_progress *progress, void *data)
{
	struct stop *stop = data;

	assert_true(progress->bytes_done <= progress->bytes_total);
	return ++stop->calls == stop->after;
}

static void first_failure_is_reported(void **state)
{
	const struct first *row = *state;
	struct stop stop = { .after = 1 };
	struct scene scene;

	scene_make(&scene, &pinnable);
	scene.options.progress = row->cancels ? cancel : NULL;
	scene.options.progress_data = &stop;
	fake_fail_calls(FAKE_READ, 1, 1, row->read_code);
	if (row->sync_code)
		fake_fail_calls(FAKE_SYNC, 2, 1, row->sync_code);
	scene_check_failure(&scene, scene_load(&scene), row->code, row->message);
	scene_drop(&scene);
}

static void short_reads(struct scene *scene, enum dmaload_path path)
{
	static const int lengths[] = { 512, 513, 1024, 4000 };
	unsigned i;

	for (i = 0; i < 32; i++) {
		fake_fail_nothing();
		fake_fail_calls(FAKE_READ, 2 + i % 8, 3, lengths[i / 8]);
		fake.order = (enum fake_order)(i % 8 % 3);
		assert_int_equal(scene_load_by(scene, path), 0);
		scene_check_report(scene);
		assert_true(scene->report.retries >= 1);
	}
}

/* Progress counts, however slow: it is no repetition. */
static void very_short_reads(struct scene *scene, enum dmaload_path path)
{
	fake_fail_calls(FAKE_READ, 1, 0, 512);
	fake.read_most = 400;
	scene->options.paths = 1u << path;
	assert_int_equal(scene_load(scene), 0);
	scene_check_bytes(scene);
	assert_true(scene->report.retries > 2000);
}

/* All other reads are waited for. */
static void disk_errors(struct scene *scene, enum dmaload_path path)
{
	unsigned n;

	for (n = 1; n < 24; n++) {
		fake_fail_nothing();
		fake_fail_calls(FAKE_READ, 1 + n / 2, 1, -EIO);
		fake.order = (enum fake_order)(n % 3);
		fake.batch = 1 + n % 4;
		scene_check_failure(scene, scene_load_by(scene, path), -EIO,
				    SCENE_FILE);
	}
}

static void shrinking_file(struct scene *scene, enum dmaload_path path)
{
	unsigned n;

	for (n = 0; n < 8; n++) {
		scene_drop(scene);
		fake_reset();
		scene_make(scene, &pinnable);
		scene->node->shrink_after = 1 + n / 2;
		scene->node->shrunk_size = n & 1 ? 60000 : 61440;
		scene_check_failure(scene, scene_load_by(scene, path), -ENODATA,
				    "had 100000 bytes when it was opened");
		check_says(scene->err.message, SCENE_FILE);
	}
}

static void canceled_load(struct scene *scene, enum dmaload_path path)
{
	static struct stop stop;
	unsigned n;

	scene->options.progress = cancel;
	scene->options.progress_data = &stop;
	for (n = 0; n < 30; n++) {
		stop = (struct stop){ .after = 1 + n / 3 };
		fake.order = (enum fake_order)(n % 3);
		scene_check_failure(scene, scene_load_by(scene, path),
				    -ECANCELED, "canceled after");
		assert_true(scene->report.bytes_direct + scene->report.
			    bytes_bounced + scene->report.bytes_buffered < 90000);
		assert_int_equal(scene->report.cache_residue_bytes, 0);
	}
}

static const struct scene_setup large = {
	.source = "foreign", .file_size = 1 << 20, .buffer_size = 1 << 20,
	.chunk = 1 << 19,
};

static const struct sweep {
	const char *name;
	enum dmaload_path path;
	const struct scene_setup *setup;
	void (*run)(struct scene *scene, enum dmaload_path path);
} sweeps[] = {
	EITHER_PATH("short reads anywhere go on", &pinnable, short_reads),
	EACH_PATH("very short reads go on", &large, very_short_reads),
	EITHER_PATH("disk errors in any order", &pinnable, disk_errors),
	EACH_PATH("a file shrinks", &pinnable, shrinking_file),
	EACH_PATH("a load is canceled", &pinnable, canceled_load),
};

static void many_loads(void **state)
{
	const struct sweep *row = *state;
	struct scene scene;

	scene_make(&scene, row->setup);
	row->run(&scene, row->path);
	scene_drop(&scene);
}

int main(void)
{
	return ROWS_RUN("read_errors: one read", load_by_one_path, rows) +
	       ROWS_RUN("read_errors: first", first_failure_is_reported, firsts) +
	       ROWS_RUN("read_errors: any read", many_loads, sweeps);
}
