/* SPDX-License-Identifier: MIT */
#include "filesystem.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

struct subject subject;

void place_open(struct place_for *p, const char *heap)
{
	/* Small chunks, few at a time: a fallback that shows when the first one
	 * is there has to have most of the file before it. */
	const struct dmaload_config config = {
		.size = sizeof(config), .chunk_bytes = 256 << 10,
		.queue_depth = 2, .engine = subject.engine,
		.syscalls = subject.calls,
	};

	*p = (struct place_for){ .report.size = sizeof(p->report) };
	assert_int_equal(dmaload_ctx_create(&p->ctx, &config, NULL), 0);
	if (dmaload_file_open(&p->file, subject.path, &p->err) < 0 ||
	    dmaload_buffer_create(&p->buffer, heap, subject.length, &p->err) < 0)
		fail_msg("%s", p->err.message);
}

void place_close(struct place_for *p)
{
	dmaload_buffer_destroy(p->buffer);
	dmaload_file_close(p->file);
	dmaload_ctx_destroy(p->ctx);
}

static void fill(struct place_for *p, int byte)
{
	assert_int_equal(dmaload_buffer_begin(p->buffer, DMALOAD_ACCESS_WRITE,
					      NULL), 0);
	memset(dmaload_buffer_map(p->buffer), byte,
	       dmaload_buffer_size(p->buffer));
	assert_int_equal(dmaload_buffer_end(p->buffer, DMALOAD_ACCESS_WRITE,
					    NULL), 0);
}

void check_engine(const struct dmaload_report *report)
{
	if (report->reads - report->retries == 1 &&
	    report->engine == DMALOAD_ENGINE_AUTO)
		return;
	if (report->bytes_direct + report->bytes_bounced > 0 &&
	    subject.calls == DMALOAD_SYSCALLS_AUTO)
		assert_int_equal(report->engine, subject.engine);
}

int load_beside(struct place_for *p, uint32_t paths, enum dmaload_cache cache)
{
	const struct dmaload_options options = { .size = sizeof(options),
						 .paths = paths,
						 .cache = cache };
	const struct dmaload_range range = {
		.file = p->file, .buffer = p->buffer, .length = subject.length,
	};
	int r;

	fill(p, GUARD);
	r = dmaload_load(p->ctx, &range, 1, &options, &p->report, &p->err);
	check_engine(&p->report);
	return r;
}

int load(struct place_for *p, uint32_t paths)
{
	drop_cache(subject.path);
	return load_beside(p, paths, DMALOAD_CACHE_AUTO);
}

void check_bytes(struct place_for *p, const char *what)
{
	const unsigned char *map = dmaload_buffer_map(p->buffer);
	uint64_t i;

	assert_int_equal(dmaload_buffer_begin(p->buffer, DMALOAD_ACCESS_READ,
					      NULL), 0);
	for (i = 0; i < subject.length && map[i] == subject.reference[i]; i++)
		;
	if (i < subject.length)
		fail_msg("%s, %s: byte %" PRIu64 " differs", subject.name, what,
			 i);
	for (; i < dmaload_buffer_size(p->buffer); i++)
		assert_int_equal(map[i], GUARD);
	assert_int_equal(dmaload_buffer_end(p->buffer, DMALOAD_ACCESS_READ,
					    NULL), 0);
}

void note_residue(const struct place_for *p)
{
	const uint64_t residue = p->report.cache_residue_bytes;

	assert_int_not_equal(residue, DMALOAD_UNKNOWN);
	if (residue > subject.row.residue)
		subject.row.residue = residue;
}

bool can_be_mapped(void)
{
	int fd = open(subject.path, O_RDONLY | O_CLOEXEC);
	void *map = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);

	assert_true(fd >= 0);
	close(fd);
	if (map != MAP_FAILED)
		munmap(map, 1);
	return map != MAP_FAILED;
}

void check_residue(const struct place_for *p)
{
	const uint64_t residue = p->report.cache_residue_bytes;

	if (!can_be_mapped())
		return;
	assert_int_equal(cached_bytes(subject.path),
			 p->report.cache_before_bytes + residue);
}

bool on_tmpfs(void)
{
	struct statfs st;

	assert_int_equal(statfs(subject.path, &st), 0);
	return st.f_type == TMPFS_MAGIC;
}

bool read_reference(const char *from)
{
	uint64_t size;
	FILE *file = fopen(from, "rbe");
	struct stat st;
	bool ok;

	if (!file || fstat(fileno(file), &st) < 0)
		return false;
	size = (uint64_t)st.st_size;
	subject.length = size;
	subject.reference = malloc(size);
	ok = subject.reference && fread(subject.reference, 1, size, file) == size;
	fclose(file);
	return ok;
}

bool same_row(const struct row *other)
{
	const struct row *row = &subject.row;

	return strcmp(row->loaded[0], other->loaded[0]) == 0 &&
	       strcmp(row->loaded[1], other->loaded[1]) == 0 &&
	       strcmp(row->stored[0], other->stored[0]) == 0 &&
	       strcmp(row->stored[1], other->stored[1]) == 0 &&
	       strcmp(row->reason, other->reason) == 0 &&
	       row->residue == other->residue;
}

void print_row(void)
{
	const struct row *row = &subject.row;
	char residue[32] = "none";

	if (row->residue)
		snprintf(residue, sizeof(residue), "%" PRIu64 " bytes",
			 row->residue);
	if (on_tmpfs())
		strcpy(residue, "the file itself");
	printf("| %s | %s | %s | %s | %s | %s | %s |\n", subject.name,
	       row->loaded[0], row->loaded[1], row->stored[0], row->stored[1],
	       residue, row->reason[0] ? row->reason : "-");
}
