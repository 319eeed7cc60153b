/* SPDX-License-Identifier: MIT */
/*
 * Receives: a command with its options, and a command line.
 * Hands on: the options, one by one; or the text of --help.
 * Always:   an error is one line, which also names the help.
 */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <stdbool.h>

struct command_option {
	/* The command's letter for it; 'h' is used. */
	char letter;
	const char *name;
	/* As --help shows it; NULL: none. "=N" of "[=N]" is optional. */
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
	/* Ended by an option without a name. */
	const struct command_option *options;
	/* Lines below the options, or NULL. */
	const char *notes;
	/* Return the exit code. */
	int (*run)(int argc, char **argv);
};

/* Take the value of an option, or NULL. Return false if it is wrong, after a
 * message. */
typedef bool arguments_take_fn(void *data, int letter, const char *value);

/*
 * Pass all options to take(). The other arguments are argv[optind] to argv[argc
 * - 1], as with getopt(3). Return false if the command ends here, with *code.
 */
bool arguments_read(const struct command *command, int argc, char **argv,
		    arguments_take_fn *take, void *data, int *code);

/* Print the text of "dmaload COMMAND --help". */
void arguments_help(const struct command *command);

/* Report an error in the arguments of the command that was read last. */
void mistake(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
