/* SPDX-License-Identifier: MIT */
/*
 * Receives: a command with its options, and a command line.
 * Hands on: the options, one by one; or what --help prints.
 * Always:   a mistake is one line, which also says where help is.
 */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <stdbool.h>

struct command_option {
	/* The command's own name for it; 'h' is taken. */
	char letter;
	const char *name;
	/* As --help shows it; NULL: none. "=N" of "[=N]" may be left out. */
	const char *value;
	/* Lines. */
	const char *help;
};

struct command {
	const char *name;
	/* The arguments, a line for each kind of use. */
	const char *synopsis;
	/* A few words for the overview, and lines for --help. */
	const char *summary;
	const char *description;
	/* Ended by one without a name. */
	const struct command_option *options;
	/* Lines below the options, or NULL. */
	const char *notes;
	/* Returns the exit code. */
	int (*run)(int argc, char **argv);
};

/* The value of an option, or NULL; false: it is wrong, and that was said. */
typedef bool arguments_take_fn(void *data, int letter, const char *value);

/*
 * Give take() all options; what is left is argv[optind] to argv[argc - 1], as of
 * getopt(3). False: the command ends here, with *code.
 */
bool arguments_read(const struct command *command, int argc, char **argv,
		    arguments_take_fn *take, void *data, int *code);

/* Print what "dmaload COMMAND --help" prints. */
void arguments_help(const struct command *command);

/* Complain about the arguments of the command that was read last. */
void mistake(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
