/* SPDX-License-Identifier: MIT */
/* A file, a buffer and a context on the fake kernel, and what is to come of it. */
#ifndef SCENE_H
#define SCENE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <dmaload.h>

#include "fake.h"

/* No terminal is to see this as it is; and how it is shown. */
#define SCENE_PATH "/data/\033[2Jmo\xff\xc2\x9b\u00e9\u202e.bin"
#define SCENE_FILE "/data/?[2Jmo??\u00e9?.bin"

/* Zero in a member means the default that stands behind it. */
struct scene_setup {
	/* "system"; or "memfd", "udmabuf", or "foreign" for somebody else's dma-buf. */
	const char *source;
	/* 100000, so that the last block is not a whole one. */
	uint64_t file_size;
	/* 128 KiB. */
	uint64_t buffer_size;
	/* 512, of direct I/O. */
	uint32_t block;
	/* 8192 and 4. */
	uint32_t chunk;
	uint32_t depth;
	enum dmaload_engine engine;
	enum dmaload_syscalls syscalls;
	/* The buffer's mapping is VM_PFNMAP. */
	bool pfnmap;
};

struct scene {
	struct fake_node *node;
	struct fake_node *memory;
	struct dmaload_file *file;
	struct dmaload_buffer *buffer;
	struct dmaload_ctx *ctx;
	struct dmaload_range range;
	struct dmaload_options options;
	struct dmaload_report report;
	struct dmaload_error err;
	/* The caller's fd of a foreign buffer. */
	int foreign;
	/* A byte of the file that is another in the buffer that is verified,
	 * plus one; 0: none. */
	uint64_t spoilt;
};

/* All of it must succeed; the range is the whole file. */
void scene_make(struct scene *scene, const struct scene_setup *setup);
/* Make a buffer of setup's source and buffer_size whose thread has not run yet;
 * and the rest. */
void scene_make_early(struct scene *scene, const struct scene_setup *setup);
/* Where calls may fail: the first failure; what was made stays. */
int scene_try(struct scene *scene, const struct scene_setup *setup);
void scene_drop(struct scene *scene);

/* Fill the buffer with what no load brings, and load. */
int scene_load(struct scene *scene);
/* Fill the buffer with what the file has, and verify. */
int scene_verify(struct scene *scene);
/* Check that the device sees the file's bytes in the range, and ours
 * elsewhere. */
void scene_check_bytes(const struct scene *scene);
/* Bytes outside of the range are as they were. */
void scene_check_outside(const struct scene *scene);
/* The report's figures add up to a complete load. */
void scene_check_report(const struct scene *scene);

/* Why a path was declined; NULL: it was not. */
void scene_check_reason(const struct scene *scene, enum dmaload_path path,
			const char *part);

/* Load a range with ends that are no whole blocks: by one path, checking what
 * must hold whatever it returns; or by any, and it must succeed. */
int scene_load_by(struct scene *scene, enum dmaload_path path);
void scene_load_all(struct scene *scene);

/* A load, or anything else, has failed as it should, and says why. */
void scene_check_failure(const struct scene *scene, int r, int code,
			 const char *message);

void scene_set_range(struct scene *scene, uint64_t file_offset,
		     uint64_t buffer_offset, uint64_t length);
/* The length of the range, resolved. */
uint64_t scene_length(const struct scene *scene);

/* All of a test program's tests, each on a kernel of its own. */
#define SCENE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

#endif
