/* SPDX-License-Identifier: MIT */
/* The file of test_filesystem.c, and loads of it. */
#ifndef FILESYSTEM_H
#define FILESYSTEM_H

#include "support.h"

/* The row: of each heap, the path taken; the reasons of the pinnable one. */
struct row {
	char loaded[2][16];
	char reason[DMALOAD_REASON_SIZE];
	char stored[2][16];
	uint64_t residue;
};

/* The tested file and its bytes. */
struct subject {
	const char *name;
	const char *path;
	unsigned char *reference;
	uint64_t length;
	struct row row;
	/* The engine of the row. */
	enum dmaload_engine engine;
	enum dmaload_syscalls calls;
};

extern struct subject subject;

/* Read the bytes that the file has. */
bool read_reference(const char *from);
/* There the files are the page cache, and nothing can be dropped from it. */
bool on_tmpfs(void);
bool same_row(const struct row *other);
void print_row(void);

struct place_for {
	struct dmaload_ctx *ctx;
	struct dmaload_file *file;
	struct dmaload_buffer *buffer;
	struct dmaload_report report;
	struct dmaload_error err;
};

void place_open(struct place_for *p, const char *heap);
void place_close(struct place_for *p);

/* Load the file, with what is in the page cache, or from the disk. */
int load_beside(struct place_for *p, uint32_t paths, enum dmaload_cache cache);
int load(struct place_for *p, uint32_t paths);

void check_engine(const struct dmaload_report *report);
/* The file's bytes, and nothing behind them. */
void check_bytes(struct place_for *p, const char *what);
/* The report and mincore() must agree about the page cache, where the file can
 * be mapped. */
void check_residue(const struct place_for *p);
bool can_be_mapped(void);
void note_residue(const struct place_for *p);

#endif
