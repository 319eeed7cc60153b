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
	complain("--cache is auto, bypass or keep, not \"%s\"", text);
	return false;
}

static bool take_option(struct request *request, int option, const char *value)
{
	switch (option) {
	case 's':
		request->source = value;
		return true;
	case 'c':
		return parse_cache(value, &request->cache);
	case 'S':
		request->spread = true;
		if (!value || (parse_bytes(value, &request->most) &&
			       request->most > 0))
			return true;
		complain("--spread takes a number of bytes from 1 on, not \"%s\"",
			 value);
		return false;
	case 'm':
		if (parse_bytes(value, &request->limit) && request->limit > 0)
			return true;
		complain("--limit is a number of bytes from 1 on, not \"%s\"",
			 value);
		return false;
	default:
		return settings_take(&request->settings, option, value);
	}
}

/* Takes what follows "--" off the arguments. */
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

/* What standard input is decides whether it can be read twice, or at once. */
static bool look_at_stdin(struct request *request)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st) == 0)
		request->stream = S_ISFIFO(st.st_mode) ||
				  S_ISSOCK(st.st_mode) || S_ISCHR(st.st_mode);
	if (request->stream && request->settings.verify) {
		complain("--verify reads FILE again, and standard input is a "
			 "stream");
		return false;
	}
	if (request->stream && request->spread &&
	    request->settings.length == DMALOAD_TO_END) {
		complain("--spread takes --length, if standard input is a "
			 "stream");
		return false;
	}
	return true;
}

/* What only makes sense together, or does not. */
static bool check(struct request *request)
{
	const struct settings *settings = &request->settings;
	bool from_stdin = false;
	size_t i;

	for (i = 0; i < request->count; i++)
		from_stdin |= strcmp(request->names[i], "-") == 0;
	if (request->command && !request->command[0])
		complain("there is no command after \"--\"");
	else if (request->count == 0)
		complain("load takes a FILE; see dmaload --help");
	else if (from_stdin && request->count > 1)
		complain("\"-\" can only be loaded alone");
	else if (request->count > 1 &&
		 (settings->offset != 0 || settings->length != DMALOAD_TO_END))
		complain("--offset and --length go with one FILE only");
	else if (request->limit != 0 &&
		 (!from_stdin || settings->length != DMALOAD_TO_END))
		complain("--limit goes with \"-\" without --length only");
	else if (request->cache == DMALOAD_CACHE_KEEP && settings->paths != 0 &&
		 settings->paths != DMALOAD_PATH_BIT(DMALOAD_PATH_BUFFERED))
		complain("--cache keep takes the path buffered, and no other");
	else
		return !from_stdin || look_at_stdin(request);
	return false;
}

static bool parse(struct request *request, int argc, char **argv)
{
	static const struct option options[] = {
		SETTINGS_OPTIONS,
		{ "source", required_argument, NULL, 's' },
		{ "spread", optional_argument, NULL, 'S' },
		{ "cache", required_argument, NULL, 'c' },
		{ "limit", required_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*request = (struct request){ .settings.length = DMALOAD_TO_END };
	request->command = split_command(&argc, argv);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(request, option, optarg))
			return false;
	request->names = argv + optind;
	request->count = (size_t)(argc - optind);
	return check(request);
}

static int verify(struct files *files, const struct dmaload_options *options,
		  struct result *result, struct dmaload_report *loaded,
		  struct dmaload_error *err)
{
	struct dmaload_report report = { .size = sizeof(report) };
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
	progress.endless = !files->pairs[0].buffer;
	r = files_load(files, request, &options, report, err);
	progress_end(&progress);
	if (r < 0 || !request->settings.verify)
		return watch_result(r, err);

	progress_begin(&progress, &request->settings, "verify");
	/* To compare is allowed by any path: --path is about the load. */
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

/* A signal that came too late for the load is not too late for CMD. */
static int hand_over(const struct request *request, const struct files *files)
{
	struct dmaload_error err;

	watch_end();
	if (watch_check(&err) == 0)
		return handover_run(request->command, files);
	complain("%s", err.message);
	return EXIT_FAILED;
}

int cmd_load(int argc, char **argv)
{
	struct dmaload_report report = { .size = sizeof(report) };
	struct result result = { .report = &report, .verified = -1 };
	struct files files = { .count = 0 };
	struct dmaload_error err;
	struct request request;
	int r, code;

	if (!parse(&request, argc, argv))
		return EXIT_USAGE;

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
