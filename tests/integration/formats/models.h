/* SPDX-License-Identifier: MIT */
/*
 * Model files of one format, well-formed ones and others: gguf_models.c and
 * safetensors_models.c, of which a program is linked with one. They know the
 * format by themselves: nothing here comes from the examples that are tested.
 */
#ifndef MODELS_H
#define MODELS_H

#include <stddef.h>
#include <stdint.h>

/* A file in the making. */
struct bytes {
	unsigned char *data;
	size_t length, room;
	/* Zeros behind that, which take no memory. */
	uint64_t hole;
};

void put(struct bytes *file, const void *data, size_t length);
void put_text(struct bytes *file, const char *text);
void put_u16(struct bytes *file, uint16_t value);
void put_u32(struct bytes *file, uint32_t value);
void put_u64(struct bytes *file, uint64_t value);
void put_zeros(struct bytes *file, size_t length);
/* Zeros up to a multiple of align. */
void put_padding(struct bytes *file, size_t align);
/* The bytes of a tensor, which no other tensor has. */
void put_data(struct bytes *file, unsigned tensor, size_t length);
void bytes_free(struct bytes *file);

/* A tensor of a well-formed file, and what a list is to say of it. The name as it
 * is printed; in the file it is another one if it has escapes. */
struct known {
	const char *name, *type, *shape;
	size_t bytes;
	/* Filled in when the file is made. */
	size_t at;
};

struct good {
	const char *name;
	/* Writes the file, and where the tensors are. */
	void (*build)(struct bytes *file, struct known *tensors, size_t count);
	struct known *tensors;
	size_t count;
};

/* Where a file is among those of a model. */
struct cut {
	unsigned number, count;
	/* Its tensors, of the model's. */
	size_t from, to, total;
};

struct bad {
	const char *name;
	void (*build)(struct bytes *file);
	/* A part of what is to be said of it. */
	const char *reason;
};

struct token {
	const void *data;
	size_t length;
};

struct models {
	const char *format;
	/* The first is what is loaded, the second a small one to be spoilt. */
	const struct good *good;
	size_t n_good;
	/* Malformed ones; and others that are none of this format, or that cannot
	 * be loaded. */
	const struct bad *bad, *unfit, *texts;
	size_t n_bad, n_unfit, n_texts;
	/* Tokens that a mutation puts in the way of a reader. */
	const struct token *tokens;
	size_t n_tokens;
	/* Writes one of several files, with its tensors among those of the model. */
	void (*build_part)(struct bytes *file, struct known *model,
			   const struct cut *cut);
	/* Appends to an index that a tensor is in a file, after others or as the
	 * first; or ends it, without a tensor. NULL if the format has none. */
	void (*index)(struct bytes *file, const struct known *tensor,
		      const char *part);
};

extern const struct models models;
/* One of those that are to be refused, or NULL behind the last. */
const struct bad *models_refused(size_t number);

/* A number below, by chance. */
uint64_t draw(uint64_t *seed, uint64_t below);
/* Spoils a file in one to four places, or not at all. */
void mutate(struct bytes *file, uint64_t *seed);

#endif
