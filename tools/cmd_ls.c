/* SPDX-License-Identifier: MIT */
#include "models.h"

#include <getopt.h>

#include "json_out.h"

static bool take_option(void *data, int option, const char *value)
{
	struct listing *listing = data;

	(void)value;
	(void)option;
	return listing->as_json = json_accept();
}

static bool parse(struct listing *listing, int argc, char **argv, int *code)
{
	*listing = (struct listing){ .model = NULL };
	if (!arguments_read(&ls_command, argc, argv, take_option, listing, code))
		return false;
	*code = EXIT_USAGE;
	listing->model = argv[optind];
	if (argc == optind)
		mistake("ls needs a MODEL");
	else if (is_standard_input(listing->model))
		mistake("ls needs a file, and \"-\" is standard input; write "
			"./- for a file of that name");
	else
		return true;
	return false;
}

static int cmd_ls(int argc, char **argv)
{
	struct dmaload_error err;
	struct listing listing;
	int r, code;

	if (!parse(&listing, argc, argv, &code))
		return code;
	listing.patterns = (const char *const *)argv + optind + 1;
	listing.n_patterns = (size_t)(argc - optind - 1);
	listing.object = json_object_new_object();
	r = listing_print(&listing, &err);
	if (r < 0)
		json_add_error(listing.object, &err);
	if (listing.as_json)
		json_print(listing.object, stdout);
	if (r < 0)
		complain("%s", err.message);
	json_object_put(listing.object);
	return r < 0 ? EXIT_FAILED : EXIT_OK;
}

static const struct command_option options[] = {
	JSON_OPTION,
	{ .name = NULL },
};

const struct command ls_command = {
	.name = "ls",
	.synopsis = "MODEL [PATTERN...] [OPTION...]",
	.summary = "list the tensors of a model",
	.description =
		"List the tensors of MODEL, a GGUF, safetensors or ONNX file, with the type, the\n"
		"shape, the offset in the file and the bytes of each. If MODEL is one of several\n"
		"files that make a model, or their index, all are listed, and the last column has\n"
		"the file. A tensor with \"-\" as its offset cannot be loaded.",
	.options = options,
	.notes =
		"PATTERN is a name, or a pattern of the shell, such as \"blk.0.*\". Control\n"
		"characters of a name are printed, and matched, as \\xNN, and a backslash as \\\\.",
	.run = cmd_ls,
};
