/* SPDX-License-Identifier: MIT */
/*
 * A machine on the fake kernel: files and streams, open handles of them, buffers and a
 * context. Each file and buffer has its expected contents beside it.
 */
#ifndef SETTING_H
#define SETTING_H

#include <dmaload.h>

#include "content.h"
#include "fake.h"

#define NODES 4
#define HANDLES 6
#define BUFFERS 5

/* A file, or a stream. */
struct node {
	struct fake_node *fake;
	struct content content;
	bool is_stream;
	/* The minimum and maximum of the bytes of a stream that are gone. */
	uint64_t came;
	uint64_t came_most;
	/* A job reads the stream, or waits for it. */
	bool is_read;
	/* Another process will truncate it, or evict pages. */
	bool will_shrink;
	bool will_evict;
	/* Pages that were resident at the last check. */
	bool resident[CONTENT_MAX / FAKE_PAGE];
	/* Demands since the last check that want bytes of a page. */
	uint8_t wanted[CONTENT_MAX / FAKE_PAGE];
};

/* An open file; several may be of one node. */
struct handle {
	/* NULL: there is none. */
	struct dmaload_file *file;
	struct node *node;
	bool readable;
	bool writable;
	/* Made from an fd that cannot be reopened. */
	bool shared;
	/* For streams, the byte of the node at offset 0. */
	uint64_t base;
	/* The fd that it was made from, or -1. */
	int fd;
};

struct memory {
	/* NULL: there is none, or it was destroyed. */
	struct dmaload_buffer *buffer;
	/* The bytes as a device sees them; valid after the buffer is destroyed. NULL if
	 * there is no buffer. */
	const unsigned char *view;
	uint64_t size;
	bool writable;
	/* The caller's own memory, or NULL. */
	void *own;
	size_t own_size;
	/* The caller's fd of a foreign buffer, or -1. */
	int fd;
	struct content content;
};

struct setting {
	struct dmaload_ctx *ctx;
	struct dmaload_events *events;
	/* The number of submitted jobs. */
	uint64_t jobs;
	struct node nodes[NODES];
	struct handle handles[HANDLES];
	struct memory memories[BUFFERS];
	/* The chunk size of the context. */
	uint32_t chunk_bytes;
	/* Loads may have a transform. */
	bool transforms;
	/* Several demands are made at a time. */
	bool crowded;
	/* A failure was injected since the last check, so anything may fail. */
	bool faulty;
	/* Other processes have changed files or the page cache since the last check. */
	bool disturbed;
};

extern struct setting setting;

/* Make a machine; and destroy everything, and check that nothing is left. */
void setting_make(void);
void setting_finish(void);

/* Compare all bytes of all files and buffers. No demand may be under way. */
void setting_check(void);
/*
 * Compare the page cache with the last check, unless other processes have changed it.
 * Loads must leave it as it was, stores may drop pages. With keep, anything is allowed.
 */
void setting_check_cache(bool keep, bool stored);

/* Return a file's name, in static memory; draw the size of a file or buffer. */
const char *setting_path(const struct node *node);
uint64_t setting_draw_size(void);

/* Replace an object by one that is drawn from the input. */
void setting_make_ctx(void);
void setting_close(struct handle *handle);
void setting_open(struct handle *handle);
void setting_destroy(struct memory *memory);
void setting_allocate(struct memory *memory);
void setting_reopen(void);
void setting_reallocate(void);

/* Act as another process: on the page cache alone, or on the file too. */
void setting_disturb_cache(struct node *node);
void setting_disturb(struct node *node);
/* Make calls fail from now on. */
void setting_inject(void);
/* Stop failing calls, and replace what has become unusable. */
void setting_recover(void);

#endif
