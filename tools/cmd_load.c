/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool parse_cache(const char *text, uint32_t *cache)
{
	static const char *const words[] = {
		[DMALOAD_CACHE_AUTO] = "auto",
		[DMALOAD_CACHE_BYPASS] = "bypass",
		[DMALOAD_CACHE_KEEP] = "keep",
	};
	uint32_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], text) == 0) {
			*cache = i;
			return true;
		}
	}
	mistake("--cache must be auto, bypass or keep, not \"%s\"", text);
	return false;
}

static bool parse_some(const char *name, const char *text, uint64_t *bytes)
{
	if (parse_bytes(text, bytes) && *bytes > 0)
		return true;
	mistake("--%s must be a number of bytes from 1 on, not \"%s\"",
		name, text);
	return false;
}

static bool take_option(void *data, int option, const char *value)
{
	struct request *request = data;

	switch (option) {
	case 's':
		request->source = value;
		return true;
	case 'c':
		return parse_cache(value, &request->cache);
	case 'S':
		request->spread = true;
		return !value || parse_some("spread", value,
					    &request->spread_max);
	case 'm':
		return parse_some("limit", value, &request->limit);
	case 'z':
		return parse_some("size", value, &request->size);
	default:
		return settings_take(&request->settings, option, value);
	}
}

/* Remove "--" and what follows from the arguments. */
static char **split_command(int *argc, char **argv)
{
	int i;

	for (i = 1; i < *argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			*argc = i;
			argv[i] = NULL;
			return argv + i + 1;
		}
	}
	return NULL;
}

/* The kind of standard input decides whether it can be read twice, or in
 * parallel. */
static bool check_stdin(struct request *request)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st) == 0)
		request->stream = S_ISFIFO(st.st_mode) ||
				  S_ISSOCK(st.st_mode) || S_ISCHR(st.st_mode);
	if (request->stream && request->settings.verify) {
		mistake("--verify reads FILE again, and standard input is a "
			"stream");
		return false;
	}
	if (request->stream && request->spread &&
	    request->settings.length == DMALOAD_TO_END) {
		mistake("--spread needs --length if standard input is a "
			"stream");
		return false;
	}
	return true;
}

static bool check_size(const struct request *request)
{
	const uint64_t length = request->settings.length;

	if (request->size == 0)
		return true;
	if (request->spread)
		mistake("--size is that of one buffer, and cannot be used with "
			"--spread");
	else if (request->limit != 0)
		mistake("--limit cannot be used with --size, which is a limit, "
			"too");
	else if (length != DMALOAD_TO_END && length > request->size)
		mistake("--size is less than --length");
	else
		return true;
	return false;
}

/* Check options that make sense only together, or not together. */
static bool check(struct request *request)
{
	const struct settings *settings = &request->settings;
	bool from_stdin = false;
	size_t i;

	for (i = 0; i < request->count; i++)
		from_stdin |= is_standard_input(request->names[i]);
	if (request->command && !request->command[0])
		mistake("no command after \"--\"");
	else if (request->count == 0)
		mistake("load needs a FILE");
	else if (from_stdin && request->count > 1)
		mistake("\"-\" can only be loaded alone");
	else if (request->count > 1 &&
		 (settings->offset != 0 || settings->length != DMALOAD_TO_END ||
		  request->size != 0))
		mistake("--offset, --length and --size need exactly one FILE");
	else if (request->limit != 0 &&
		 (!from_stdin || settings->length != DMALOAD_TO_END))
		mistake("--limit needs \"-\" without --length");
	else if (request->cache == DMALOAD_CACHE_KEEP && settings->paths != 0 &&
		 settings->paths != DMALOAD_ALLOW_BUFFERED)
		mistake("--cache keep needs the path buffered, and no other");
	else
		return check_size(request) &&
		       (!from_stdin || check_stdin(request));
	return false;
}

static bool parse(struct request *request, int argc, char **argv, int *code)
{
	*request = (struct request){ .settings.length = DMALOAD_TO_END };
	request->command = split_command(&argc, argv);
	if (!arguments_read(&load_command, argc, argv, take_option, request,
			    code))
		return false;
	*code = EXIT_USAGE;
	request->names = argv + optind;
	request->count = (size_t)(argc - optind);
	return check(request);
}

static int verify(struct files *files, const struct dmaload_options *options,
		  struct result *result, struct dmaload_report *loaded,
		  struct dmaload_error *err)
{
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	int r;

	r = dmaload_verify(files->ctx, files->ranges, files->count, options,
			   &report, err);
	result->verified = r == 0;
	result_add_residue(loaded, &report);
	return r;
}

static int run(const struct request *request, struct files *files,
	       struct result *result, struct dmaload_report *report,
	       struct dmaload_error *err)
{
	struct dmaload_options options;
	struct progress progress;
	int r;

	watch_options(&options, &request->settings, &progress);
	options.cache = request->cache;
	r = files_open(files, request, err);
	if (r < 0)
		return r;

	progress_begin(&progress, &request->settings, "load  ");
	progress.endless = request->stream &&
			   request->settings.length == DMALOAD_TO_END;
	r = files_load(files, request, &options, report, err);
	progress_end(&progress);
	if (r < 0 || !request->settings.verify)
		return watch_result(r, err);

	progress_begin(&progress, &request->settings, "verify");
	/* Any path may be used to compare: --path is about the load. */
	options.paths = 0;
	r = verify(files, &options, result, report, err);
	progress_end(&progress);
	return watch_result(r, err);
}

static void print(const struct request *request, const struct result *result)
{
	FILE *out = request->command ? stderr : stdout;

	if (request->settings.json)
		result_print_json(result, out);
	else if (!request->settings.quiet && !result->error)
		result_print_text(result, out);
	if (result->error)
		complain("%s", result->error->message);
}

/* A signal that came too late for the load still prevents CMD. */
static int hand_over(const struct request *request, const struct files *files)
{
	struct dmaload_error err;

	watch_end();
	if (watch_check(&err) == 0)
		return handover_run(request->command, files);
	complain("%s", err.message);
	return EXIT_FAILED;
}

static int cmd_load(int argc, char **argv)
{
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	struct result result = { .report = &report, .verified = -1 };
	struct files files = { .count = 0 };
	struct dmaload_error err;
	struct request request;
	int r, code;

	if (!parse(&request, argc, argv, &code))
		return code;

	watch_begin();
	r = run(&request, &files, &result, &report, &err);
	result.pairs = files.pairs;
	result.count = files.count;
	result.spread = request.spread;
	result.handed_over = r == 0 && request.command;
	result.error = r < 0 ? &err : NULL;
	print(&request, &result);
	code = r < 0 ? EXIT_FAILED : EXIT_OK;
	if (result.handed_over)
		code = hand_over(&request, &files);
	files_finish(&files);
	return code;
}

static const struct command_option options[] = {
	{ 's', "source", "S",
	  "a heap, as \"NAME\" or \"heap:NAME\"; \"udmabuf\"; \"udmabuf:2M\", in\n"
	  "huge pages; or \"memfd\" (default: the choice of probe)" },
	{ 'S', "spread", "[=N]",
	  "load each FILE into several buffers if it is larger than the\n"
	  "source allows a buffer to be, or than N bytes" },
	{ 'z', "size", "N", "size of the buffer (default: the bytes to load)" },
	{ 'o', "offset", "N", "first byte of FILE (default: 0)" },
	{ 'l', "length", "N", "bytes of FILE (default: to its end)" },
	{ 'm', "limit", "N",
	  "maximum length of standard input, without --length" },
	{ 'c', "cache", "C",
	  "page cache: auto copies resident pages; bypass reads only from\n"
	  "the disk; keep reads through it and leaves all pages there" },
	SETTINGS_OPTIONS("; resident\n"
			 "pages are still copied, unless --cache is bypass"),
	{ .name = NULL },
};

const struct command load_command = {
	.name = "load",
	.synopsis = "FILE... [OPTION...] [-- CMD [ARG...]]",
	.summary = "load files into dma-bufs, and run a command that inherits them",
	.description =
		"Load each FILE into its own dma-buf, then run CMD, which inherits the dma-bufs\n"
		"as fds. FILE \"-\" is standard input, which may be a pipe.",
	.options = options,
	.notes =
		NUMBERS_NOTE
		"\n"
		"The environment of CMD has, for the first buffer:\n"
		"  DMALOAD_FD         the number of the inherited dma-buf fd\n"
		"  DMALOAD_LENGTH     how many bytes were loaded; they begin at its first byte\n"
		"  DMALOAD_SIZE       its size\n"
		"  DMALOAD_SOURCE     the source of its memory\n"
		"and for all buffers:\n"
		"  DMALOAD_COUNT      the number of buffers\n"
		"  DMALOAD_FD_0, DMALOAD_LENGTH_0, DMALOAD_SIZE_0\n"
		"                     the same of the first buffer; _1 of the second, and so on\n"
		"  DMALOAD_FILE_0     the name of its file\n"
		"  DMALOAD_OFFSET_0   the offset in the file where the buffer begins\n"
		"With CMD, the report goes to stderr, and the exit status is that of CMD.",
	.run = cmd_load,
};
