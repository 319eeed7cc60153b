/* SPDX-License-Identifier: MIT */
/*
 * Run a fuzz target on inputs that are kept in the tree, with any compiler. Run
 * them again in the reverse order: an input must do the same whatever ran
 * before it. Otherwise, what libFuzzer finds could not be repeated.
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

struct input {
	char *path;
	uint64_t trace;
};

static struct input *inputs;
static size_t n_inputs;

static void die(const char *path)
{
	fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
	exit(1);
}

/* Copy the input into memory of its exact size, so that ASan and valgrind notice a
 * read beyond it. */
static void replay(const char *path)
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

static void add_file(const char *path)
{
	inputs = reallocarray(inputs, n_inputs + 1, sizeof(*inputs));
	if (!inputs)
		die(path);
	inputs[n_inputs].path = strdup(path);
	if (!inputs[n_inputs++].path)
		die(path);
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Add the files in the order of their names, so that each run is the same. */
static void add_directory(const char *path)
{
	struct dirent **entries;
	char name[4096];
	int count, i;

	count = scandir(path, &entries, is_input, alphasort);
	if (count < 0)
		die(path);
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		add_file(name);
		free(entries[i]);
	}
	free(entries);
}

static void replay_all(void)
{
	size_t i;

	for (i = 0; i < n_inputs; i++) {
		replay(inputs[i].path);
		inputs[i].trace = fuzz_trace;
	}
	while (i-- > 0) {
		replay(inputs[i].path);
		if (inputs[i].trace != fuzz_trace)
			FUZZ_FAIL("the input does something else than before");
		free(inputs[i].path);
	}
	free(inputs);
}

int main(int argc, char **argv)
{
	DIR *directory;
	int i;

	for (i = 1; i < argc; i++) {
		directory = opendir(argv[i]);
		if (directory) {
			closedir(directory);
			add_directory(argv[i]);
		} else {
			add_file(argv[i]);
		}
	}
	replay_all();
	fprintf(stderr, "replay: %zu inputs\n", n_inputs);
	/* A missing corpus would prove nothing. */
	return n_inputs > 0 ? 0 : 1;
}
