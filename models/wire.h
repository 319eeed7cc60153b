/* SPDX-License-Identifier: MIT */
/*
 * Messages of protobuf, field by field, as they lie in a file. design.md says
 * why none of the libraries fits.
 */
#ifndef WIRE_H
#define WIRE_H

#include "header.h"

enum wire_type {
	WIRE_NUMBER = 0, WIRE_64_BITS = 1, WIRE_BYTES = 2, WIRE_32_BITS = 5,
};

struct field {
	uint32_t number;
	enum wire_type type;
	/* Of WIRE_NUMBER; negative numbers are large. */
	uint64_t value;
	/* Where the content lies: of WIRE_NUMBER, nothing is left. */
	uint64_t at, length;
};

/* The functions that return int return 0, or -1 with the reason in
 * header->error. */

/* Call a function for each field between here and the end. It may read the
 * content of a field, or a part of it. */
int wire_fields(struct header *header, uint64_t end,
		int (*read)(const struct field *field, void *data), void *data);
/* The same for the fields of the message in a field; name it for a reason. */
int wire_message(struct header *header, const struct field *field,
		 const char *name,
		 int (*read)(const struct field *field, void *data), void *data);
/* Read a number, which has 1 to 10 bytes. */
int wire_number(struct header *header, uint64_t *value);
/* Check the type of a known field. */
int wire_check(struct header *header, const struct field *field,
	       enum wire_type type, const char *name);
/* Read a text, which may have any bytes. The caller frees it; a NUL follows
 * it. */
int wire_text(struct header *header, const struct field *field,
	      const char *name, char **text);

#endif
