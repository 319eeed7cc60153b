/* SPDX-License-Identifier: MIT */
#include "arguments.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "output.h"
#include "tool.h"

#define OPTIONS_MAX 24
/* Added to the letters, since getopt_long() confuses them with those of short
 * options. */
#define LONG 256
/* The column where the texts of options begin. */
#define COLUMN 16

static const char help_name[] = "help";
static const char help_text[] = "print this";

/* The command whose help the user needs. */
static const struct command *current;

void mistake(const char *format, ...)
{
	char line[TEXT_MAX];
	va_list args;

	va_start(args, format);
	text_vformat(line, sizeof(line), format, args);
	va_end(args);
	complain("%s; see dmaload%s%s --help", line, current ? " " : "",
		 current ? current->name : "");
}

/* Print each line of a text behind an indent, the first behind its own. */
static void print_lines(const char *first, const char *indent, const char *text)
{
	const char *end;

	for (; *text; text = *end ? end + 1 : end) {
		end = text + strcspn(text, "\n");
		printf("%s%.*s\n", first, (int)(end - text), text);
		first = indent;
	}
}

static void print_option(const char *name, const char *value, const char *text)
{
	char indent[COLUMN + 1], first[64];
	int n;

	snprintf(indent, sizeof(indent), "%*s", COLUMN, "");
	n = snprintf(first, sizeof(first), "  --%s%s%s", name,
		     value && *value != '[' ? " " : "", value ? value : "");
	/* At least two blanks between the option and its text. */
	if (n + 2 > COLUMN)
		printf("%s\n", first);
	else
		printf("%-*s", COLUMN, first);
	print_lines(n + 2 > COLUMN ? indent : "", indent, text);
}

void arguments_help(const struct command *command)
{
	const struct command_option *option;
	char first[32], others[32];

	snprintf(first, sizeof(first), "usage: dmaload %s ", command->name);
	snprintf(others, sizeof(others), "       dmaload %s ", command->name);
	print_lines(first, others, command->synopsis);
	printf("\n");
	print_lines("", "", command->description);
	printf("\n");
	for (option = command->options; option->name; option++)
		print_option(option->name, option->value, option->help);
	print_option(help_name, NULL, help_text);
	if (command->notes) {
		printf("\n");
		print_lines("", "", command->notes);
	}
}

static int argument_of(const char *value)
{
	if (!value)
		return no_argument;
	return *value == '[' ? optional_argument : required_argument;
}

/* List the options for getopt_long(). */
static void list_options(const struct command *command,
			 struct option list[OPTIONS_MAX + 2])
{
	const struct command_option *from = command->options;
	struct option *to = list;

	for (; from->name && to < list + OPTIONS_MAX; from++)
		*to++ = (struct option){
			.name = from->name,
			.has_arg = argument_of(from->value),
			.val = LONG + from->letter,
		};
	*to++ = (struct option){ .name = help_name, .val = LONG + 'h' };
	*to = (struct option){ .name = NULL };
}

static const char *name_of(const struct option *list, int value)
{
	while (list->val != value)
		list++;
	return list->name;
}

/* Return how many options begin like that. */
static unsigned candidates(const struct option *list, const char *given)
{
	const size_t length = strcspn(given, "=");
	unsigned count = 0;

	for (; list->name; list++)
		count += strncmp(list->name, given, length) == 0;
	return count;
}

/* Explain what getopt_long() has found, as it prints nothing here. */
static void explain_option(const struct option *list, int found,
			   const char *given)
{
	if (found == ':')
		mistake("--%s needs a value", name_of(list, optopt));
	else if (optopt >= LONG)
		mistake("--%s has no value", name_of(list, optopt));
	else if (optopt != 0)
		mistake("unknown option -%c", optopt);
	else if (candidates(list, given + 2) > 1)
		mistake("%s is ambiguous", given);
	else
		mistake("unknown option %s", given);
}

bool arguments_read(const struct command *command, int argc, char **argv,
		    arguments_take_fn *take, void *data, int *code)
{
	struct option list[OPTIONS_MAX + 2];
	int found;

	current = command;
	list_options(command, list);
	opterr = 0;
	while ((found = getopt_long(argc, argv, ":h", list, NULL)) != -1) {
		if (found == 'h' || found == LONG + 'h') {
			arguments_help(command);
			*code = EXIT_OK;
			return false;
		}
		*code = EXIT_USAGE;
		if (found == '?' || found == ':') {
			explain_option(list, found, argv[optind - 1]);
			return false;
		}
		if (!take(data, found - LONG, optarg))
			return false;
	}
	return true;
}
