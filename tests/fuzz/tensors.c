/* SPDX-License-Identifier: MIT */
/*
 * The readers of models. The input is a file, whose content decides about the format. If it
 * is accepted, the tensors must keep every promise of dmaload-models.h. If not, the reason
 * must be readable text.
 */
#include <dmaload-models.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

static int by_place(const void *a, const void *b)
{
	const struct dmaload_tensor *const *x = a, *const *y = b;

	if ((*x)->file_offset != (*y)->file_offset)
		return (*x)->file_offset < (*y)->file_offset ? -1 : 1;
	return ((*x)->bytes > (*y)->bytes) - ((*x)->bytes < (*y)->bytes);
}

static int by_name(const void *a, const void *b)
{
	const struct dmaload_tensor *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void check_tensor(const struct dmaload_tensor *tensor, uint64_t size)
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

/* Check a tensor that cannot be loaded: no other has its name. */
static void check_omitted(const struct dmaload_model *model,
			  const struct dmaload_tensor *tensor)
{
	FUZZ_CHECK(tensor->type);
	fuzz_check_text(tensor->name, strlen(tensor->name), "");
	FUZZ_CHECK(tensor->rank == 0 || tensor->shape);
	FUZZ_CHECK(!dmaload_model_find(model, tensor->name));
}

/* Check that no two tensors share a name or a byte. */
static void check_together(const struct dmaload_model *model)
{
	const size_t count = dmaload_model_tensors(model);
	const struct dmaload_tensor **sorted = calloc(count + 1,
						      sizeof(*sorted));
	uint64_t end = 0;
	size_t i;

	FUZZ_CHECK(sorted);
	for (i = 0; i < count; i++)
		sorted[i] = dmaload_model_tensor(model, i);
	qsort(sorted, count, sizeof(*sorted), by_name);
	for (i = 1; i < count; i++)
		FUZZ_CHECK(strcmp(sorted[i - 1]->name, sorted[i]->name) != 0);
	qsort(sorted, count, sizeof(*sorted), by_place);
	for (i = 0; i < count; i++) {
		FUZZ_CHECK(sorted[i]->file_offset >= end);
		end = sorted[i]->file_offset + sorted[i]->bytes;
	}
	free(sorted);
}

/* Check that places follow each other at multiples of align, as densely as possible. */
static void check_layout(const struct dmaload_place *places, size_t count,
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
static void check_places(const struct dmaload_model *model)
{
	const size_t all = dmaload_model_tensors(model);
	struct dmaload_place *places = calloc(all + 1, sizeof(*places));
	const char *patterns[2];
	uint64_t align, size;
	size_t count;

	FUZZ_CHECK(places);
	FUZZ_CHECK(dmaload_model_choose(model, NULL, 0, places, &count, NULL) == 0);
	FUZZ_CHECK(count == all);
	for (align = 1; align != 0; align <<= 21)
		if (dmaload_model_align(places, count, align, &size, NULL) == 0)
			check_layout(places, count, align, size);
	if (all > 0) {
		patterns[0] = dmaload_model_tensor(model, all - 1)->name;
		patterns[1] = dmaload_model_tensor(model, 0)->name;
		FUZZ_CHECK(dmaload_model_find(model, patterns[0]) ==
			   dmaload_model_tensor(model, all - 1));
		FUZZ_CHECK(dmaload_model_choose(model, patterns, 2, places, &count,
						NULL) == 0);
		FUZZ_CHECK(count > 0 && count <= all);
		FUZZ_CHECK(dmaload_model_align(places, count, 1, &size, NULL) == 0);
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
	struct dmaload_model *model = NULL;
	struct dmaload_error err = { 0 };
	size_t i;
	int r;

	r = dmaload_model_from_fd(&model, file_of(data, size), &err);
	if (r == 0) {
		for (i = 0; i < dmaload_model_tensors(model); i++)
			check_tensor(dmaload_model_tensor(model, i), size);
		for (i = 0; i < dmaload_model_omissions(model); i++)
			check_omitted(model, dmaload_model_omitted(model, i));
		check_together(model);
		check_places(model);
	} else {
		FUZZ_CHECK(r == -EBADMSG && err.code == r);
		FUZZ_CHECK(err.message[0] != '\0');
		fuzz_check_text(err.message, strlen(err.message), "");
	}
	dmaload_model_close(model);
	return 0;
}
