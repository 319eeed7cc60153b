/* SPDX-License-Identifier: MIT */
/*
 * The reader of a model format; each program is linked with one. The input is a file.
 * If the reader accepts it, the tensors must keep every promise of tensors.h. If not,
 * the reason must be readable text.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../examples/places.h"
#include "fuzz.h"

static int by_place(const void *a, const void *b)
{
	const struct tensor *const *x = a, *const *y = b;

	if ((*x)->file_offset != (*y)->file_offset)
		return (*x)->file_offset < (*y)->file_offset ? -1 : 1;
	return ((*x)->bytes > (*y)->bytes) - ((*x)->bytes < (*y)->bytes);
}

static int by_name(const void *a, const void *b)
{
	const struct tensor *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void check_tensor(const struct tensor *tensor, uint64_t size)
{
	bool empty = false;
	unsigned i;

	FUZZ_CHECK(tensor->type);
	fuzz_check_text(tensor->name, strlen(tensor->name), "");
	for (i = 0; i < tensor->rank; i++)
		empty |= tensor->shape[i] == 0;
	FUZZ_CHECK(empty == (tensor->bytes == 0));
	FUZZ_CHECK(tensor->file_offset <= size);
	FUZZ_CHECK(tensor->bytes <= size - tensor->file_offset);
}

/* Check that no two tensors share a name or a byte. */
static void check_together(const struct tensors *tensors)
{
	const struct tensor **sorted = calloc(tensors->count + 1,
					      sizeof(*sorted));
	uint64_t end = 0;
	size_t i;

	FUZZ_CHECK(sorted);
	for (i = 0; i < tensors->count; i++)
		sorted[i] = &tensors->items[i];
	qsort(sorted, tensors->count, sizeof(*sorted), by_name);
	for (i = 1; i < tensors->count; i++)
		FUZZ_CHECK(strcmp(sorted[i - 1]->name, sorted[i]->name) != 0);
	qsort(sorted, tensors->count, sizeof(*sorted), by_place);
	for (i = 0; i < tensors->count; i++) {
		FUZZ_CHECK(sorted[i]->file_offset >= end);
		end = sorted[i]->file_offset + sorted[i]->bytes;
	}
	free(sorted);
}

/* Check that places follow each other at multiples of align, as densely as possible. */
static void check_layout(const struct place *places, size_t count,
			 uint64_t align, uint64_t size)
{
	uint64_t end = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		FUZZ_CHECK(places[i].offset % align == 0);
		FUZZ_CHECK(places[i].offset >= end);
		FUZZ_CHECK(places[i].offset - end < align);
		end = places[i].offset + places[i].tensor->bytes;
	}
	FUZZ_CHECK(end == size);
}

/* Choose all tensors, then use two of their names as patterns. */
static void check_places(struct tensors *tensors)
{
	struct place *places = calloc(tensors->count + 1, sizeof(*places));
	uint64_t align, size;
	char *patterns[2];
	size_t count;

	FUZZ_CHECK(places);
	FUZZ_CHECK(!places_choose(places, &count, tensors, NULL, 0));
	FUZZ_CHECK(count == tensors->count);
	for (align = 1; align != 0; align <<= 21)
		if (places_align(places, count, align, &size))
			check_layout(places, count, align, size);
	if (tensors->count > 0) {
		patterns[0] = tensors->items[tensors->count - 1].name;
		patterns[1] = tensors->items[0].name;
		FUZZ_CHECK(!places_choose(places, &count, tensors, patterns,
					  2));
		FUZZ_CHECK(count > 0 && count <= tensors->count);
		FUZZ_CHECK(places_align(places, count, 1, &size));
		check_layout(places, count, 1, size);
	}
	free(places);
}

static int file_of(const uint8_t *data, size_t size)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("model", MFD_CLOEXEC);
	FUZZ_CHECK(fd >= 0);
	FUZZ_CHECK(ftruncate(fd, 0) == 0);
	FUZZ_CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct header header;
	struct tensors tensors = { 0 };
	size_t i;

	header_init(&header, file_of(data, size), size);
	if (tensors_read(&tensors, &header) == 0) {
		for (i = 0; i < tensors.count; i++)
			check_tensor(&tensors.items[i], size);
		check_together(&tensors);
		check_places(&tensors);
	} else {
		FUZZ_CHECK(header.error[0] != '\0');
		fuzz_check_text(header.error, strlen(header.error), "");
	}
	tensors_free(&tensors);
	return 0;
}
