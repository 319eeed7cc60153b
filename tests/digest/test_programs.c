/* SPDX-License-Identifier: MIT */
/*
 * Digests equal those of sha256sum, sha512sum, b2sum and "fsverity digest", of
 * files of many sizes, and in any order where the algorithm allows it.
 */
#include "kit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The program prints DIGITS NAME; fsverity has "sha256:" before the digits. */
static const struct program {
	const char *algorithm;
	const char *command;
	const char *before;
	bool any_order;
} programs[] = {
	{ "sha256", "sha256sum", "", false },
	{ "sha512", "sha512sum", "", false },
	{ "blake2b512", "b2sum", "", false },
	{ "fsverity", "fsverity digest", "sha256:", true },
};

static const size_t sizes[] = {
	0, 1, 4095, 4096, 4097, (512 << 10) - 1, 512 << 10, (512 << 10) + 1,
	(1 << 20) - 4097, (64 << 20) + 5,
};

/* The last but one is what a load makes: reads of 1 MiB, six in flight. */
static const struct kit_cut cuts[] = {
	{ 1 << 20, true, 0 },
	{ 3 * BLOCK, false, SIZE_MAX },
	{ 1 << 20, false, 6 },
	{ 1 << 20, true, SIZE_MAX },
};

/* Write the digest that a program prints for a file. */
static void ask(const struct program *program, const char *path, char *text)
{
	char command[256], line[512];
	const size_t before = strlen(program->before);
	FILE *pipe;

	snprintf(command, sizeof(command), "%s %s", program->command, path);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	if (!fgets(line, sizeof(line), pipe))
		fail_msg("\"%s\" prints nothing: is it installed?", command);
	assert_int_equal(pclose(pipe), 0);
	assert_int_equal(strncmp(line, program->before, before), 0);
	line[strcspn(line, " ")] = '\0';
	snprintf(text, DMALOAD_DIGEST_SIZE, "%s:%.128s", program->algorithm,
		 line + before);
}

static void test_sizes(void **state)
{
	const struct program *program = *state;
	char path[] = "/tmp/dmaload-digest-XXXXXX";
	unsigned char *bytes = kit_bytes(sizes[9]);
	const int fd = mkstemp(path);
	char text[DMALOAD_DIGEST_SIZE];
	struct dmaload_digest *digest;
	size_t i, j;

	assert_true(fd >= 0);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(pwrite(fd, bytes, sizes[i], 0), sizes[i]);
		ask(program, path, text);
		for (j = 0; j < sizeof(cuts) / sizeof(cuts[0]); j++) {
			if (!program->any_order && cuts[j].window > 0)
				continue;
			digest = kit_create(program->algorithm, 1);
			assert_int_equal(kit_feed(digest, 0, bytes, sizes[i],
						  &cuts[j]), 0);
			kit_expect(digest, text);
		}
	}
	close(fd);
	unlink(path);
	free(bytes);
}

int main(void)
{
	const size_t count = sizeof(programs) / sizeof(programs[0]);
	struct CMUnitTest tests[sizeof(programs) / sizeof(programs[0])];
	size_t i;

	memset(tests, 0, sizeof(tests));
	for (i = 0; i < count; i++) {
		tests[i].name = programs[i].command;
		tests[i].test_func = test_sizes;
		tests[i].initial_state = (void *)(uintptr_t)&programs[i];
	}
	return cmocka_run_group_tests_name("digest-programs", tests, NULL, NULL);
}
