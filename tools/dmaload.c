/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "json_out.h"

static const struct command *const commands[] = {
	&probe_command,
	&load_command,
	&store_command,
	&bench_command,
	&ls_command,
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char overview[] =
"usage: dmaload COMMAND ...\n"
"\n"
"Load huge files straight into dma-bufs.\n"
"\n";

static const char notes[] =
"\n"
"  dmaload COMMAND --help\n"
"             print the options of a command\n"
"  dmaload --help, dmaload --version\n"
"             print this, or the version\n"
"\n"
"Exit status: 0 success; 1 failure, a signal, or a difference that --verify\n"
"found; 2 wrong usage. With CMD, the status of CMD; 126 if CMD cannot be run,\n"
"127 if there is no such command.\n";

/*
 * The next open would get the number of a closed standard fd, and the report
 * would be written into the dma-buf. So open an fd there that refuses, as a
 * closed one does.
 */
static void occupy_standard_fds(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", O_CLOEXEC |
			     (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

static const struct command *find(const char *name)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int print_overview(void)
{
	size_t i;

	fputs(overview, stdout);
	for (i = 0; i < N_COMMANDS; i++)
		printf("  %-9s  %s\n", commands[i]->name, commands[i]->summary);
	fputs(notes, stdout);
	return EXIT_OK;
}

/* "dmaload help", "dmaload help COMMAND" */
static int help(const char *name)
{
	const struct command *command;

	if (!name)
		return print_overview();
	command = find(name);
	if (!command) {
		mistake("unknown command \"%s\"", name);
		return EXIT_USAGE;
	}
	arguments_help(command);
	return EXIT_OK;
}

static void print_version(void)
{
	printf("dmaload %s\n", dmaload_version());
	printf("built with %s, %s\n", sizeof(LIBURING_VERSION) > 1 ?
	       "liburing " LIBURING_VERSION : "no liburing (threads read)",
	       json_built_with);
}

static int run(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *command = find(name);

	if (command)
		return command->run(argc - 1, argv + 1);
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
	    strcmp(name, "help") == 0)
		return help(argc > 2 ? argv[2] : NULL);
	if (strcmp(name, "--version") == 0) {
		print_version();
		return EXIT_OK;
	}
	if (*name)
		mistake("unknown command \"%s\"", name);
	else
		mistake("no command: use probe, load, store, bench or ls");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	int code;

	occupy_standard_fds();
	code = run(argc, argv);
	/* If the report could not be written, fail. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		complain("cannot write the output: %s", strerror(errno));
		return code == EXIT_OK ? EXIT_FAILED : code;
	}
	return code;
}
