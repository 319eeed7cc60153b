/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "bench_pairs.h"
#include "json_out.h"

#define ROUNDS_DEFAULT 5
#define ROUNDS_MAX 1000
#define DEPTH_MAX 1024

/* "1M,8" */
static bool parse_job(const char *text, struct bench *bench)
{
	char block[32];
	const char *comma = strchr(text, ',');
	uint64_t depth;

	if (!comma || (size_t)(comma - text) >= sizeof(block))
		return false;
	memcpy(block, text, (size_t)(comma - text));
	block[comma - text] = '\0';
	if (!parse_bytes(block, &bench->fio_block) || bench->fio_block < 512 ||
	    !parse_number(comma + 1, DEPTH_MAX, &depth) || depth == 0)
		return false;
	bench->fio_depth = (unsigned)depth;
	return true;
}

static bool take_pattern(struct bench *bench, const char *pattern)
{
	const size_t count = bench->pattern_count + 1;
	const char **grown = realloc(bench->patterns, count * sizeof(*grown));

	if (!grown) {
		complain("no memory");
		return false;
	}
	grown[count - 1] = pattern;
	bench->patterns = grown;
	bench->pattern_count = count;
	return true;
}

static bool take_number(struct bench *bench, int option, const char *value)
{
	uint64_t rounds;

	switch (option) {
	case 'r':
		if (!parse_number(value, ROUNDS_MAX, &rounds) || rounds == 0) {
			mistake("--rounds must be a number from 1 to %d, not "
				"\"%s\"",
				ROUNDS_MAX, value);
			return false;
		}
		bench->rounds = (unsigned)rounds;
		return true;
	case 'F':
		if (parse_job(value, bench))
			return true;
		mistake("--fio-job must be a block size and a depth, such as "
			"\"1M,8\", not \"%s\"", value);
		return false;
	default:
		return false;
	}
}

static bool take_option(void *data, int option, const char *value)
{
	struct bench *bench = data;
	struct settings settings = { .length = bench->length };

	switch (option) {
	case 'c':
		return take_pattern(bench, value);
	case 's':
		bench->source = value;
		return true;
	case 'j':
		bench->json = value ? value : "-";
		return json_accept();
	case 'n':
		return bench->no_fio = true;
	case 'P':
		return bench->paired = true;
	case 'L':
		return bench->list = true;
	case 'q':
		return bench->quiet = true;
	case 'e':
	case 'l':
		if (!settings_take(&settings, option, value))
			return false;
		if (option == 'e')
			bench->engine = settings.engine;
		bench->length = settings.length;
		return true;
	default:
		return take_number(bench, option, value);
	}
}

static bool parse(struct bench *bench, int argc, char **argv, int *code)
{
	if (!arguments_read(&bench_command, argc, argv, take_option, bench, code))
		return false;
	*code = EXIT_USAGE;
	bench->name = argv[optind];
	if (argc - optind != 1)
		mistake("bench needs exactly one FILE");
	else if (is_standard_input(bench->name))
		mistake("bench reads FILE repeatedly, and \"-\" is standard "
			"input; write ./- for a file of that name");
	else if (bench->fio_block > 0 && bench->no_fio)
		mistake("--fio-job cannot be used with --no-fio");
	else
		return true;
	return false;
}

static int open_file(struct bench *bench, struct dmaload_error *err)
{
	struct dmaload_error why;
	int r;

	/* Do not wait for the writer of a pipe, which is refused later. */
	bench->fd = open(bench->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
			 O_NOCTTY);
	if (bench->fd < 0 || fcntl(bench->fd, F_SETFL, 0) < 0)
		return explain(err, -errno, "%s: %s", bench->name,
			       strerror(errno));
	snprintf(bench->path, sizeof(bench->path), "/proc/self/fd/%d",
		 bench->fd);
	r = dmaload_file_open(&bench->file, bench->path, &why);
	if (r < 0)
		return explain(err, r, "%s: %s", bench->name, why.message);
	bench->size = dmaload_file_size(bench->file);
	if (bench->length > bench->size)
		bench->length = bench->size;
	return 0;
}

static void print_list(const struct bench *bench)
{
	size_t i;

	for (i = 0; i < bench->case_count; i++)
		printf("%s\n", bench->cases[i].name);
	for (i = 0; i < bench->pair_count; i++)
		printf("%s\n", bench->pairs[i].name);
	for (i = 0; i < bench->absent_count; i++)
		printf("left out  %s: %s\n", bench->absent[i].name,
		       bench->absent[i].reason);
}

static int run(struct bench *bench, struct dmaload_error *err)
{
	int r = open_file(bench, err);

	if (r < 0)
		return r;
	bench_host(bench);
	bench_cgroup_make(bench);
	bench->sentinel = bench_sentinel();
	r = bench_find_cases(bench, err);
	if (r < 0)
		return r;
	if (bench->list)
		return 0;
	if (bench->case_count + bench->pair_count == 0)
		return explain(err, -ENOENT, "none of the requested cases can "
			       "be measured here; see dmaload bench --list");
	r = bench_reference_find(bench, err);
	return r < 0 ? r : bench_rounds(bench, err);
}

/* A failure is reported in JSON on stdout; a file is left as it is. */
static int print(const struct bench *bench, const struct dmaload_error *failure,
		 struct dmaload_error *err)
{
	const bool beside = bench->json && strcmp(bench->json, "-") != 0;

	if (failure && beside)
		return 0;
	if (!failure && bench->list && (beside || !bench->json))
		print_list(bench);
	else if (!failure && (beside || !bench->json))
		bench_print_table(bench);
	return bench->json ? bench_print_json(bench, failure, err) : 0;
}

static void finish(struct bench *bench)
{
	bench_cgroup_remove(bench);
	bench_rounds_free(bench);
	dmaload_file_close(bench->file);
	if (bench->fd >= 0)
		close(bench->fd);
	if (bench->sentinel >= 0)
		close(bench->sentinel);
	free(bench->reference.trials);
	free(bench->random.trials);
	free(bench->cases);
	free(bench->pairs);
	free(bench->absent);
	free(bench->patterns);
}

static int cmd_bench(int argc, char **argv)
{
	struct bench bench = {
		.length = DMALOAD_TO_END,
		.rounds = ROUNDS_DEFAULT,
		.fd = -1,
		.sentinel = -1,
	};
	struct dmaload_error err, unprinted;
	int code, r, printed;

	if (parse(&bench, argc, argv, &code)) {
		watch_begin();
		r = run(&bench, &err);
		printed = print(&bench, r < 0 ? &err : NULL, &unprinted);
		if (r < 0)
			complain("%s", err.message);
		if (printed < 0)
			complain("%s", unprinted.message);
		code = r < 0 || printed < 0 ? EXIT_FAILED : EXIT_OK;
	}
	finish(&bench);
	return code;
}

static const struct command_option options[] = {
	{ 'r', "rounds", "N", "measure everything N times (default: 5)" },
	{ 'c', "case", "C",
	  "only the cases that match C, a pattern like the shell's; may\n"
	  "be given several times" },
	{ 'L', "list", NULL, "print the names of the cases, and why others are left out" },
	{ 's', "source", "S",
	  "only this source: one of load's, \"memory\", \"memory:4K\" or\n"
	  "\"memfd:2M\" (default: all that work here)" },
	{ 'e', "engine", "E",
	  "engine of direct reads: auto, io_uring or threads" },
	{ 'l', "length", "N", "bytes of FILE (default: all)" },
	{ 'n', "no-fio", NULL, "do not compare with fio" },
	{ 'F', "fio-job", "B,D",
	  "block size and depth of fio (default: the best of several)" },
	{ 'P', "paired", NULL,
	  "run fio between all measurements, not only around a round" },
	{ 'j', "json", "[=NAME]",
	  JSON_HELP("print one JSON object instead of the table; with NAME, write\n"
		    "it to that file and print the table") },
	{ 'q', "quiet", NULL, "do not show the progress" },
	{ .name = NULL },
};

const struct command bench_command = {
	.name = "bench",
	.synopsis = "FILE [OPTION...]",
	.summary = "measure how fast each path loads a file here",
	.description =
		"Measure how fast each source, path and engine that works here loads FILE,\n"
		"beside fio and programs without dmaload. Never writes to FILE.",
	.options = options,
	.run = cmd_bench,
};
