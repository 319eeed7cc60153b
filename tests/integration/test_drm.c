/* SPDX-License-Identifier: MIT */
/*
 * Loads into buffers of a DRM driver, and loaded buffers in it. The driver's own
 * view of the bytes is a dumb buffer's mapping on the card's node.
 */
#include "drm_drivers.h"
#include "drm_support.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A kit whose buffer is the driver's. */
static void kit_on_card(struct kit *kit, uint64_t file_size, uint64_t size)
{
	struct dmaload_buffer *buffer;

	kit_open(kit, file_size, 4096);
	expect_ok(dmaload_drm_buffer_create(&buffer, card, size, &kit->err),
		  &kit->err);
	dmaload_buffer_destroy(swap_in(kit, buffer));
}

static void load_and_look(uint64_t size)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t whole = (size + page - 1) & ~(page - 1);
	int other = open_node(CARD);
	uint32_t handle;
	struct kit kit;

	kit_on_card(&kit, size, size);
	assert_string_equal(dmaload_buffer_source(kit.buffer), "foreign");
	assert_int_equal(dmaload_buffer_size(kit.buffer), whole);

	expect_ok(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), &kit.err);
	kit_check(&kit, 0, 0, size);
	expect_ok(dmaload_drm_import(other, kit.buffer, &handle, &kit.err),
		  &kit.err);
	check_by_driver(other, handle, whole, size);
	expect_ok(dmaload_drm_handle_close(other, handle, &kit.err), &kit.err);
	kit_close(&kit);
	close(other);
}

static void test_create(void **state)
{
	const uint32_t first = next_handle();
	const int fds = open_fds();

	(void)state;
	load_and_look(1);
	load_and_look(4095);
	load_and_look(4096);
	load_and_look(4097);
	load_and_look(1048577);
	load_and_look(place.large);
	assert_int_equal(open_fds(), fds);
	assert_int_equal(next_handle(), first);
}

static void test_zeroed(void **state)
{
	const uint64_t size = 65536;
	struct dmaload_buffer *buffer;
	const unsigned char *map;
	struct dmaload_error err;
	uint64_t i;

	(void)state;
	expect_ok(dmaload_drm_buffer_create(&buffer, card, size, &err), &err);
	map = dmaload_buffer_map(buffer);
	for (i = 0; i < size; i++)
		assert_int_equal(map[i], 0);
	dmaload_buffer_destroy(buffer);
}

/* The mapping of vgem's shared memory is VM_PFNMAP, though the pages are
 * ordinary: what cannot be pinned is not read into. */
static void test_paths(void **state)
{
	struct kit kit;
	const char *reason;

	(void)state;
	kit_on_card(&kit, 1048577, 2097152);
	expect_ok(kit_load(&kit, 0, 4096, DMALOAD_TO_END, 0), &kit.err);
	assert_int_equal(dmaload_report_path(&kit.report), DMALOAD_PATH_BOUNCE);
	assert_int_equal(kit.report.bytes_bounced, 1048577);
	reason = kit.report.declined[DMALOAD_PATH_DIRECT];
	if (!strstr(reason, "cannot be pinned"))
		fail_msg("\"%s\" does not say that it cannot be pinned", reason);
	kit_check(&kit, 0, 4096, 1048577);

	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END,
				  DMALOAD_ALLOW_DIRECT),
			 -EOPNOTSUPP);

	kit_guard(&kit);
	expect_ok(kit_load(&kit, 3, 77, 1000000,
			   DMALOAD_ALLOW_BUFFERED), &kit.err);
	assert_int_equal(kit.report.bytes_buffered, 1000000);
	kit_check(&kit, 3, 77, 1000000);
	kit_close(&kit);
}

/* Neither the card's fd nor a handle is needed any more. */
static void test_outlives_node(void **state)
{
	struct dmaload_buffer *buffer;
	int own = open_node(CARD);
	struct kit kit;

	(void)state;
	kit_open(&kit, 4097, 4096);
	expect_ok(dmaload_drm_buffer_create(&buffer, own, 8192, &kit.err),
		  &kit.err);
	close(own);
	kit.fds--;
	dmaload_buffer_destroy(swap_in(&kit, buffer));
	expect_ok(kit_load(&kit, 0, 1, DMALOAD_TO_END, 0), &kit.err);
	kit_check(&kit, 0, 1, 4097);
	kit_close(&kit);
}

static ino_t inode(const struct dmaload_buffer *buffer)
{
	struct stat st;

	assert_int_equal(fstat(dmaload_buffer_fd(buffer), &st), 0);
	return st.st_ino;
}

/* There and back: the same dma-buf, kept by the handle alone meanwhile. */
static void test_import_and_back(void **state)
{
	const uint32_t first = next_handle();
	struct dmaload_buffer *back;
	uint32_t handle, again;
	struct kit kit;
	ino_t was;

	(void)state;
	kit_open(&kit, 1048577, 1048577);
	expect_ok(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), &kit.err);
	expect_ok(dmaload_drm_import(card, kit.buffer, &handle, &kit.err),
		  &kit.err);
	assert_int_not_equal(handle, 0);
	expect_ok(dmaload_drm_import(card, kit.buffer, &again, &kit.err),
		  &kit.err);
	assert_int_equal(again, handle);

	was = inode(kit.buffer);
	dmaload_buffer_destroy(kit.buffer);
	kit.buffer = NULL;
	expect_ok(dmaload_drm_buffer_from_handle(&back, card, handle, &kit.err),
		  &kit.err);
	kit.buffer = back;
	assert_true(inode(back) == was);
	kit_check(&kit, 0, 0, 1048577);

	/* One close, though it was imported twice. */
	expect_ok(dmaload_drm_handle_close(card, handle, &kit.err), &kit.err);
	expect_refusal(dmaload_drm_handle_close(card, again, &kit.err), -EINVAL,
		       &kit.err, "(vgem) cannot close GEM handle");
	assert_int_equal(next_handle(), first);

	kit_guard(&kit);
	expect_ok(kit_load(&kit, 0, 3, 4096, 0), &kit.err);
	kit_check(&kit, 0, 3, 4096);
	kit_close(&kit);
}

/* A load while a device has the buffer mapped: SYNC then has something to do. */
static void test_load_after_import(void **state)
{
	struct dmaload_buffer *back;
	uint32_t handle;
	struct kit kit;

	(void)state;
	kit_open(&kit, 1048577, 1052672);
	expect_ok(dmaload_drm_import(card, kit.buffer, &handle, &kit.err),
		  &kit.err);
	expect_ok(kit_load(&kit, 0, 4000, DMALOAD_TO_END, 0), &kit.err);
	expect_ok(dmaload_drm_buffer_from_handle(&back, card, handle, &kit.err),
		  &kit.err);
	dmaload_buffer_destroy(kit.buffer);
	kit.buffer = back;
	kit_check(&kit, 0, 4000, 1048577);
	expect_ok(dmaload_drm_handle_close(card, handle, &kit.err), &kit.err);
	kit_close(&kit);
}

/* It imports and exports as a card does. */
static void test_render_node(void **state)
{
	int render = open_node(RENDER);
	struct dmaload_buffer *back;
	uint32_t handle;
	struct kit kit;

	(void)state;
	kit_open(&kit, 1048577, 1048577);
	expect_ok(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), &kit.err);
	expect_ok(dmaload_drm_import(render, kit.buffer, &handle, &kit.err),
		  &kit.err);
	expect_ok(dmaload_drm_buffer_from_handle(&back, render, handle,
						 &kit.err), &kit.err);
	expect_ok(dmaload_drm_handle_close(render, handle, &kit.err), &kit.err);
	dmaload_buffer_destroy(kit.buffer);
	kit.buffer = back;
	kit_check(&kit, 0, 0, 1048577);
	kit_close(&kit);
	close(render);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_zeroed),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_outlives_node),
		cmocka_unit_test(test_import_and_back),
		cmocka_unit_test(test_load_after_import),
		cmocka_unit_test(test_render_node),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("drm", tests, open_vgem, close_vgem) +
	       drm_drivers();
}
