/* SPDX-License-Identifier: MIT */
/*
 * The files of a safetensors model that consists of several. An index, by
 * convention model.safetensors.index.json, names the file of each tensor:
 * {"metadata": {...}, "weight_map": {"NAME":
 * "model-00001-of-00003.safetensors"}}. Receives the index or one of the files;
 * hands on all of them. Always: they lie in the index's directory.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json.h"
#include "safetensors.h"

/* The largest model in use needs about ten MiB. */
#define INDEX_MAX (UINT64_C(1) << 30)
/* Writers use five digits; a name with fewer may have another meaning. */
#define DIGITS_MIN 5

/* A tensor, and the name of its file. */
struct entry {
	char *tensor, *file;
};

struct index {
	struct json_reader json;
	struct entry *entries;
	size_t count, room;
	bool has_map;
};

static void index_free(struct index *index)
{
	size_t i;

	for (i = 0; i < index->count; i++) {
		free(index->entries[i].tensor);
		free(index->entries[i].file);
	}
	free(index->entries);
	*index = (struct index){ 0 };
}

static struct entry *add_entry(struct index *index, struct json_object *tensor)
{
	const size_t room = index->room ? 2 * index->room : 256;
	struct entry *entries;

	if (index->count == index->room) {
		entries = realloc(index->entries, room * sizeof(*entries));
		if (!entries)
			return NULL;
		index->entries = entries;
		index->room = room;
	}
	entries = &index->entries[index->count++];
	*entries = (struct entry){
		.tensor = name_escape(json_object_get_string(tensor), (size_t)
				      json_object_get_string_len(tensor)),
	};
	return entries->tensor ? entries : NULL;
}

static int read_mapped(struct json_object *name, void *data)
{
	struct index *index = data;
	struct json_object *text = json_text(&index->json);
	struct entry *entry = text ? add_entry(index, name) : NULL;
	int r = 0;

	if (!text)
		return -1;
	if (entry)
		entry->file = strdup(json_object_get_string(text));
	if (!entry || !entry->file)
		r = refuse_memory(index->json.header, "no memory for an index of %zu "
			   "tensors", index->count);
	else if (!name_is_inside(entry->file, (size_t)
				 json_object_get_string_len(text)))
		r = refuse(index->json.header, "the index has tensor \"%s\" in "
			   "a file outside of its folder, or of a name that "
			   "cannot be printed",
			   name_start(entry->tensor).text);
	json_object_put(text);
	return r;
}

static int read_member(struct json_object *name, void *data)
{
	struct index *index = data;

	if (!json_is(name, "weight_map"))
		return json_skip(&index->json);
	if (index->has_map)
		return refuse(index->json.header, "weight_map is there twice");
	index->has_map = true;
	return json_members(&index->json, read_mapped, index);
}

static int read_index(struct index *index, struct header *header)
{
	int r;

	*index = (struct index){ 0 };
	if (header->end > INDEX_MAX)
		header->end = INDEX_MAX;
	if (json_init(&index->json, header) < 0)
		return -1;
	r = json_members(&index->json, read_member, index);
	if (r == 0)
		r = json_end(&index->json);
	json_finish(&index->json);
	if (r == 0 && index->count == 0)
		r = refuse(header, index->has_map ?
			   "an index without any tensor" :
			   "JSON text, but no index: weight_map is missing");
	return r;
}

static int by_file(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->file, y->file);
}

/* The paths of the files, each once, and which of them a tensor is in. */
static int take_index(struct parts *parts, struct header *header,
		      struct index *index, const char *path)
{
	const int folder = (int)(path_base(path) - path);
	const char *file = NULL;
	struct entry *entry;
	char *part;

	parts->map = calloc(index->count, sizeof(*parts->map));
	if (!parts->map)
		return refuse_memory(header, "no memory for %zu tensors",
			      index->count);
	qsort(index->entries, index->count, sizeof(*index->entries), by_file);
	for (; parts->n_map < index->count; parts->n_map++) {
		entry = &index->entries[parts->n_map];
		if (!file || strcmp(file, entry->file) != 0) {
			file = entry->file;
			if (asprintf(&part, "%.*s%s", folder, path, file) < 0)
				part = NULL;
			if (parts_add(parts, header, part) < 0)
				return -1;
		}
		parts->map[parts->n_map].part = parts->count - 1;
		parts->map[parts->n_map].tensor = entry->tensor;
		entry->tensor = NULL;
	}
	return 0;
}

static bool has_file(const struct index *index, const char *file)
{
	size_t i;

	for (i = 0; i < index->count; i++)
		if (strcmp(index->entries[i].file, file) == 0)
			return true;
	return false;
}

/* An index that cannot be read does not count. */
static bool open_index(struct index *index, const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct header *header = malloc(sizeof(*header));
	struct stat st;
	bool good = false;

	*index = (struct index){ 0 };
	if (fd >= 0 && header && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		header_init(header, fd, (uint64_t)st.st_size);
		good = read_index(index, header) == 0;
	}
	if (!good)
		index_free(index);
	free(header);
	if (fd >= 0)
		close(fd);
	return good;
}

static int is_index_name(const struct dirent *entry)
{
	return fnmatch("*.safetensors.index*.json", entry->d_name, 0) == 0;
}

/* The indexes beside a file. Return 1 if one of them has it, 0 if none, or -1. */
static int find_index(struct parts *parts, struct header *header,
		      const char *path)
{
	const char *base = path_base(path);
	const int folder = (int)(base - path);
	struct dirent **names = NULL;
	char *dir = NULL, *other;
	struct index index;
	int count = -1, r = 0, i;

	if (asprintf(&dir, "%.*s", folder, path) < 0)
		return refuse_memory(header, "no memory for a path");
	count = scandir(folder > 0 ? dir : ".", &names, is_index_name,
			alphasort);
	for (i = 0; i < count; i++) {
		if (r == 0 && asprintf(&other, "%s%s", dir,
				       names[i]->d_name) >= 0) {
			if (open_index(&index, other) &&
			    has_file(&index, base))
				r = take_index(parts, header, &index,
					       other) < 0 ? -1 : 1;
			index_free(&index);
			free(other);
		}
		free(names[i]);
	}
	free(names);
	free(dir);
	return r;
}

/* Without an index, use the names of the files. */
static int find_named(struct parts *parts, struct header *header,
		      const char *path)
{
	struct part_name name;

	if (!part_name_parse(path, &name) || name.digits < DIGITS_MIN ||
	    (name.count == 1 && name.number == 1))
		return 0;
	if (name.number == 0 || name.number > name.count)
		return refuse(header, "part %" PRIu64 " of %" PRIu64 " by its "
			      "name, and there is no index that has it",
			      name.number, name.count);
	return parts_add_named(parts, header, path, &name);
}

/* A safetensors file begins with a length, which has bytes that are 0. */
static bool is_json(struct header *header)
{
	const unsigned char *bytes;
	size_t length, i;

	if (header_peek(header, &bytes, &length) < 0 ||
	    (length >= sizeof(uint64_t) && memchr(bytes, 0, sizeof(uint64_t))))
		return false;
	for (i = 0; i < length && memchr(" \t\n\r", bytes[i], 4); i++)
		;
	return i < length && bytes[i] == '{';
}

int safetensors_find_parts(struct parts *parts, struct header *header,
			   const char *path)
{
	struct index index;
	int r;

	if (is_json(header)) {
		r = read_index(&index, header);
		if (r == 0)
			r = take_index(parts, header, &index, path);
		index_free(&index);
		return r;
	}
	r = find_index(parts, header, path);
	if (r == 0)
		r = find_named(parts, header, path);
	return r < 0 ? -1 : 0;
}
