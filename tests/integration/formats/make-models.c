/* SPDX-License-Identifier: MIT */
/*
 * Write the model files of a format into a folder, with the expected lists and
 * contents:
 *
 *   good-NAME.FORMAT, good-NAME.list  well-formed files and their lists
 *   bad-NAME.FORMAT, reasons          malformed files: file, tab, reason
 *   WHAT-ALIGN, WHAT-ALIGN.list       good-model's tensors, or some, as a
 *                                     buffer must have them
 *
 * and the folders of make-parts.c.
 */
#include "make-models.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

FILE *create(const char *dir, const char *name, const char *end)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s%s", dir, name, end);
	file = fopen(path, "wb");
	if (!file) {
		perror(path);
		exit(1);
	}
	return file;
}

/* Write the file to the disk and drop its pages, so that a load reads the
 * disk. */
void finish(FILE *file)
{
	int failed = fflush(file) || fsync(fileno(file));

	posix_fadvise(fileno(file), 0, 0, POSIX_FADV_DONTNEED);
	if (failed | ferror(file) | fclose(file)) {
		perror("cannot write");
		exit(1);
	}
}

static void write_file(const char *dir, const char *kind, const char *name,
		       const struct bytes *bytes)
{
	char full[256];
	FILE *file;

	snprintf(full, sizeof(full), "%s-%s.%s", kind, name, models.format);
	file = create(dir, full, "");
	fwrite(bytes->data, 1, bytes->length, file);
	if (bytes->hole > 0 &&
	    (fflush(file) != 0 ||
	     ftruncate(fileno(file), (off_t)(bytes->length + bytes->hole)) != 0)) {
		perror(full);
		exit(1);
	}
	finish(file);
}

void write_line(FILE *list, const struct known *tensor, size_t offset,
		const char *part)
{
	fprintf(list, "%s\t%s\t%s\t%zu\t%zu%s%s\n", tensor->name, tensor->type,
		tensor->shape, offset, tensor->bytes, part ? "\t" : "",
		part ? part : "");
}

static void write_good(const char *dir, const struct good *good)
{
	struct bytes bytes = { 0 };
	char name[256];
	FILE *list;
	size_t i;

	good->build(&bytes, good->tensors, good->count);
	write_file(dir, "good", good->name, &bytes);
	bytes_free(&bytes);
	snprintf(name, sizeof(name), "good-%s", good->name);
	list = create(dir, name, ".list");
	for (i = 0; i < good->count; i++)
		write_line(list, &good->tensors[i], good->tensors[i].at, NULL);
	finish(list);
}

/* Write a buffer with the tensors that these patterns name, in their order. */
static void write_buffer(const char *dir, const char *what, size_t align,
			 const char *const *patterns)
{
	const struct good *model = &models.good[0];
	struct bytes bytes = { 0 };
	char name[256];
	FILE *file, *list;
	size_t i;

	snprintf(name, sizeof(name), "%s-%zu", what, align);
	list = create(dir, name, ".list");
	for (; *patterns; patterns++) {
		for (i = 0; i < model->count; i++) {
			if (fnmatch(*patterns, model->tensors[i].name, 0) != 0)
				continue;
			put_padding(&bytes, align);
			write_line(list, &model->tensors[i], bytes.length,
				   NULL);
			put_data(&bytes, (unsigned)i, model->tensors[i].bytes);
		}
	}
	finish(list);
	file = create(dir, name, "");
	fwrite(bytes.data, 1, bytes.length, file);
	finish(file);
	bytes_free(&bytes);
}

int main(int argc, char **argv)
{
	static const char *const all[] = { "*", NULL };
	/* In reverse order, with a tensor of no bytes. */
	static const char *const some[] = { "output.weight", "*.1.*", NULL };
	struct bytes bytes = { 0 };
	const struct bad *bad;
	FILE *reasons;
	size_t i;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIR\n", argv[0]);
		return 2;
	}
	for (i = 0; i < models.n_good; i++)
		write_good(argv[1], &models.good[i]);
	reasons = create(argv[1], "reasons", "");
	for (i = 0; (bad = models_refused(i)); i++) {
		bad->build(&bytes);
		write_file(argv[1], "bad", bad->name, &bytes);
		bytes_free(&bytes);
		fprintf(reasons, "bad-%s.%s\t%s\n", bad->name, models.format,
			bad->reason);
	}
	finish(reasons);
	make_parts(argv[1]);
	write_buffer(argv[1], "all", 1, all);
	write_buffer(argv[1], "all", 64, all);
	write_buffer(argv[1], "all", 4096, all);
	write_buffer(argv[1], "some", 65536, some);
	return 0;
}
