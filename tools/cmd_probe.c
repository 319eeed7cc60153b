/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <getopt.h>
#include <stdarg.h>

void probe_line(const struct probe *probe, const char *key, const char *format, ...)
{
	char line[TEXT_MAX];
	va_list args;

	va_start(args, format);
	text_vformat(line, sizeof(line), format, args);
	va_end(args);
	if (!probe->as_json)
		print_line(stdout, key, "%s", line);
}

struct query {
	const char *path;
	const char *source;
	enum dmaload_syscalls syscalls;
	bool as_json;
};

/* In the order in which a load meets them. */
static int run(const struct probe *probe, const struct query *query,
	       struct dmaload_error *err)
{
	int r;

	probe_kernel(probe);
	probe_calls(probe);
	probe_io_uring(probe);
	probe_memlock(probe);
	probe_memory(probe);
	r = probe_sources(probe, err);
	if (r == 0 && query->path)
		r = probe_file(probe, query->path, query->source, err);
	else if (r == 0)
		probe_choice(probe, 1, NULL);
	return r;
}

static bool take_option(void *data, int option, const char *value)
{
	struct query *query = data;

	if (option == 'y')
		return parse_syscalls(value, &query->syscalls);
	if (option == 'j')
		return query->as_json = json_accept();
	query->source = value;
	return true;
}

static bool parse(struct query *query, int argc, char **argv, int *code)
{
	*query = (struct query){ .path = NULL };
	if (!arguments_read(&probe_command, argc, argv, take_option, query, code))
		return false;
	*code = EXIT_USAGE;
	query->path = argv[optind];
	if (argc - optind > 1)
		mistake("probe takes one FILE at most");
	else if (query->path && is_standard_input(query->path))
		mistake("probe needs a file, and \"-\" is standard input; write "
			"./- for a file of that name");
	else
		return true;
	return false;
}

static int cmd_probe(int argc, char **argv)
{
	struct dmaload_error err;
	struct query query;
	struct probe probe;
	int r, code;

	if (!parse(&query, argc, argv, &code))
		return code;
	probe.as_json = query.as_json;
	probe.syscalls = query.syscalls;
	probe.object = json_object_new_object();
	r = run(&probe, &query, &err);
	if (r < 0)
		json_add_error(probe.object, &err);
	if (query.as_json)
		json_print(probe.object, stdout);
	if (r < 0)
		complain("%s", err.message);
	json_object_put(probe.object);
	return r < 0 ? EXIT_FAILED : EXIT_OK;
}

static const struct command_option options[] = {
	{ 's', "source", "S", "the source of the memory for FILE, as for load" },
	SYSCALLS_OPTION,
	JSON_OPTION,
	{ .name = NULL },
};

const struct command probe_command = {
	.name = "probe",
	.synopsis = "[FILE] [OPTION...]",
	.summary = "print what this machine allows, and how it would load a file",
	.description =
		"Print what this machine allows, and which path would load FILE. Reads no byte\n"
		"of FILE.",
	.options = options,
	.run = cmd_probe,
};
