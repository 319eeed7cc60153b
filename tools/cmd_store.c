/* SPDX-License-Identifier: MIT */
#include "destination.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct order {
	struct settings settings;
	const char *name;
	int fd;
	bool durable;
	bool in_place;
};

struct stored {
	struct dmaload_ctx *ctx;
	struct dmaload_file *file;
	struct pair pair;
	struct destination destination;
	/* The mapping of a memfd; NULL: there is none. */
	void *map;
	size_t map_size;
};

static bool take_option(void *data, int option, const char *value)
{
	struct order *order = data;
	uint64_t fd;

	switch (option) {
	case 'f':
		if (!parse_number(value, INT_MAX, &fd)) {
			mistake("--fd must be the number of an fd, not \"%s\"",
				value);
			return false;
		}
		order->fd = (int)fd;
		return true;
	case 'd':
		return order->durable = true;
	case 'n':
		order->durable = false;
		return true;
	case 'i':
		return order->in_place = true;
	default:
		return settings_take(&order->settings, option, value);
	}
}

static bool parse(struct order *order, int argc, char **argv, int *code)
{
	*order = (struct order){
		.settings.length = DMALOAD_TO_END,
		.fd = -1,
		.durable = true,
	};
	if (!arguments_read(&store_command, argc, argv, take_option, order, code))
		return false;
	*code = EXIT_USAGE;
	if (optind + 1 != argc) {
		mistake("store needs exactly one FILE");
		return false;
	}
	order->name = argv[optind];
	if (is_standard_input(order->name)) {
		mistake("store writes a file and not a stream; write ./- for a "
			"file of the name \"-\"");
		return false;
	}
	if (order->fd < 0)
		order->fd = handover_fd();
	return order->fd >= 0;
}

/* Return true if the fd is a memfd in place of a dma-buf, as "dmaload load
 * --source memfd" hands it on. It is sealed, so no process can truncate the
 * memory that is mapped here. */
static bool is_stand_in(int fd)
{
	const char *source = getenv("DMALOAD_SOURCE");
	const int seals = fcntl(fd, F_GET_SEALS);

	return source && strcmp(source, "memfd") == 0 && seals >= 0 &&
	       (seals & F_SEAL_SHRINK);
}

static int take_memfd(struct stored *stored, int fd, struct dmaload_error *err)
{
	struct stat st;
	void *map;

	if (fstat(fd, &st) < 0)
		return explain(err, -errno, "fd %d: %s", fd, strerror(errno));
	if ((uint64_t)st.st_size > SIZE_MAX)
		return explain(err, -EOVERFLOW, "fd %d has %jd bytes: a 32-bit "
			       "program cannot map them", fd,
			       (intmax_t)st.st_size);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   fd, 0);
	if (map == MAP_FAILED)
		return explain(err, -errno, "cannot map fd %d: %s", fd,
			       strerror(errno));
	stored->map = map;
	stored->map_size = (size_t)st.st_size;
	return dmaload_buffer_from_memory(&stored->pair.buffer, map,
					  stored->map_size, err);
}

/* Without a length, store everything that was loaded, if that is known. */
static int find_length(const struct order *order, struct pair *pair,
		       struct dmaload_error *err)
{
	const uint64_t offset = order->settings.offset;
	uint64_t end = handover_length(order->fd);

	pair->length = order->settings.length;
	if (pair->length != DMALOAD_TO_END)
		return 0;
	if (end == DMALOAD_TO_END)
		end = dmaload_buffer_size(pair->buffer);
	if (offset >= end)
		return explain(err, -ERANGE, "the dma-buf has %" PRIu64 " bytes: "
			       "there is nothing at offset %" PRIu64, end,
			       offset);
	pair->length = end - offset;
	return 0;
}

static int take_buffer(struct stored *stored, const struct order *order,
		       struct dmaload_error *err)
{
	int r;

	r = dmaload_buffer_from_fd(&stored->pair.buffer, order->fd, err);
	if (r == -EBADFD && is_stand_in(order->fd))
		r = take_memfd(stored, order->fd, err);
	return r < 0 ? r : find_length(order, &stored->pair, err);
}

static int move(struct stored *stored, const struct order *order,
		struct result *result, struct dmaload_report *report,
		struct dmaload_error *err)
{
	const struct dmaload_range range = {
		.file = stored->file,
		.buffer = stored->pair.buffer,
		.buffer_offset = order->settings.offset,
		.length = stored->pair.length,
	};
	struct dmaload_report verified = DMALOAD_REPORT_INIT;
	struct dmaload_options options;
	struct progress progress;
	int r;

	watch_options(&options, &order->settings, &progress);
	options.flags = order->durable ? DMALOAD_DURABLE : 0;
	progress_begin(&progress, &order->settings, "store ");
	r = dmaload_store(stored->ctx, &range, 1, &options, report, err);
	progress_end(&progress);
	if (r < 0 || !order->settings.verify)
		return r;

	progress_begin(&progress, &order->settings, "verify");
	options.paths = 0;
	options.flags = 0;
	r = dmaload_verify(stored->ctx, &range, 1, &options, &verified, err);
	progress_end(&progress);
	result->verified = r == 0;
	result_add_residue(report, &verified);
	return r;
}

static int run(struct stored *stored, const struct order *order,
	       struct result *result, struct dmaload_report *report,
	       struct dmaload_error *err)
{
	struct destination *destination = &stored->destination;
	struct dmaload_error why;
	int r;

	r = settings_ctx(&order->settings, &stored->ctx, err);
	if (r == 0)
		r = take_buffer(stored, order, err);
	if (r == 0)
		r = destination_open(destination, order->name, order->in_place,
				     &order->settings, err);
	if (r < 0)
		return r;
	r = dmaload_file_from_fd(&stored->file, destination->fd, &why);
	if (r == 0)
		r = move(stored, order, result, report, &why);
	r = watch_result(r, &why);
	if (r == 0)
		r = watch_check(&why);
	if (r < 0)
		return explain(err, r, "%s %s: %s%s", order->name,
			       destination_state(destination, report->reads > 0),
			       why.message, order->in_place ? "" :
			       place_hint(&destination->place, r));
	return destination_commit(destination, stored->pair.length,
				  order->durable, err);
}

static void finish(struct stored *stored)
{
	dmaload_file_close(stored->file);
	dmaload_buffer_destroy(stored->pair.buffer);
	destination_close(&stored->destination);
	if (stored->map)
		munmap(stored->map, stored->map_size);
	dmaload_ctx_destroy(stored->ctx);
}

/* Shown with --quiet, too, since it is unexpected. */
static void warn(const struct stored *stored)
{
	const struct losses *losses = &stored->destination.losses;
	size_t i;

	for (i = 0; i < losses->count; i++)
		complain("%s has not kept its %s", stored->pair.name,
			 losses->texts[i]);
}

static int cmd_store(int argc, char **argv)
{
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	struct stored stored = { .destination = DESTINATION_NONE };
	struct result result = {
		.pairs = &stored.pair,
		.count = 1,
		.report = &report,
		.verified = -1,
	};
	struct dmaload_error err;
	struct order order;
	int r, code;

	if (!parse(&order, argc, argv, &code))
		return code;
	stored.pair.name = order.name;

	watch_begin();
	r = run(&stored, &order, &result, &report, &err);
	result.error = r < 0 ? &err : NULL;
	if (r == 0) {
		result.not_kept = stored.destination.losses.texts;
		result.not_kept_count = stored.destination.losses.count;
	}
	if (order.settings.json)
		result_print_json(&result, stdout);
	else if (!order.settings.quiet && r == 0)
		result_print_text(&result, stdout);
	if (r < 0)
		complain("%s", err.message);
	else
		warn(&stored);
	finish(&stored);
	return r < 0 ? EXIT_FAILED : EXIT_OK;
}

static const struct command_option options[] = {
	{ 'f', "fd", "N", "the dma-buf (default: $DMALOAD_FD)" },
	{ 'o', "offset", "N", "first byte of the dma-buf (default: 0)" },
	{ 'l', "length", "N",
	  "bytes (default: $DMALOAD_LENGTH, which load sets, or all)" },
	{ 'd', "fsync", NULL, "wait until FILE is on the disk (default)" },
	{ 'n', "no-fsync", NULL, "let the kernel decide when to write FILE to the disk" },
	{ 'i', "in-place", NULL,
	  "write into FILE itself, which keeps its hard links and its\n"
	  "mount; a failure may leave it half written" },
	SETTINGS_OPTIONS(""),
	{ .name = NULL },
};

const struct command store_command = {
	.name = "store",
	.synopsis = "FILE [OPTION...]",
	.summary = "store a dma-buf into a file",
	.description =
		"Store a dma-buf into FILE. FILE is replaced atomically, or not at all.",
	.options = options,
	.notes =
		NUMBERS_NOTE,
	.run = cmd_store,
};
