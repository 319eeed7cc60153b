/* SPDX-License-Identifier: MIT */
/*
 * Load the tensors of a model, or some of them, into one dma-buf, each at an
 * aligned offset:
 *
 *   load-tensors MODEL.gguf --list
 *   load-tensors MODEL.gguf --align 4096 token_embd.weight 'blk.0.*'
 *   load-tensors MODEL-00001-of-00003.gguf             all three files
 *   load-tensors model.safetensors.index.json          all files of the model
 *
 * libdmaload-models reads the headers. Receives the model that model.c has
 * opened; hands on a buffer. Always: if a file of the model is missing, nothing
 * is loaded.
 *
 * Build it by:
 *
 *   cc -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -o load-tensors \
 *	load-tensors.c model.c \
 *	$(pkg-config --cflags --libs dmaload dmaload-models)
 */
#include <dmaload.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model.h"

static const char usage[] =
"usage: %s FILE [NAME|PATTERN...] [options]\n"
"\n"
"Loads the tensors of these names, or that match these patterns, which are as\n"
"in the shell; all without any. Prints the name, type, shape, offset in the\n"
"buffer, and bytes of each. Control characters of a name are printed, and\n"
"matched, as \\xNN, and a backslash as \\\\.\n"
"\n"
"If FILE is one of several that make a model, or their index, all are loaded.\n"
"\n"
"  --list       only list them, with their offsets in the file, and which file\n"
"               that is if there are several\n"
"  --align N    each at a multiple of N, a power of two (default: 64)\n"
"  --source S   heap name, \"heap:NAME\" or \"memfd\" (default: the best heap)\n"
"  --priority   what is named first is loaded first\n"
"  --verify     read the buffer back and compare it with FILE\n"
"  --dump OUT   write the buffer's bytes into the file OUT\n";

struct options {
	const char *file, *source, *dump;
	uint64_t align;
	bool list, priority, verify;
	const char *const *patterns;
	size_t n_patterns;
};

/* The tensors to load, and their places in the buffer. */
struct layout {
	struct dmaload_place *places;
	struct dmaload_range *ranges;
	size_t n_places, n_ranges;
	uint64_t size;
};

static void print_tensor(const struct dmaload_tensor *tensor, uint64_t offset)
{
	uint32_t i;

	printf("%s\t%s\t[", tensor->name, tensor->type);
	for (i = 0; i < tensor->rank; i++)
		printf("%s%" PRIu64, i > 0 ? "," : "", tensor->shape[i]);
	printf("]\t%" PRIu64 "\t%" PRIu64, offset, tensor->bytes);
}

static void print_file(const struct model *model, size_t file)
{
	const char *path = dmaload_model_path(model->model, file);
	const char *slash = strrchr(path, '/');

	printf("\t%s", slash ? slash + 1 : path);
}

/* Print a line for each tensor, with tabs between the fields; no name has a
 * tab. With a model, the offsets are those in its files, else those in the
 * buffer. */
static void print_places(const struct layout *layout, const struct model *model)
{
	const struct dmaload_place *place = layout->places;
	const struct dmaload_place *const end = place + layout->n_places;

	for (; place < end; place++) {
		print_tensor(place->tensor, model ?
			     place->tensor->file_offset : place->offset);
		if (model && model->count > 1)
			print_file(model, place->tensor->file);
		putchar('\n');
	}
}

static int lay_out(struct layout *layout, const struct model *model,
		   const struct options *o)
{
	/* At least one: calloc(0) may return NULL. */
	const size_t room = dmaload_model_tensors(model->model) + 1;
	struct dmaload_error err;
	int r;

	layout->places = calloc(room, sizeof(*layout->places));
	layout->ranges = calloc(room, sizeof(*layout->ranges));
	if (!layout->places || !layout->ranges)
		return complain(o->file, "no memory for %zu ranges", room - 1);
	r = dmaload_model_choose(model->model, o->patterns, o->n_patterns,
				 layout->places, &layout->n_places, &err);
	if (r == 0)
		r = dmaload_model_align(layout->places, layout->n_places,
					o->align, &layout->size, &err);
	return r < 0 ? complain(o->file, "%s", err.message) : 0;
}

static void make_ranges(struct layout *layout, const struct model *model,
			struct dmaload_buffer *buffer, bool priority)
{
	const struct dmaload_place *place;
	size_t i;

	for (i = 0; i < layout->n_places; i++) {
		place = &layout->places[i];
		/* There is nothing to load, and a range has at least one
		 * byte. */
		if (place->tensor->bytes == 0)
			continue;
		layout->ranges[layout->n_ranges++] = (struct dmaload_range){
			.file = model->files[place->tensor->file],
			.file_offset = place->tensor->file_offset,
			.buffer = buffer,
			.buffer_offset = place->offset,
			.length = place->tensor->bytes,
			.priority = priority ? place->pattern : 0,
		};
	}
}

/* The bytes between the tensors are 0, since the buffer is new. */
static int dump(struct dmaload_buffer *buffer, uint64_t size, const char *path)
{
	FILE *out = fopen(path, "wb");
	struct dmaload_error err;
	bool written;

	if (!out)
		return complain(path, "%s", strerror(errno));
	/* The bracket is for bytes that a device has written meanwhile. */
	if (dmaload_buffer_begin(buffer, DMALOAD_ACCESS_READ, &err) < 0) {
		fclose(out);
		return complain(path, "%s", err.message);
	}
	/* The buffer is mapped, so its size fits into a size_t. */
	written = fwrite(dmaload_buffer_map(buffer), 1, (size_t)size, out) == size;
	written &= dmaload_buffer_end(buffer, DMALOAD_ACCESS_READ, &err) == 0;
	if (fclose(out) != 0 || !written)
		return complain(path, "cannot be written to the end");
	return 0;
}

static int load(struct layout *layout, const struct model *model,
		const struct options *o)
{
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	struct dmaload_buffer *buffer = NULL;
	struct dmaload_ctx *ctx = NULL;
	struct dmaload_error err;
	char text[4096];
	int r;

	r = dmaload_ctx_create(&ctx, NULL, &err);
	if (r == 0)
		r = dmaload_buffer_create(&buffer, o->source, layout->size,
					  &err);
	if (r == 0) {
		make_ranges(layout, model, buffer, o->priority);
		r = dmaload_load(ctx, layout->ranges, layout->n_ranges, NULL,
				 &report, &err);
	}
	if (r == 0) {
		/* Pass dmaload_buffer_fd(buffer) and the places of the tensors
		 * to the device's driver here. */
		print_places(layout, NULL);
		dmaload_report_format(&report, text, sizeof(text));
		fputs(text, stdout);
	}
	if (r == 0 && o->verify)
		r = dmaload_verify(ctx, layout->ranges, layout->n_ranges, NULL,
				   NULL, &err);
	if (r < 0)
		complain(o->file, "%s", err.message);
	else if (o->verify)
		printf("verified  every byte equals the file\n");
	if (r == 0 && o->dump)
		r = dump(buffer, layout->size, o->dump);
	dmaload_buffer_destroy(buffer);
	dmaload_ctx_destroy(ctx);
	return r;
}

static int run(const struct options *o, struct model *model)
{
	struct layout layout = { 0 };
	const uint64_t unclaimed = dmaload_model_unclaimed(model->model);
	int r = lay_out(&layout, model, o);

	if (r == 0 && unclaimed > 0)
		fprintf(stderr, "note: %" PRIu64 " bytes behind the last tensor "
			"belong to no tensor and stay in the file\n",
			unclaimed);
	if (r == 0 && o->list) {
		print_places(&layout, model);
	} else if (r == 0 && layout.size == 0) {
		print_places(&layout, NULL);
		printf("nothing to load: these tensors are empty\n");
	} else if (r == 0) {
		if (model->count > 1)
			printf("files     %zu, which make the model\n",
			       model->count);
		r = load(&layout, model, o);
	}
	free(layout.places);
	free(layout.ranges);
	return r;
}

static int open_and_run(const struct options *o)
{
	struct model model;
	int r = model_open(&model, o->file);

	if (r == 0)
		r = run(o, &model);
	model_close(&model);
	return r;
}

static bool parse_align(const char *text, uint64_t *align)
{
	/* strtoull() would also accept octal digits after a zero, and signs. */
	const int base = strncasecmp(text, "0x", 2) == 0 ? 16 : 10;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*align = strtoull(text, &end, base);
	return errno == 0 && *end == '\0' && *align != 0 &&
	       (*align & (*align - 1)) == 0;
}

static bool parse(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "align", required_argument, NULL, 'a' },
		{ "dump", required_argument, NULL, 'd' },
		{ "list", no_argument, NULL, 'l' },
		{ "priority", no_argument, NULL, 'p' },
		{ "source", required_argument, NULL, 's' },
		{ "verify", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'a':
			if (!parse_align(optarg, &o->align))
				return false;
			break;
		case 'd': o->dump = optarg; break;
		case 'l': o->list = true; break;
		case 'p': o->priority = true; break;
		case 's': o->source = optarg; break;
		case 'v': o->verify = true; break;
		default: return false;
		}
	}
	if (optind == argc)
		return false;
	o->file = argv[optind];
	o->patterns = (const char *const *)argv + optind + 1;
	o->n_patterns = (size_t)(argc - optind - 1);
	return true;
}

int main(int argc, char **argv)
{
	struct options o = { .align = 64 };

	if (!parse(&o, argc, argv)) {
		fprintf(stderr, usage, argv[0]);
		return 2;
	}
	return exit_status(open_and_run(&o));
}
