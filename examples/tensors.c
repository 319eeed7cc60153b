/* SPDX-License-Identifier: MIT */
/*
 * A list of tensors. Receives what a reader has found in a header; hands on
 * tensors that can be loaded. Always: what is multiplied or added has been
 * checked for overflow before.
 */
#include "tensors.h"

#include <iconv.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* UTF-8 that stays in its line and column when it is printed: a name with an
 * escape sequence in it would speak to the terminal. */
static bool is_text(const char *name, size_t length)
{
	iconv_t utf8 = iconv_open("WCHAR_T", "UTF-8");
	char *in = (char *)name, *out;
	bool good = utf8 != (iconv_t)-1 && length > 0;
	size_t room;
	wchar_t c;

	while (good && length > 0) {
		out = (char *)&c;
		room = sizeof(c);
		/* One character: then it fails for want of room. */
		iconv(utf8, &in, &length, &out, &room);
		good = room == 0 && c >= ' ' && c <= 0x10ffff &&
		       !(c >= 0x7f && c <= 0x9f);
	}
	if (utf8 != (iconv_t)-1)
		iconv_close(utf8);
	return good;
}

static bool make_room(struct tensors *tensors)
{
	const size_t room = tensors->room ? 2 * tensors->room : 64;
	struct tensor *items;

	if (tensors->count < tensors->room)
		return true;
	items = realloc(tensors->items, room * sizeof(*items));
	if (!items)
		return false;
	tensors->items = items;
	tensors->room = room;
	return true;
}

struct tensor *tensors_add(struct tensors *tensors, struct header *header,
			   const char *name, size_t length)
{
	struct tensor *tensor;

	if (!is_text(name, length)) {
		refuse(header, "the name of tensor %zu is empty, no UTF-8, or "
		       "has control characters", tensors->count);
		return NULL;
	}
	if (tensors->count == TENSORS_MAX) {
		refuse(header, "more than %u tensors", TENSORS_MAX);
		return NULL;
	}
	if (!make_room(tensors)) {
		refuse(header, "no memory for %zu tensors", tensors->count);
		return NULL;
	}
	tensor = &tensors->items[tensors->count];
	*tensor = (struct tensor){ .name = strndup(name, length) };
	if (!tensor->name) {
		refuse(header, "no memory for a name of %zu bytes", length);
		return NULL;
	}
	tensors->count++;
	return tensor;
}

void tensors_free(struct tensors *tensors)
{
	size_t i;

	for (i = 0; i < tensors->count; i++)
		free(tensors->items[i].name);
	free(tensors->items);
	*tensors = (struct tensors){ 0 };
}

int tensor_measure(struct tensor *tensor, struct header *header,
		   uint64_t block, uint64_t bits)
{
	uint64_t elements = 1, total;
	bool overflow = false;
	unsigned i;

	/* Nothing times too much is nothing, in any order. */
	for (i = 0; i < tensor->rank; i++)
		if (tensor->shape[i] == 0)
			return 0;
	for (i = 0; i < tensor->rank; i++)
		overflow |= __builtin_mul_overflow(elements, tensor->shape[i],
						   &elements);
	if (overflow || __builtin_mul_overflow(elements / block, bits, &total))
		return refuse(header, "tensor \"%.64s\" is larger than 64 bits "
			      "can tell", tensor->name);
	if (elements % block != 0 || total % 8 != 0)
		return refuse(header, "tensor \"%.64s\": %" PRIu64
			      " elements of %s do not fill whole bytes",
			      tensor->name, elements, tensor->type);
	tensor->bytes = total / 8;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct tensor *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* Empty ones first: they lie on the edge of what begins at the same byte. */
static int by_place(const void *a, const void *b)
{
	const struct tensor *const *x = a, *const *y = b;

	if ((*x)->file_offset != (*y)->file_offset)
		return (*x)->file_offset < (*y)->file_offset ? -1 : 1;
	return ((*x)->bytes > (*y)->bytes) - ((*x)->bytes < (*y)->bytes);
}

static int check_names(const struct tensor **sorted, size_t count,
		       struct header *header)
{
	size_t i;

	qsort(sorted, count, sizeof(*sorted), by_name);
	for (i = 1; i < count; i++)
		if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
			return refuse(header, "two tensors are named \"%.64s\"",
				      sorted[i]->name);
	return 0;
}

/*
 * Tensors that share bytes are refused, though nothing would be written to where
 * it should not: so all of them together are never larger than the file, and a
 * small file cannot ask for a lot of memory.
 */
static int check_places(const struct tensor **sorted, size_t count,
			struct header *header, uint64_t begin, bool packed)
{
	const struct tensor *tensor;
	uint64_t end = begin;
	size_t i;

	qsort(sorted, count, sizeof(*sorted), by_place);
	for (i = 0; i < count; i++) {
		tensor = sorted[i];
		if (tensor->file_offset > header->size ||
		    tensor->bytes > header->size - tensor->file_offset)
			return refuse(header, "tensor \"%.64s\": %" PRIu64
				      " bytes at %" PRIu64 " are not in the "
				      "file, which has %" PRIu64, tensor->name,
				      tensor->bytes, tensor->file_offset,
				      header->size);
		if (tensor->file_offset < end)
			return refuse(header, "tensor \"%.64s\" shares bytes "
				      "with what lies before it", tensor->name);
		if (packed && tensor->file_offset != end)
			return refuse(header, "there is a hole before tensor "
				      "\"%.64s\"", tensor->name);
		end = tensor->file_offset + tensor->bytes;
	}
	if (packed && end != header->size)
		return refuse(header, "the tensors end at byte %" PRIu64
			      ", the file has %" PRIu64, end, header->size);
	return 0;
}

int tensors_check(const struct tensors *tensors, struct header *header,
		  uint64_t begin, bool packed)
{
	const size_t count = tensors->count;
	const struct tensor **sorted = malloc((count + 1) * sizeof(*sorted));
	size_t i;
	int r;

	if (!sorted)
		return refuse(header, "no memory for %zu tensors", count);
	for (i = 0; i < count; i++)
		sorted[i] = &tensors->items[i];
	r = check_names(sorted, count, header);
	if (r == 0)
		r = check_places(sorted, count, header, begin, packed);
	free(sorted);
	return r;
}
