/* SPDX-License-Identifier: MIT */
/* Files, buffers and a context on the fake kernel, and checks of what a load
 * brings. Most tests need one of each. */
#ifndef SCENE_H
#define SCENE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <dmaload.h>

#include "fake.h"

#define SCENE_MAX 8

/* The path of scene_make()'s file, unfit for a terminal, and how it is shown. */
#define SCENE_PATH "/data/\033[2Jmo\xff\xc2\x9b\u00e9\u202e.bin"
#define SCENE_FILE "/data/?[2Jmo??\u00e9?.bin"

/* A member that is zero means the default in its comment. */
struct scene_setup {
	/* "heap"; a kind of scene_add_buffer(). */
	const char *source;
	/* 100000, so that the last block is not a whole one. */
	uint64_t file_size;
	/* 128 KiB. */
	uint64_t buffer_size;
	/* 512; the alignment of direct I/O. */
	uint32_t block;
	/* 8192 and 4. */
	uint32_t chunk;
	uint32_t depth;
	enum dmaload_engine engine;
	enum dmaload_syscalls syscalls;
	/* The buffer's mapping is VM_PFNMAP. */
	bool pfnmap;
};

/* The first of several has a name of its own. */
struct scene {
	struct dmaload_ctx *ctx;
	union {
		struct fake_node *node, *nodes[SCENE_MAX];
	};
	union {
		struct dmaload_file *file, *files[SCENE_MAX];
	};
	unsigned n_files;
	union {
		struct dmaload_buffer *buffer, *buffers[SCENE_MAX];
	};
	/* A device's view of a buffer; NULL for the caller's own memory. */
	union {
		struct fake_node *memory, *memories[SCENE_MAX];
	};
	/* The bytes of either. */
	unsigned char *views[SCENE_MAX];
	unsigned n_buffers;
	/* The caller's fds of streams and foreign buffers. */
	int fds[2 * SCENE_MAX];
	unsigned n_fds;
	/* The range of the functions that take none. */
	struct dmaload_range range;
	struct dmaload_options options;
	struct dmaload_report report;
	struct dmaload_error err;
	/* A byte of the file, plus one, that scene_verify() makes differ in the
	 * buffer; 0: none. */
	uint64_t spoilt;
};

/* Make a context, a file, a buffer, and a range that is the whole file. All of
 * it must succeed. */
void scene_make(struct scene *scene, const struct scene_setup *setup);
/* The same, with a buffer of setup's source and buffer_size whose thread has
 * not run yet. */
void scene_make_early(struct scene *scene, const struct scene_setup *setup);
/* Make what is missing, and return the first failure; what was made stays. */
int scene_try(struct scene *scene, const struct scene_setup *setup);
/* Make a context only. 0 means a chunk of 8192 and a depth of 4. */
void scene_make_empty(struct scene *scene, uint32_t chunk, uint32_t depth);
/* Make a context with a chunk of a page, a pipe of so many bytes, a buffer that
 * cannot be pinned, and one that can. Return the pipe. */
struct fake_node *scene_make_stream(struct scene *scene, uint64_t size);
/* Replace the context. 0 means the library's own chunk or depth. */
void scene_renew_ctx(struct scene *scene, uint32_t chunk, uint32_t depth);
void scene_drop(struct scene *scene);

/* Add a file with contents of its own. 0 means a block of 512. */
struct fake_node *scene_add_file(struct scene *scene, uint64_t size,
				 uint32_t block);
/* Add a FAKE_PIPE, FAKE_SOCKET or FAKE_CHAR. */
struct fake_node *scene_add_stream(struct scene *scene, enum fake_kind kind,
				   uint64_t size);
/* Add a buffer: "heap" can be pinned, "pfnmap" cannot; "foreign", "read-only"
 * or "memory" is the caller's; or a source. */
void scene_add_buffer(struct scene *scene, const char *kind, uint64_t size);

struct dmaload_range scene_range(const struct scene *scene, unsigned file,
				 uint64_t file_offset, unsigned buffer,
				 uint64_t buffer_offset, uint64_t length);
/* Set the range, of the first file and the first buffer. */
void scene_set_range(struct scene *scene, uint64_t file_offset,
		     uint64_t buffer_offset, uint64_t length);
/* Return the length of the range; for DMALOAD_TO_END, what it stands for. */
uint64_t scene_length(const struct scene *scene);

/* Fill the buffers with bytes that no file has. */
void scene_fill(struct scene *scene);
/* Forget the last report and error. */
void scene_prepare(struct scene *scene);

/* Fill the buffers, and load the range or these ranges. */
int scene_load(struct scene *scene);
int scene_load_ranges(struct scene *scene, const struct dmaload_range *ranges,
		      size_t count);
/* Fill the buffer with what the file has, and verify the range. */
int scene_verify(struct scene *scene);
/* Load a range whose ends are not whole blocks by this path only, and check what
 * must hold whatever it returns. */
int scene_load_by(struct scene *scene, enum dmaload_path path);
/* Load that range by any path, or these ranges. This must succeed, and all
 * bytes and figures must be right. */
void scene_load_all(struct scene *scene);
void scene_expect_load(struct scene *scene, const struct dmaload_range *ranges,
		       size_t count);
/* Load these ranges, and check how this fails: scene_check_failure(). */
void scene_expect_failure(struct scene *scene,
			  const struct dmaload_range *ranges, size_t count,
			  int code, const char *message);

/* Check each byte of each buffer: in the ranges the files' bytes, if they are
 * loaded; elsewhere those of scene_fill(). */
void scene_check_ranges(const struct scene *scene,
			const struct dmaload_range *ranges, size_t count,
			bool loaded);
/* The same for the range, loaded; or not. */
void scene_check_bytes(const struct scene *scene);
void scene_check_outside(const struct scene *scene);
/* Check that the report's figures add up, for so many ranges and bytes; and for
 * a complete load of the range. */
void scene_check_totals(const struct scene *scene, size_t count,
			uint64_t total);
void scene_check_report(const struct scene *scene);
/* Check why a path was declined; NULL or "": it was not. */
void scene_check_reason(const struct scene *scene, enum dmaload_path path,
			const char *part);
/* Check that a call has failed with this code, and that its message says so. */
void scene_check_failure(const struct scene *scene, int r, int code,
			 const char *message);

/* Check that a text has this part. */
void check_says(const char *text, const char *part);

/* Return a random number below n. */
uint64_t random_below(uint64_t n);
void shuffle_ranges(struct dmaload_range *ranges, size_t count);

/* Run each test on a kernel of its own. */
#define SCENE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

#endif
