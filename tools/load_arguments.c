/* SPDX-License-Identifier: MIT */
/* The arguments of "dmaload load". */
#include "tool.h"

#include <getopt.h>
#include <stdlib.h>
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

static bool parse_align(const char *text, uint64_t *align)
{
	if (parse_bytes(text, align) && *align != 0 &&
	    (*align & (*align - 1)) == 0)
		return true;
	mistake("--align must be a power of two, not \"%s\"", text);
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
	case 'T':
		request->patterns[request->n_patterns++] = value;
		return true;
	case 'a':
		return parse_align(value, &request->align);
	case 'd':
		request->digest = value;
		return true;
	case 'x':
		request->expect = value;
		return true;
	case 'X':
		request->expect_file = value;
		return true;
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

/* A digest is that of the bytes of one range for each FILE. */
static bool check_digest(const struct request *request)
{
	if (!request->digest && !request->expect && !request->expect_file)
		return true;
	if (request->expect && request->expect_file)
		mistake("--expect and --expect-file cannot be used together");
	else if (request->expect && request->count > 1)
		mistake("--expect needs exactly one FILE: use --expect-file");
	else if (request->spread)
		mistake("a digest is that of one buffer, and cannot be used "
			"with --spread");
	else if (request->stream && request->size == 0 &&
		 request->settings.length == DMALOAD_TO_END)
		mistake("a digest of a stream needs --length or --size");
	else
		return true;
	return false;
}

/* The ranges are those of the tensors, in one buffer. */
static bool check_tensors(const struct request *request, bool from_stdin)
{
	const struct settings *settings = &request->settings;

	if (request->n_patterns == 0 && request->align == 0)
		return true;
	if (request->n_patterns == 0)
		mistake("--align needs --tensors");
	else if (request->count > 1 || from_stdin)
		mistake("--tensors needs exactly one FILE, which is not standard "
			"input");
	else if (settings->offset != 0 || settings->length != DMALOAD_TO_END ||
		 request->spread)
		mistake("--tensors cannot be used with --offset, --length or "
			"--spread");
	else if (request->digest || request->expect || request->expect_file)
		mistake("a digest is that of a whole FILE, and cannot be used "
			"with --tensors");
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
		       check_tensors(request, from_stdin) &&
		       (!from_stdin || check_stdin(request)) &&
		       check_digest(request);
	return false;
}

bool load_parse(struct request *request, int argc, char **argv, int *code)
{
	*request = (struct request){ .settings.length = DMALOAD_TO_END };
	/* No more patterns than arguments. */
	request->patterns = calloc((size_t)argc + 1, sizeof(*request->patterns));
	if (!request->patterns) {
		complain("out of memory");
		*code = EXIT_FAILED;
		return false;
	}
	request->command = split_command(&argc, argv);
	if (!arguments_read(&load_command, argc, argv, take_option, request,
			    code))
		return false;
	*code = EXIT_USAGE;
	request->names = argv + optind;
	request->count = (size_t)(argc - optind);
	return check(request);
}
