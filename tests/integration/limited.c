/* SPDX-License-Identifier: MIT */
#include "limited.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "pattern.h"

struct dmaload_memory limited_query(void)
{
	struct dmaload_memory memory = { .size = sizeof(memory) };
	struct dmaload_error err;

	CHECK(dmaload_memory_query(&memory, &err) == 0, "%s", err.message);
	return memory;
}

struct dmaload_buffer *limited_create(uint64_t size)
{
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	int r = dmaload_buffer_create(&buffer, place.source, size, &err);

	CHECK(r == 0, "%" PRIu64 " bytes: %s", size, err.message);
	return buffer;
}

void limited_refuse(uint64_t size, const char *limit, const char *folder)
{
	struct dmaload_buffer *buffer = UNTOUCHED;
	struct dmaload_error err = { .code = 0 };
	int r = dmaload_buffer_create(&buffer, place.source, size, &err);

	CHECK(r == -ENOMEM && err.code == r, "%d", r);
	CHECK(buffer == UNTOUCHED, "the buffer was set");
	CHECK(strstr(err.message, limit), "%s", err.message);
	CHECK(strstr(err.message, folder), "%s", err.message);
}

void limited_load_by(struct dmaload_ctx *ctx, struct dmaload_buffer *buffer,
		    uint64_t size, uint32_t paths,
		    struct dmaload_report *report)
{
	struct dmaload_options options = {
		.size = sizeof(options), .paths = paths,
	};
	struct dmaload_range range = { .buffer = buffer, .length = size };
	struct dmaload_error err;
	size_t same;

	report->size = sizeof(*report);
	CHECK(dmaload_file_open(&range.file, pattern_path(size), &err) == 0,
	      "%s", err.message);
	CHECK(dmaload_load(ctx, &range, 1, &options, report, &err) == 0, "%s",
	      err.message);
	CHECK(dmaload_buffer_begin(buffer, DMALOAD_ACCESS_READ, &err) == 0, "%s",
	      err.message);
	same = pattern_differs(dmaload_buffer_map(buffer), size, 0);
	CHECK(same == size, "byte %zu differs", same);
	dmaload_buffer_end(buffer, DMALOAD_ACCESS_READ, NULL);
	dmaload_file_close(range.file);
}

struct dmaload_ctx *limited_context(void)
{
	const struct dmaload_config config = {
		.size = sizeof(config), .engine = place.engine,
	};
	struct dmaload_ctx *ctx;

	CHECK(dmaload_ctx_create(&ctx, &config, NULL) == 0, "context");
	return ctx;
}

void limited_load(struct dmaload_buffer *buffer)
{
	struct dmaload_ctx *ctx = limited_context();
	struct dmaload_report report;

	limited_load_by(ctx, buffer, SMALL, 0, &report);
	dmaload_ctx_destroy(ctx);
	dmaload_buffer_destroy(buffer);
}

void limited_need_groups(void)
{
	if (groups_version == 0) {
		print_message("cgroups cannot be made: %s\n", groups_reason);
		skip();
	}
}

void limited_run(uint64_t limit, void (*what)(const struct group *))
{
	struct group group;
	bool ran;

	limited_need_groups();
	group_make(&group, NULL, "one");
	group_limit(&group, limit);
	ran = group_run(&group, what);
	group_remove(&group);
	if (!ran)
		skip();
}
