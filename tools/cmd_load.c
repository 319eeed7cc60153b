/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <errno.h>
#include <stdlib.h>

static int verify(struct files *files, const struct dmaload_options *options,
		  struct result *result, struct dmaload_report *loaded,
		  struct dmaload_error *err)
{
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	int r;

	r = dmaload_verify(files->ctx, files->ranges, files->n_ranges, options,
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

	r = digests_begin(&files->digests, request, files, &options, err);
	if (r < 0)
		return r;
	progress_begin(&progress, &request->settings, "load  ");
	progress.endless = request->stream &&
			   request->settings.length == DMALOAD_TO_END;
	r = files_load(files, request, &options, report, err);
	progress_end(&progress);
	r = digests_end(files->digests, watch_result(r, err), err);
	if (r < 0 || !request->settings.verify)
		return r;

	progress_begin(&progress, &request->settings, "verify");
	/* Any path may be used to compare: --path is about the load. */
	options.paths = 0;
	options.transform = NULL;
	r = verify(files, &options, result, report, err);
	progress_end(&progress);
	return watch_result(r, err);
}

static void print(const struct request *request, const struct result *result)
{
	FILE *out = request->command ? stderr : stdout;

	if (request->settings.json)
		result_print_json(result, out);
	if (!request->settings.json && !result->error)
		digests_print(result->digests, out);
	if (!request->settings.json && !request->settings.quiet && !result->error)
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

	if (!load_parse(&request, argc, argv, &code)) {
		free(request.patterns);
		return code;
	}

	watch_begin();
	r = run(&request, &files, &result, &report, &err);
	result.pairs = files.pairs;
	result.count = files.count;
	result.digests = files.digests;
	result.chosen = files.chosen;
	result.spread = request.spread;
	result.handed_over = r == 0 && request.command;
	result.error = r < 0 ? &err : NULL;
	print(&request, &result);
	code = r < 0 ? EXIT_FAILED : EXIT_OK;
	if (result.handed_over)
		code = hand_over(&request, &files);
	files_finish(&files);
	free(request.patterns);
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
	{ 'T', "tensors", "PATTERN",
	  "load the tensors of this name of the one FILE, which is a model, or\n"
	  "those that match; several times: in this order" },
	{ 'a', "align", "N",
	  "each tensor begins at a multiple of N, a power of two (default: 64)" },
	{ 'c', "cache", "C",
	  "page cache: auto copies resident pages; bypass reads only from\n"
	  "the disk; keep reads through it and leaves all pages there" },
	{ 'd', "digest", "A",
	  "print the digest of each FILE, as sha256sum, sha512sum, b2sum or\n"
	  "\"fsverity digest\" do: sha256, sha512, blake2b512 or fsverity" },
	{ 'x', "expect", "A:HEX",
	  "fail unless FILE has this digest, such as sha256:..." },
	{ 'X', "expect-file", "SUMS",
	  "fail unless each FILE has its digest in SUMS, a file of sha256sum,\n"
	  "sha512sum or b2sum" },
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
