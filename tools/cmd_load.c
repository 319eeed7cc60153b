/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct request {
	const char *file;
	const char *source;
	uint64_t offset;
	uint64_t length;
	uint32_t paths;
	bool verify;
	bool json;
	bool quiet;
	/* NULL, or what to run with the dma-buf. */
	char **command;
};

struct loaded {
	struct dmaload_ctx *ctx;
	struct dmaload_file *file;
	struct dmaload_buffer *buffer;
	struct dmaload_report report;
	int verified;
};

static bool parse_option(struct request *request, int option, const char *value)
{
	enum dmaload_path path;

	switch (option) {
	case 's':
		request->source = value;
		return true;
	case 'p':
		if (parse_path(value, &path)) {
			request->paths = DMALOAD_PATH_BIT(path);
			return true;
		}
		complain("--path is direct, bounce or buffered, not \"%s\"", value);
		return false;
	case 'o':
		if (parse_bytes(value, &request->offset))
			return true;
		complain("--offset is a number of bytes, not \"%s\"", value);
		return false;
	case 'l':
		if (parse_bytes(value, &request->length))
			return true;
		complain("--length is a number of bytes, not \"%s\"", value);
		return false;
	case 'v':
		return request->verify = true;
	case 'j':
		return request->json = true;
	case 'q':
		return request->quiet = true;
	default:
		return false;
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

static bool parse(struct request *request, int argc, char **argv)
{
	static const struct option options[] = {
		{ "source", required_argument, NULL, 's' },
		{ "path", required_argument, NULL, 'p' },
		{ "offset", required_argument, NULL, 'o' },
		{ "length", required_argument, NULL, 'l' },
		{ "verify", no_argument, NULL, 'v' },
		{ "json", no_argument, NULL, 'j' },
		{ "quiet", no_argument, NULL, 'q' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*request = (struct request){ .length = DMALOAD_TO_END };
	request->command = split_command(&argc, argv);
	if (request->command && !request->command[0]) {
		complain("there is no command after \"--\"");
		return false;
	}
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!parse_option(request, option, optarg))
			return false;
	if (optind + 1 != argc) {
		complain("load takes one FILE; see dmaload --help");
		return false;
	}
	request->file = argv[optind];
	return true;
}

/* The buffer is as long as the range, which begins at its first byte. */
static int make_buffer(const struct request *request, struct loaded *loaded,
		       struct dmaload_range *range, struct dmaload_error *err)
{
	const uint64_t size = dmaload_file_size(loaded->file);
	uint64_t length = request->length;

	*range = (struct dmaload_range){
		.file = loaded->file,
		.file_offset = request->offset,
		.length = length,
	};
	/* What is beyond the file is refused by the load; here only the size. */
	if (length == DMALOAD_TO_END || length > size)
		length = request->offset < size ? size - request->offset : 1;
	if (length == 0)
		length = 1;
	return dmaload_buffer_create(&loaded->buffer, request->source, length,
				     err);
}

/* Verification reads as well: what it leaves behind is ours too. */
static int verify(struct loaded *loaded, const struct dmaload_range *range,
		  const struct dmaload_options *options,
		  struct dmaload_error *err)
{
	struct dmaload_report report = { .size = sizeof(report) };
	int r;

	r = dmaload_verify(loaded->ctx, range, 1, options, &report, err);
	loaded->verified = r == 0;
	if (report.cache_residue_bytes != DMALOAD_UNKNOWN &&
	    loaded->report.cache_residue_bytes != DMALOAD_UNKNOWN)
		loaded->report.cache_residue_bytes += report.cache_residue_bytes;
	return r;
}

static int run(const struct request *request, struct loaded *loaded,
	       struct dmaload_error *err)
{
	struct dmaload_options options = { .size = sizeof(options) };
	struct dmaload_range range;
	struct progress progress;
	int r;

	r = dmaload_ctx_create(&loaded->ctx, NULL, err);
	if (r == 0)
		r = dmaload_file_open(&loaded->file, request->file, err);
	if (r == 0)
		r = make_buffer(request, loaded, &range, err);
	if (r < 0)
		return r;

	range.buffer = loaded->buffer;
	options.paths = request->paths;
	if (!request->quiet && !request->json) {
		options.progress = progress_draw;
		options.progress_data = &progress;
	}
	progress_begin(&progress, stderr, "load  ");
	r = dmaload_load(loaded->ctx, &range, 1, &options, &loaded->report, err);
	progress_end(&progress);
	if (r < 0 || !request->verify)
		return r;

	progress_begin(&progress, stderr, "verify");
	/* To compare is allowed by any path: --path is about the load. */
	options.paths = 0;
	r = verify(loaded, &range, &options, err);
	progress_end(&progress);
	return r;
}

static void print(const struct request *request, const struct loaded *loaded,
		  const struct dmaload_error *error)
{
	FILE *out = request->command ? stderr : stdout;
	char text[4096];

	if (request->json) {
		result_print_json(&(struct result){
			.file = request->file,
			.buffer = loaded->buffer,
			.report = &loaded->report,
			.verified = loaded->verified,
			.error = error,
		}, out);
		return;
	}
	if (request->quiet || error)
		return;
	dmaload_report_format(&loaded->report, text, sizeof(text));
	fprintf(out, "source    %s, a buffer of %" PRIu64 " bytes\n%s",
		dmaload_buffer_source(loaded->buffer),
		dmaload_buffer_size(loaded->buffer), text);
	if (loaded->verified >= 0)
		fprintf(out, "verified  %s\n", loaded->verified ?
			"every byte read back equals the file" : "no");
}

static bool set_number(const char *name, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return setenv(name, text, 1) == 0;
}

/* Become CMD, with one more fd. Returns only if that fails. */
static int become(char **command, const struct loaded *loaded)
{
	int fd = dup(dmaload_buffer_fd(loaded->buffer)), code;

	if (fd < 0 || !set_number("DMALOAD_FD", (uint64_t)fd) ||
	    !set_number("DMALOAD_LENGTH", loaded->report.bytes_total) ||
	    !set_number("DMALOAD_SIZE", dmaload_buffer_size(loaded->buffer)) ||
	    setenv("DMALOAD_SOURCE", dmaload_buffer_source(loaded->buffer), 1)) {
		complain("the dma-buf cannot be handed on: %s", strerror(errno));
		return EXIT_FAILED;
	}
	fflush(NULL);
	execvp(command[0], command);
	code = errno == ENOENT ? 127 : 126;
	complain("%s cannot be run: %s", command[0], strerror(errno));
	return code;
}

int cmd_load(int argc, char **argv)
{
	struct loaded loaded = {
		.report.size = sizeof(loaded.report),
		.verified = -1,
	};
	struct dmaload_error err;
	struct request request;
	int r, code;

	if (!parse(&request, argc, argv))
		return EXIT_USAGE;

	r = run(&request, &loaded, &err);
	print(&request, &loaded, r < 0 ? &err : NULL);
	if (r < 0)
		complain("%s", err.message);
	code = r < 0 ? EXIT_FAILED : EXIT_OK;
	if (r == 0 && request.command)
		code = become(request.command, &loaded);

	dmaload_buffer_destroy(loaded.buffer);
	dmaload_file_close(loaded.file);
	dmaload_ctx_destroy(loaded.ctx);
	return code;
}
