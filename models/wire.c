/* SPDX-License-Identifier: MIT */
/*
 * Reads messages of protobuf. Receives a header; hands on fields, with their
 * places. Always: a field lies inside its message, and content that no caller
 * wants is not read.
 *
 * A field begins with a number: its own number and its type. Then comes a
 * number; or 8 bytes, or 4; or the count of the bytes that follow, which may be
 * a message. The other types are of groups, which ONNX has never had.
 */
#include "wire.h"

#include <inttypes.h>
#include <stdlib.h>

/* The longest name of a tensor or of a file. */
#define TEXT_MAX (1u << 20)

int wire_number(struct header *header, uint64_t *value)
{
	const uint64_t at = header->at;
	unsigned char byte;
	unsigned shift;

	*value = 0;
	for (shift = 0; shift < 64; shift += 7) {
		if (header_read(header, &byte, 1) < 0)
			return -1;
		/* The tenth byte has one bit. */
		if (shift == 63 && byte > 1)
			break;
		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return 0;
	}
	return refuse(header, "the number at byte %" PRIu64 " has more than 64 "
		      "bits", at);
}

static int read_length(struct header *header, struct field *field,
		       uint64_t begin)
{
	if (field->type == WIRE_64_BITS)
		field->length = 8;
	else if (field->type == WIRE_32_BITS)
		field->length = 4;
	else if (field->type == WIRE_BYTES)
		return wire_number(header, &field->length);
	else
		return refuse(header, "field %" PRIu32 " at byte %" PRIu64
			      " is of type %u, which is not known",
			      field->number, begin, (unsigned)field->type);
	return 0;
}

static int read_field(struct header *header, struct field *field)
{
	const uint64_t begin = header->at;
	uint64_t key;

	*field = (struct field){ 0 };
	if (wire_number(header, &key) < 0)
		return -1;
	if (key > UINT32_MAX || key >> 3 == 0)
		return refuse(header, "no field begins at byte %" PRIu64, begin);
	field->number = (uint32_t)(key >> 3);
	field->type = (enum wire_type)(key & 7);
	if (field->type == WIRE_NUMBER) {
		if (wire_number(header, &field->value) < 0)
			return -1;
	} else if (read_length(header, field, begin) < 0) {
		return -1;
	}
	field->at = header->at;
	if (field->length > header_left(header))
		return refuse(header, "field %" PRIu32 " at byte %" PRIu64
			      " has %" PRIu64 " bytes, but %" PRIu64 " are left",
			      field->number, begin, field->length,
			      header_left(header));
	return 0;
}

int wire_fields(struct header *header, uint64_t end,
		int (*read)(const struct field *field, void *data), void *data)
{
	const uint64_t outer = header->end;
	struct field field;
	int r = 0;

	header->end = end;
	while (r == 0 && header_left(header) > 0) {
		r = read_field(header, &field);
		if (r == 0)
			r = read(&field, data);
		if (r == 0)
			header->at = field.at + field.length;
	}
	header->end = outer;
	return r;
}

int wire_message(struct header *header, const struct field *field,
		 const char *name,
		 int (*read)(const struct field *field, void *data), void *data)
{
	if (wire_check(header, field, WIRE_BYTES, name) < 0)
		return -1;
	return wire_fields(header, field->at + field->length, read, data);
}

int wire_check(struct header *header, const struct field *field,
	       enum wire_type type, const char *name)
{
	if (field->type == type)
		return 0;
	return refuse(header, "%s before byte %" PRIu64 " is of type %u instead "
		      "of %u", name, field->at, (unsigned)field->type,
		      (unsigned)type);
}

int wire_text(struct header *header, const struct field *field,
	      const char *name, char **text)
{
	const size_t length = (size_t)field->length;

	if (wire_check(header, field, WIRE_BYTES, name) < 0)
		return -1;
	if (field->length > TEXT_MAX)
		return refuse(header, "%s at byte %" PRIu64 " has %" PRIu64
			      " bytes, more than %u", name, field->at,
			      field->length, TEXT_MAX);
	*text = malloc(length + 1);
	if (!*text)
		return refuse_memory(header, "no memory for %" PRIu64 " bytes",
				     field->length);
	(*text)[length] = '\0';
	if (header_read(header, *text, length) == 0)
		return 0;
	free(*text);
	*text = NULL;
	return -1;
}
