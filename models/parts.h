/* SPDX-License-Identifier: MIT */
/* The files of a model that consists of several. */
#ifndef PARTS_H
#define PARTS_H

#include "tensors.h"

/* GGUF can count this many. */
#define PARTS_MAX DMALOAD_MODEL_FILES_MAX

struct parts {
	/* In order. If there are none, the model is the given file. */
	char **paths;
	size_t count;
	/* The number that a part claims in the model, and the count; 0 if its
	 * format has no count. */
	struct split split;
	/* The part of each tensor according to an index, in the order of the
	 * tensors' names. */
	struct mapped {
		char *tensor; /* as name_escape() has made it */
		size_t part;
		bool found;
	} *map;
	size_t n_map;
};

/* The functions that return int return 0, or -1 with the reason in
 * header->error. */

/* Append an allocated path, which the parts free. NULL is a lack of memory. */
int parts_add(struct parts *parts, struct header *header, char *path);
/* Check that the tensors of all parts are those of the model. Drop a tensor that
 * the index has in another part. */
int parts_check(struct parts *parts, struct tensors *tensors,
		struct header *header);
void parts_free(struct parts *parts);

/* The convention PREFIX-00001-of-00003SUFFIX. */
struct part_name {
	uint64_t number, count;
	int prefix, digits;
	/* The rest of the path, behind the number. */
	const char *rest;
};
bool part_name_parse(const char *path, struct part_name *name);
/* Append the paths of all parts. */
int parts_add_named(struct parts *parts, struct header *header,
		    const char *path, const struct part_name *name);

/* Return the part of a path behind its last slash. */
const char *path_base(const char *path);

#endif
