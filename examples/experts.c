/* SPDX-License-Identifier: MIT */
/*
 * Run the experts of a model that is larger than memory. Each step of a trace
 * gets the experts of a layer from a cache of slots in dma-bufs.
 *
 *   experts MODEL.gguf                   a generated trace
 *   experts MODEL.gguf TRACE             one of a file, see trace.h
 *   experts MODEL.gguf --cache 1/8 --prefetch --work 2000 --no-verify
 *
 * Prints how many experts were in the cache, how long a layer waited, and how
 * fast experts were read.
 *
 * Build it by:
 *
 *   cc -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -o experts \
 *	experts.c replay-experts.c replay-steps.c stacks.c trace.c \
 *	routing.c compare.c model.c \
 *	$(pkg-config --cflags --libs dmaload-cache dmaload-models) -lm
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "replay-experts.h"

static const char usage[] =
"usage: %s MODEL.gguf [TRACE] [options]\n"
"\n"
"  --cache N     bytes of the cache, or 1/N of the experts' bytes\n"
"                (default: 1/4)\n"
"  --source S    heap name, \"heap:NAME\", \"udmabuf\" or \"memfd\"\n"
"                (default: the recommended one)\n"
"  --prefetch    announce the experts of the next layer\n"
"  --work US     time that a device works on a layer, in microseconds\n"
"                (default: 0)\n"
"  --no-verify   do not compare each expert with what pread(2) reads\n"
"\n"
"For a generated trace:\n"
"  --tokens N    its length (default: 100)\n"
"  --used N      experts of a layer that a token uses\n"
"                (default: 8, or a quarter)\n"
"  --zipf X      the exponent of their popularity (default: 0.8)\n"
"  --reuse X     the probability that the next token uses one again\n"
"                (default: 0.3)\n"
"  --seed N      (default: 1)\n";

struct arguments {
	const char *model, *trace, *source;
	uint64_t cache, part, tokens, used, seed, work;
	double zipf, reuse;
	bool prefetch, verify;
};

static bool parse_number(const char *text, uint64_t least, uint64_t *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*number = strtoull(text, &end, 10);
	return *end == '\0' && *number >= least;
}

static bool parse_real(const char *text, double most, double *real)
{
	char *end;

	*real = strtod(text, &end);
	return end != text && *end == '\0' && *real >= 0 && *real <= most;
}

static bool parse_option(struct arguments *a, int option, const char *text)
{
	switch (option) {
	case 'c':
		if (strncmp(text, "1/", 2) == 0)
			return parse_number(text + 2, 1, &a->part);
		return parse_number(text, 1, &a->cache);
	case 's':
		a->source = text;
		return true;
	case 'p':
		a->prefetch = true;
		return true;
	case 'n':
		a->verify = false;
		return true;
	case 'w':
		return parse_number(text, 0, &a->work) && a->work < 1000000;
	case 't':
		return parse_number(text, 1, &a->tokens) &&
		       a->tokens < UINT32_MAX;
	case 'u':
		return parse_number(text, 1, &a->used) && a->used < UINT32_MAX;
	case 'e':
		return parse_number(text, 0, &a->seed);
	case 'z':
		return parse_real(text, 10, &a->zipf);
	case 'r':
		return parse_real(text, 1, &a->reuse);
	default:
		return false;
	}
}

static bool parse(struct arguments *a, int argc, char **argv)
{
	static const struct option names[] = {
		{ "cache", required_argument, NULL, 'c' },
		{ "no-verify", no_argument, NULL, 'n' },
		{ "prefetch", no_argument, NULL, 'p' },
		{ "reuse", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 'e' },
		{ "source", required_argument, NULL, 's' },
		{ "tokens", required_argument, NULL, 't' },
		{ "used", required_argument, NULL, 'u' },
		{ "work", required_argument, NULL, 'w' },
		{ "zipf", required_argument, NULL, 'z' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
		if (!parse_option(a, option, optarg))
			return false;
	if (argc - optind < 1 || argc - optind > 2)
		return false;
	a->model = argv[optind];
	a->trace = argv[optind + 1];
	return true;
}

static int open_trace(struct trace *trace, const struct arguments *a,
		      const struct experts *experts)
{
	uint64_t used = a->used;

	if (used == 0)
		used = experts->n_experts < 32 ? (experts->n_experts + 3) / 4 : 8;
	if (used > experts->n_experts)
		return complain(a->model, "%" PRIu64 " experts of a layer cannot "
				"be used, there are %" PRIu32, used,
				experts->n_experts);
	return trace_open(trace, a->trace, &(struct routing_options){
		.layers = experts->n_layers,
		.experts = experts->n_experts,
		.used = (uint32_t)used,
		.zipf = a->zipf,
		.reuse = a->reuse,
		.seed = a->seed,
	}, (uint32_t)a->tokens);
}

static int run(const struct arguments *a, const struct model *model,
	       const struct experts *experts)
{
	struct replay replay = {
		.model = model,
		.experts = experts,
		.path = a->model,
		.source = a->source,
		.prefetch = a->prefetch,
		.verify = a->verify,
		.work_us = (uint32_t)a->work,
		.cache_bytes = a->cache ? a->cache : experts->bytes / a->part,
	};
	struct trace trace = { 0 };
	int r;

	printf("model     %" PRIu32 " layers of %" PRIu32 " experts, in %zu "
	       "tensors of %" PRIu64 " bytes\n", experts->n_layers,
	       experts->n_experts, experts->n_stacks, experts->bytes);
	r = open_trace(&trace, a, experts);
	if (r == 0)
		r = replay_begin(&replay);
	if (r == 0)
		r = replay_run(&replay, &trace);
	if (r == 0)
		r = replay_print(&replay);
	replay_end(&replay);
	trace_close(&trace);
	return r;
}

int main(int argc, char **argv)
{
	struct arguments a = { .part = 4, .tokens = 100, .seed = 1, .zipf = 0.8,
			       .reuse = 0.3, .verify = true };
	struct experts experts = { 0 };
	struct model model;
	int r;

	if (!parse(&a, argc, argv)) {
		fprintf(stderr, usage, argv[0]);
		return 2;
	}
	r = model_open(&model, a.model);
	if (r == 0)
		r = experts_find(&experts, &model, a.model);
	if (r == 0)
		r = run(&a, &model, &experts);
	experts_free(&experts);
	model_close(&model);
	return exit_status(r);
}
