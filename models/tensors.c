/* SPDX-License-Identifier: MIT */
/*
 * A list of tensors. Receives the tensors that a reader has found in a header;
 * hands on tensors that can be loaded. Always: each product and sum is checked
 * for overflow.
 */
#include "tensors.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

	if (tensors->count == TENSORS_MAX) {
		refuse(header, "more than %u tensors", TENSORS_MAX);
		return NULL;
	}
	if (!make_room(tensors)) {
		refuse_memory(header, "no memory for %zu tensors", tensors->count);
		return NULL;
	}
	tensor = &tensors->items[tensors->count];
	*tensor = (struct tensor){ .name = name_escape(name, length) };
	if (!tensor->name) {
		refuse_memory(header, "no memory for a name of %zu bytes", length);
		return NULL;
	}
	tensors->count++;
	return tensor;
}

void tensors_free(struct tensors *tensors)
{
	size_t i;

	for (i = 0; i < tensors->count; i++) {
		free(tensors->items[i].name);
		free(tensors->items[i].shape);
		free(tensors->items[i].location);
	}
	free(tensors->items);
	free(tensors->others);
	*tensors = (struct tensors){ 0 };
}

int tensor_shape(struct tensor *tensor, struct header *header, uint32_t rank)
{
	/* At least one: calloc(0) may return NULL. */
	tensor->shape = calloc((size_t)rank + 1, sizeof(*tensor->shape));
	if (!tensor->shape)
		return refuse_memory(header, "no memory for %" PRIu32 " dimensions",
			      rank);
	tensor->rank = rank;
	return 0;
}

/* Compute the product of the dimensions. Return false if it overflows. */
static bool count_elements(const struct tensor *tensor, uint64_t *elements)
{
	bool overflow = false;
	uint32_t i;

	/* 0 times any number is 0, in any order, even if the others
	 * overflow. */
	*elements = 0;
	for (i = 0; i < tensor->rank; i++)
		if (tensor->shape[i] == 0)
			return true;
	*elements = 1;
	for (i = 0; i < tensor->rank; i++)
		overflow |= __builtin_mul_overflow(*elements, tensor->shape[i],
						   elements);
	return !overflow;
}

static int too_large(const struct tensor *tensor, struct header *header)
{
	return refuse(header, "tensor \"%s\" is larger than 64 bits can hold",
		      name_start(tensor->name).text);
}

int tensor_measure(struct tensor *tensor, struct header *header,
		   uint64_t block, uint64_t bits)
{
	uint64_t elements, total;

	tensor->block = block;
	if (!count_elements(tensor, &elements) ||
	    __builtin_mul_overflow(elements / block, bits, &total))
		return too_large(tensor, header);
	if (elements % block != 0 || total % 8 != 0)
		return refuse(header, "tensor \"%s\": %" PRIu64
			      " elements of %s do not fill whole bytes",
			      name_start(tensor->name).text, elements,
			      tensor->type);
	tensor->bytes = total / 8;
	return 0;
}

int tensor_measure_up(struct tensor *tensor, struct header *header,
		      unsigned bits)
{
	uint64_t elements, total;

	tensor->block = 1;
	if (!count_elements(tensor, &elements) ||
	    __builtin_mul_overflow(elements, bits, &total))
		return too_large(tensor, header);
	tensor->bytes = total / 8 + (total % 8 != 0);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct tensor *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* Empty tensors come before others that begin at the same byte. */
static int by_place(const void *a, const void *b)
{
	const struct tensor *const *x = a, *const *y = b;

	if ((*x)->part != (*y)->part)
		return (*x)->part < (*y)->part ? -1 : 1;
	if ((*x)->file_offset != (*y)->file_offset)
		return (*x)->file_offset < (*y)->file_offset ? -1 : 1;
	return ((*x)->bytes > (*y)->bytes) - ((*x)->bytes < (*y)->bytes);
}

/* Return the tensors from first on, sorted. The caller frees the list. */
static const struct tensor **sort(const struct tensors *tensors, size_t first,
				  struct header *header,
				  int (*order)(const void *a, const void *b))
{
	const size_t count = tensors->count - first;
	const struct tensor **sorted = malloc((count + 1) * sizeof(*sorted));
	size_t i;

	if (!sorted) {
		refuse_memory(header, "no memory for %zu tensors", count);
		return NULL;
	}
	for (i = 0; i < count; i++)
		sorted[i] = &tensors->items[first + i];
	qsort(sorted, count, sizeof(*sorted), order);
	return sorted;
}

int tensors_check_names(const struct tensors *tensors, size_t first,
			struct header *header)
{
	const struct tensor **sorted = sort(tensors, first, header, by_name);
	int r = sorted ? 0 : -1;
	size_t i;

	for (i = 1; r == 0 && i < tensors->count - first; i++)
		if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
			r = refuse(header, "two tensors are named \"%s\"",
				   name_start(sorted[i]->name).text);
	free(sorted);
	return r;
}

static uint64_t round_up(uint64_t offset, uint64_t align)
{
	return (offset + align - 1) / align * align;
}

/*
 * Refuse tensors that share bytes. So all tensors together are never larger
 * than the file, and a small file cannot make a program allocate much memory.
 */
static int check_place(const struct tensor *tensor, struct header *header,
		       uint64_t end)
{
	if (tensor->file_offset > header->size ||
	    tensor->bytes > header->size - tensor->file_offset)
		return refuse(header, "tensor \"%s\": %" PRIu64 " bytes at %"
			      PRIu64 " are not in the file, which has %" PRIu64,
			      name_start(tensor->name).text, tensor->bytes,
			      tensor->file_offset, header->size);
	if (tensor->file_offset < end)
		return refuse(header, "tensor \"%s\" shares bytes with what "
			      "lies before it", name_start(tensor->name).text);
	return 0;
}

/* The state of a walk through a file, from tensor to tensor. */
struct walk {
	uint64_t begin, align;
	/* The last tensor that has bytes, and its end. */
	const struct tensor *last;
	uint64_t end;
};

/* The place of a tensor ends at the next tensor, or at the file's end. */
static void find_gap(const struct walk *walk, const struct tensor *next,
		     uint64_t at, struct gap *gap)
{
	const uint64_t full = walk->begin +
			      round_up(walk->end - walk->begin, walk->align);

	if (gap->place == 0 && at > full)
		*gap = (struct gap){
			.tensor = walk->last,
			.next = next,
			.place = at - (walk->last ? walk->last->file_offset :
				       walk->begin),
		};
}

static int check_places(const struct tensor **sorted, size_t count,
			struct header *header, struct walk *walk,
			struct gap *gap)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (check_place(sorted[i], header, walk->end) < 0)
			return -1;
		find_gap(walk, sorted[i], sorted[i]->file_offset, gap);
		if (sorted[i]->bytes == 0)
			continue;
		walk->last = sorted[i];
		walk->end = sorted[i]->file_offset + sorted[i]->bytes;
	}
	find_gap(walk, NULL, header->size, gap);
	return 0;
}

int tensors_check(const struct tensors *tensors, struct header *header,
		  uint64_t begin, uint64_t align, struct gap *gap)
{
	struct walk walk = { .begin = begin, .align = align, .end = begin };
	const struct tensor **sorted;
	int r;

	*gap = (struct gap){ 0 };
	if (tensors_check_names(tensors, tensors->first, header) < 0)
		return -1;
	sorted = sort(tensors, tensors->first, header, by_place);
	if (!sorted)
		return -1;
	r = check_places(sorted, tensors->count - tensors->first, header, &walk,
			 gap);
	free(sorted);
	return r;
}

const struct tensor **tensors_by_part(const struct tensors *tensors,
				      struct header *header)
{
	return sort(tensors, 0, header, by_place);
}

int tensors_check_part(const struct tensor **sorted, size_t count,
		       struct header *header, uint64_t *end)
{
	struct walk walk = { .align = 1 };
	struct gap gap = { 0 };
	const int r = check_places(sorted, count, header, &walk, &gap);

	*end = walk.end;
	return r;
}
