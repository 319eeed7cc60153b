/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target on inputs that are kept in the tree, with any compiler.
 * usage: replay FILE|DIRECTORY...
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* Far more than any input in the tree. */
#define INPUT_MAX (1u << 20)

static void die(const char *path)
{
	fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
	exit(1);
}

/* Copy the input into memory of its exact size, so that ASan and valgrind notice a
 * read beyond it. */
static void replay_file(const char *path)
{
	static uint8_t bytes[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	uint8_t *input;
	size_t length;

	if (!file)
		die(path);
	length = fread(bytes, 1, sizeof(bytes), file);
	if (ferror(file))
		die(path);
	fclose(file);
	input = malloc(length + (length == 0));
	if (!input)
		die(path);
	memcpy(input, bytes, length);
	/* If the target aborts, the last line names the input. */
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(input, length);
	free(input);
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Replay in the order of the names, so that each run is the same. */
static size_t replay_directory(const char *path)
{
	struct dirent **entries;
	char name[4096];
	int count, i;

	count = scandir(path, &entries, is_input, alphasort);
	if (count < 0)
		die(path);
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		replay_file(name);
		free(entries[i]);
	}
	free(entries);
	return (size_t)count;
}

int main(int argc, char **argv)
{
	size_t count = 0;
	DIR *directory;
	int i;

	for (i = 1; i < argc; i++) {
		directory = opendir(argv[i]);
		if (directory) {
			closedir(directory);
			count += replay_directory(argv[i]);
		} else {
			replay_file(argv[i]);
			count++;
		}
	}
	fprintf(stderr, "replay: %zu inputs\n", count);
	/* A missing corpus would prove nothing. */
	return count > 0 ? 0 : 1;
}
