/* SPDX-License-Identifier: MIT */
/*
 * What the readers of model files, gguf.c and safetensors.c, share with
 * load-tensors.c, which loads what they have found.
 */
#ifndef TENSORS_H
#define TENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More dimensions than any format or framework in use has. */
#define TENSOR_RANK_MAX 16
/* The largest models have some ten thousand. */
#define TENSORS_MAX (1u << 20)

struct tensor {
	char *name;
	const char *type; /* static */
	uint64_t shape[TENSOR_RANK_MAX];
	unsigned rank;
	uint64_t file_offset;
	uint64_t bytes; /* 0 if a dimension is 0 */
	bool chosen; /* by places_choose() */
};

struct tensors {
	struct tensor *items;
	size_t count, room;
};

/*
 * The beginning of a file, read through a window: as much memory as the window
 * has, however long the header.
 */
struct header {
	int fd;
	/* Of the whole file, in bytes. */
	uint64_t size;
	/* Where the header ends at the latest; never beyond size. */
	uint64_t end;
	/* The next byte; never beyond end. */
	uint64_t at;
	uint64_t window_at;
	size_t window_length;
	unsigned char window[1 << 16];
	/* Why something was refused, in one line. */
	char error[256];
};

/* These return 0, or -1 with the reason in header->error. */

void header_init(struct header *header, int fd, uint64_t size);
/* The bytes from header->at on that are in the window, at least one. */
int header_peek(struct header *header, const unsigned char **bytes,
		size_t *length);
int header_read(struct header *header, void *data, size_t length);
int header_skip(struct header *header, uint64_t length);
uint64_t header_left(const struct header *header);
/* Writes the reason; always -1. */
int refuse(struct header *header, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The reader of the format that a program was linked with. On success the
 * tensors lie inside of the file, none upon another, and have names of their own
 * that can be printed. The list has to be freed in any case.
 */
int tensors_read(struct tensors *tensors, struct header *header);
extern const char tensors_format[];

/* Appends a tensor under a copy of its name, all else 0. NULL if that is none, or
 * memory or TENSORS_MAX is exhausted. */
struct tensor *tensors_add(struct tensors *tensors, struct header *header,
			   const char *name, size_t length);
/* Fills bytes in from the shape: block elements take bits bits. */
int tensor_measure(struct tensor *tensor, struct header *header,
		   uint64_t block, uint64_t bits);
/* Checks names and places. Packed: from begin to the end of the file there are
 * tensors and nothing else. */
int tensors_check(const struct tensors *tensors, struct header *header,
		  uint64_t begin, bool packed);
void tensors_free(struct tensors *tensors);

/* A tensor that is to be loaded, and where to. */
struct place {
	const struct tensor *tensor;
	uint64_t offset;
	/* The pattern that asked for it. */
	uint32_t pattern;
};

/*
 * Finds the tensors of these names or fnmatch(3) patterns, all if there are
 * none, in the order in which they are asked for, then in that of the file; each
 * once. Room for tensors->count places. Returns NULL, or the first pattern that
 * no tensor has.
 */
const char *places_choose(struct place *places, size_t *count,
			  struct tensors *tensors, char **patterns,
			  size_t n_patterns);
/* Lays them out one behind the other, at multiples of align, which is a power of
 * two. False if there are no 64 bits for that. */
bool places_align(struct place *places, size_t count, uint64_t align,
		  uint64_t *size);

#endif
