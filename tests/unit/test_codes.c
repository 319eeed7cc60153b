/* SPDX-License-Identifier: MIT */
/* A code means one thing: whatever a file system or a driver fails with, it is never
 * taken for what the library itself has to say. */
#include <errno.h>
#include <string.h>

#include "scene.h"
#include "stored.h"

struct code {
	int code;
	const char *name;
};

#define CODE(name) { -(name), #name }

/* Codes that the headers give a meaning of its own. */
static const struct code reserved[] = {
	CODE(EAGAIN), CODE(EBADF), CODE(EBADMSG), CODE(EBUSY), CODE(ECANCELED),
	CODE(ECHILD), CODE(EDEADLK), CODE(EINPROGRESS), CODE(EINVAL),
	CODE(ENODATA), CODE(EOPNOTSUPP), CODE(EOVERFLOW), CODE(ERANGE),
	CODE(ESPIPE), CODE(ETIME),
};

/* And some that have none. */
static const struct code others[] = {
	CODE(EIO), CODE(ETIMEDOUT), CODE(ESTALE), CODE(ENXIO), CODE(EUCLEAN),
	CODE(EPERM), CODE(ENOSPC), CODE(EFBIG), CODE(EDQUOT), CODE(EROFS),
	CODE(E2BIG), CODE(ENODEV), CODE(EFAULT), CODE(ENOMEM),
};

#define RESERVED (sizeof(reserved) / sizeof(reserved[0]))
#define CODES (RESERVED + sizeof(others) / sizeof(others[0]))

static const struct code *code_at(size_t i)
{
	return i < RESERVED ? &reserved[i] : &others[i - RESERVED];
}

static const char *name_of(int code)
{
	size_t i;

	for (i = 0; i < CODES; i++)
		if (code_at(i)->code == code)
			return code_at(i)->name;
	return "a code without a name in this test";
}

static bool is_reserved(int code)
{
	size_t i;

	for (i = 0; i < RESERVED; i++)
		if (reserved[i].code == code)
			return true;
	return false;
}

/* The code that the kernel gave is named, and the one that is returned is no lie. */
static void check(const char *what, int given, int r,
		  const struct dmaload_error *err)
{
	if (r == 0)
		return;
	if (r != err->code)
		fail_msg("%s, %s: %d is returned, and err says %d", what,
			 name_of(given), r, err->code);
	if (is_reserved(r))
		fail_msg("%s, %s: %s is returned: %s", what, name_of(given),
			 name_of(r), err->message);
	if (r != given && r != -EIO)
		fail_msg("%s, %s: %s is returned", what, name_of(given),
			 name_of(r));
	if (!strstr(err->message, name_of(given)))
		fail_msg("%s, %s: not named in \"%s\"", what, name_of(given),
			 err->message);
}

static void make(struct scene *scene, const char *kind, uint32_t path)
{
	scene_make_empty(scene, 0, 0);
	scene_add_file(scene, 100000, 0);
	scene_add_buffer(scene, kind, 128 << 10);
	scene->options.paths = path;
}

static void run(const char *what, enum fake_call call, const char *kind,
		enum dmaload_operation operation, uint32_t path, uint32_t flags)
{
	struct dmaload_range range;
	struct scene scene;
	size_t i;
	int code, r;

	for (i = 0; i < CODES; i++) {
		code = code_at(i)->code;
		/* The kernel waits for fences, for ever if need be. */
		if (call == FAKE_SYNC && code == -EAGAIN)
			continue;
		make(&scene, kind, path);
		scene.options.flags = flags;
		range = scene_range(&scene, 0, 700, 0, 700, 60000);
		if (operation == DMALOAD_VERIFY)
			scene_expect_load(&scene, &range, 1);
		scene_prepare(&scene);
		fake_fail_calls(call, 2, 0, code);
		r = operation == DMALOAD_LOAD ?
		    dmaload_load(scene.ctx, &range, 1, &scene.options, NULL,
				 &scene.err) :
		    operation == DMALOAD_STORE ?
		    dmaload_store(scene.ctx, &range, 1, &scene.options, NULL,
				  &scene.err) :
		    dmaload_verify(scene.ctx, &range, 1, &scene.options, NULL,
				   &scene.err);
		fake_fail_nothing();
		check(what, code, r, &scene.err);
		scene_drop(&scene);
		fake_reset();
	}
}

#define BIT(path) DMALOAD_ALLOW_ ## path
#define WITH_BUFFERED(path) (BIT(path) | BIT(BUFFERED))

static void loads(void **state)
{
	(void)state;
	run("buffered", FAKE_READ_AT, "pfnmap", DMALOAD_LOAD, BIT(BUFFERED), 0);
	run("bounce", FAKE_READ, "pfnmap", DMALOAD_LOAD, WITH_BUFFERED(BOUNCE),
	    0);
	run("direct", FAKE_READ, "memfd", DMALOAD_LOAD, WITH_BUFFERED(DIRECT),
	    0);
	run("SYNC", FAKE_SYNC, "pfnmap", DMALOAD_LOAD, BIT(BOUNCE), 0);
}

static void verifications(void **state)
{
	(void)state;
	run("buffered", FAKE_READ_AT, "memfd", DMALOAD_VERIFY, BIT(BUFFERED), 0);
	run("bounce", FAKE_READ, "memfd", DMALOAD_VERIFY, WITH_BUFFERED(BOUNCE),
	    0);
}

static void stores(void **state)
{
	(void)state;
	run("buffered", FAKE_WRITE_AT, "memfd", DMALOAD_STORE, BIT(BUFFERED), 0);
	run("direct", FAKE_READ, "memfd", DMALOAD_STORE, WITH_BUFFERED(DIRECT),
	    0);
	run("write back", FAKE_WRITE_BACK, "memfd", DMALOAD_STORE, BIT(BUFFERED),
	    0);
	run("fsync", FAKE_FSYNC, "memfd", DMALOAD_STORE, BIT(BUFFERED),
	    DMALOAD_DURABLE);
}

/* The end of a stream is a success, and an error is not, whatever it is called. */
static void streams(void **state)
{
	struct dmaload_buffer *buffer = NULL;
	struct dmaload_range range;
	struct scene scene;
	uint64_t length;
	size_t i;
	int code, r;

	(void)state;
	for (i = 0; i < CODES; i++) {
		code = code_at(i)->code;
		/* Nothing has come yet. */
		if (code == -EAGAIN)
			continue;
		scene_make_empty(&scene, 0, 0);
		scene_add_stream(&scene, FAKE_PIPE, 30000);
		scene.nodes[0]->comes_most = 3000;
		scene_add_buffer(&scene, "memfd", 40000);
		range = scene_range(&scene, 0, 0, 0, 0, DMALOAD_TO_END);
		scene_prepare(&scene);
		fake_fail_calls(FAKE_READ_STREAM, 3, 0, code);
		r = dmaload_load(scene.ctx, &range, 1, NULL, NULL, &scene.err);
		assert_int_not_equal(r, 0);
		check("stream", code, r, &scene.err);
		scene_prepare(&scene);
		fake_fail_calls(FAKE_READ_STREAM,
				fake_count(FAKE_READ_STREAM) + 2, 0, code);
		r = dmaload_load_stream(&buffer, &length, scene.ctx,
					scene.files[0], "memfd", 0, 0, NULL,
					NULL, &scene.err);
		assert_int_not_equal(r, 0);
		check("stream that grows", code, r, &scene.err);
		assert_null(buffer);
		fake_fail_nothing();
		scene_drop(&scene);
		fake_reset();
	}
}

static void opening(void **state)
{
	struct dmaload_error err;
	struct dmaload_file *file;
	int r;

	(void)state;
	fake_add(FAKE_FILE, "/f", 100);
	fake_fail_calls(FAKE_OPEN, 1, 1, -ENODATA);
	r = dmaload_file_open(&file, "/f", &err);
	assert_int_equal(r, -EIO);
	check("open", -ENODATA, r, &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(loads),
		SCENE_TEST(verifications),
		SCENE_TEST(stores),
		SCENE_TEST(streams),
		SCENE_TEST(opening),
	};

	return cmocka_run_group_tests_name("codes", tests, NULL, NULL);
}
