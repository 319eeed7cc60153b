/* SPDX-License-Identifier: MIT */
/*
 * Model files of one format, well-formed and others. A program is linked with
 * gguf_models.c or safetensors_models.c. They implement the format by
 * themselves, without the examples under test.
 */
#ifndef MODELS_H
#define MODELS_H

#include <stddef.h>
#include <stdint.h>

/* A file under construction. */
struct bytes {
	unsigned char *data;
	size_t length, room;
	/* The number of zeros that follow, which take no memory. */
	uint64_t hole;
};

void put(struct bytes *file, const void *data, size_t length);
void put_text(struct bytes *file, const char *text);
void put_u16(struct bytes *file, uint16_t value);
void put_u32(struct bytes *file, uint32_t value);
void put_u64(struct bytes *file, uint64_t value);
void put_zeros(struct bytes *file, size_t length);
/* Append zeros up to a multiple of align. */
void put_padding(struct bytes *file, size_t align);
/* Append the bytes of a tensor. No other tensor has the same. */
void put_data(struct bytes *file, unsigned tensor, size_t length);
void bytes_free(struct bytes *file);

/* A tensor of a well-formed file, with the expected line of a list. The name is
 * as it is printed; in the file it differs if it has escapes. */
struct known {
	const char *name, *type, *shape;
	size_t bytes;
	/* Set when the file is built. */
	size_t at;
};

struct good {
	const char *name;
	/* Build the file, and set the places of the tensors. */
	void (*build)(struct bytes *file, struct known *tensors, size_t count);
	struct known *tensors;
	size_t count;
};

/* Which part of a model a file is. */
struct cut {
	unsigned number, count;
	/* The range of the model's tensors in it. */
	size_t from, to, total;
};

struct bad {
	const char *name;
	void (*build)(struct bytes *file);
	/* A part of the expected message. */
	const char *reason;
};

struct token {
	const void *data;
	size_t length;
};

struct models {
	const char *format;
	/* The type of floating-point numbers of 32 bits. */
	const char *floats;
	/* The first is loaded, the second is small and gets damaged. */
	const struct good *good;
	size_t n_good;
	/* Malformed files; files of other formats, or that cannot be loaded. */
	const struct bad *bad, *unfit, *texts;
	size_t n_bad, n_unfit, n_texts;
	/* Tokens that mutations insert. */
	const struct token *tokens;
	size_t n_tokens;
	/* Build one of several files, with its range of the model's tensors. NULL
	 * if such files do not follow from each other's names. */
	void (*build_part)(struct bytes *file, struct known *model,
			   const struct cut *cut);
	/* Append the file of a tensor to an index, as the first entry or a
	 * later one; or end the index, without a tensor. NULL if the format has
	 * no index. */
	void (*index)(struct bytes *file, const struct known *tensor,
		      const char *part);
};

extern const struct models models;
/* Return one of the files to be refused, NULL after the last one. */
const struct bad *models_refused(size_t number);

/* Draw a random number below a limit. */
uint64_t draw(uint64_t *seed, uint64_t below);
/* Damage a file in one to four places, or not at all. */
void mutate(struct bytes *file, uint64_t *seed);

#endif
