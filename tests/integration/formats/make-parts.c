/* SPDX-License-Identifier: MIT */
/*
 * Writes good-model in three files, into a folder for each way to cut it:
 *
 *   DIR/CUT/model-00001-of-00003.FORMAT    and so on
 *   DIR/CUT/model.FORMAT.index.json        if the format has an index
 *   DIR/CUT/list                           where in which file a tensor is
 */
#include "make-models.h"

#include <stdlib.h>
#include <sys/stat.h>

enum { PARTS = 3 };

static const struct {
	const char *name;
	/* The number of the tensor at which each part ends; there are nine. */
	size_t ends[PARTS];
} cuts[] = {
	{ "thirds", { 4, 7, 9 } },
	{ "bare-first", { 0, 5, 9 } },
};

/* Write a part's name as the common writers do. */
static void part_name(char *name, size_t room, unsigned number)
{
	snprintf(name, room, "model-%05u-of-%05u.%s", number, PARTS,
		 models.format);
}

static void write_part(const char *dir, const struct cut *cut)
{
	struct bytes bytes = { 0 };
	char name[64];
	FILE *file;

	part_name(name, sizeof(name), cut->number);
	models.build_part(&bytes, models.good[0].tensors, cut);
	file = create(dir, name, "");
	fwrite(bytes.data, 1, bytes.length, file);
	finish(file);
	bytes_free(&bytes);
}

static void write_index(const char *dir, const struct bytes *index)
{
	char name[64];
	FILE *file;

	snprintf(name, sizeof(name), "model.%s.index.json", models.format);
	file = create(dir, name, "");
	fwrite(index->data, 1, index->length, file);
	finish(file);
}

static void write_cut(const char *dir, const size_t *ends)
{
	const struct good *model = &models.good[0];
	struct cut cut = { .count = PARTS, .total = model->count };
	struct bytes index = { 0 };
	FILE *list = create(dir, "list", "");
	char name[64];

	for (cut.number = 1; cut.number <= PARTS; cut.number++) {
		cut.to = ends[cut.number - 1];
		write_part(dir, &cut);
		part_name(name, sizeof(name), cut.number);
		for (; cut.from < cut.to; cut.from++) {
			write_line(list, &model->tensors[cut.from],
				   model->tensors[cut.from].at, name);
			if (models.index)
				models.index(&index,
					     &model->tensors[cut.from], name);
		}
	}
	finish(list);
	if (models.index) {
		models.index(&index, NULL, NULL);
		write_index(dir, &index);
	}
	bytes_free(&index);
}

void make_parts(const char *dir)
{
	char path[4096];
	size_t i;

	if (!models.build_part)
		return;
	for (i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, cuts[i].name);
		if (mkdir(path, 0777) < 0) {
			perror(path);
			exit(1);
		}
		write_cut(path, cuts[i].ends);
	}
}
