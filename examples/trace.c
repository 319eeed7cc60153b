/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

int trace_open(struct trace *trace, const char *path,
	       const struct routing_options *made_up, uint32_t tokens)
{
	*trace = (struct trace){
		.path = path ? path : "",
		.tokens = tokens,
		.n_layers = made_up->layers,
		.n_experts = made_up->experts,
		.experts = calloc(made_up->experts, sizeof(uint32_t)),
	};
	if (!trace->experts)
		return complain(trace->path, "no memory for a trace");
	if (path) {
		trace->file = fopen(path, "r");
		if (!trace->file)
			return complain(path, "%s", strerror(errno));
	} else if (routing_init(&trace->routing, made_up) < 0) {
		return complain("", "no memory for a trace");
	}
	return 0;
}

void trace_close(struct trace *trace)
{
	if (trace->file)
		fclose(trace->file);
	else
		routing_finish(&trace->routing);
	free(trace->line);
	free(trace->experts);
}

/* Parse a number below a limit and move behind it. Return false if there is
 * none. */
static bool parse(char **at, uint32_t below, uint32_t *number)
{
	unsigned long value;
	char *end;

	*at += strspn(*at, " \t");
	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	value = strtoul(*at, &end, 10);
	if (errno != 0 || value >= below)
		return false;
	*number = (uint32_t)value;
	*at = end;
	return true;
}

static bool is_used(const struct trace *trace, uint32_t expert)
{
	uint32_t i;

	for (i = 0; i < trace->count; i++)
		if (trace->experts[i] == expert)
			return true;
	return false;
}

static int parse_line(struct trace *trace)
{
	char *at = trace->line;
	uint32_t expert;

	trace->count = 0;
	at[strcspn(at, "\r\n")] = '\0';
	if (!parse(&at, trace->n_layers, &trace->layer))
		return complain(trace->path, "line %zu: no layer below %" PRIu32,
				trace->number, trace->n_layers);
	while (parse(&at, trace->n_experts, &expert)) {
		if (is_used(trace, expert))
			return complain(trace->path, "line %zu: expert %" PRIu32
					" is there twice", trace->number,
					expert);
		trace->experts[trace->count++] = expert;
	}
	if (*at != '\0' || trace->count == 0)
		return complain(trace->path, "line %zu: no expert below %" PRIu32,
				trace->number, trace->n_experts);
	return 1;
}

static int read_line(struct trace *trace)
{
	errno = 0;
	do {
		trace->number++;
		if (getline(&trace->line, &trace->room, trace->file) < 0)
			return errno != 0 || ferror(trace->file) ?
			       complain(trace->path, "%s", strerror(errno)) : 0;
	} while (trace->line[0] == '#' || trace->line[0] == '\n');
	return parse_line(trace);
}

int trace_next(struct trace *trace)
{
	uint32_t step;

	if (trace->file)
		return read_line(trace);
	step = (uint32_t)trace->number++;
	if (step / trace->n_layers >= trace->tokens)
		return 0;
	trace->layer = step % trace->n_layers;
	if (trace->layer == 0)
		routing_next(&trace->routing);
	trace->count = routing_choose(&trace->routing, trace->layer,
				      trace->experts);
	return 1;
}
