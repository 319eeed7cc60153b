/* SPDX-License-Identifier: MIT */
/* A buffer to store from, and files that are stored into. */
#ifndef STORE_FILES_H
#define STORE_FILES_H

#include "support.h"

/* By name: for what is about names. */
const char *target_path(void);

/* A buffer with the pattern file's bytes in it. */
void open_loaded(struct kit *kit, uint64_t size);

/* A file of bytes that no pattern has. */
void write_old(const char *path, uint64_t size);

/* The file: these bytes up to from, the pattern of the buffer, these bytes up
 * to the end. */
void check_file(const char *path, uint64_t from, uint64_t length,
		uint64_t pattern_at, uint64_t size);

#endif
