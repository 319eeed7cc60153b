/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
"usage: dmaload probe [FILE] [options]     what this machine can do\n"
"       dmaload load FILE [options]        load FILE into a dma-buf\n"
"       dmaload load FILE [options] -- CMD [ARG...]\n"
"                                          and run CMD with the dma-buf as an fd\n"
"\n"
"  --source S   heap name, \"heap:NAME\" or \"memfd\" (default: the best heap)\n"
"  --path P     only this path: direct, bounce or buffered\n"
"  --offset N   first byte of FILE (K, M, G, T: powers of 1024)\n"
"  --length N   bytes (default: to the end)\n"
"  --verify     read the dma-buf back and compare it with FILE\n"
"  --json       print one JSON object\n"
"  --quiet      no progress bar and no report\n"
"  --help, --version\n"
"\n"
"CMD finds in its environment: DMALOAD_FD, the number of the inherited dma-buf\n"
"fd; DMALOAD_LENGTH, the bytes loaded, from the buffer's first; DMALOAD_SIZE,\n"
"the buffer's size; DMALOAD_SOURCE, where its memory comes from. The report\n"
"goes to stderr then.\n"
"\n"
"Exit status: 0 done; 1 failed, or --verify found a difference; 2 wrong usage;\n"
"with CMD: CMD's own, 126 if it cannot be run, 127 if there is no such command.\n";

void complain(const char *format, ...)
{
	va_list args;

	fputs("dmaload: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

bool parse_bytes(const char *text, uint64_t *bytes)
{
	static const char suffixes[] = "KMGT";
	unsigned long long value;
	unsigned shift = 0;
	const char *suffix;
	char *end;

	/* strtoull() takes a sign, and makes a large number of it. */
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno != 0)
		return false;
	if (*end != '\0') {
		suffix = strchr(suffixes, *end);
		if (!suffix || end[1] != '\0')
			return false;
		shift = 10 * (unsigned)(suffix - suffixes + 1);
	}
	if (value > UINT64_MAX >> shift)
		return false;
	*bytes = (uint64_t)value << shift;
	return true;
}

bool parse_path(const char *text, enum dmaload_path *path)
{
	const char *name;
	int i;

	for (i = 0; (name = dmaload_path_name((enum dmaload_path)i)); i++) {
		if (strcmp(name, text) == 0) {
			*path = (enum dmaload_path)i;
			return true;
		}
	}
	return false;
}

static int run(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	if (strcmp(command, "load") == 0)
		return cmd_load(argc - 1, argv + 1);
	if (strcmp(command, "probe") == 0)
		return cmd_probe(argc - 1, argv + 1);
	if (strcmp(command, "--help") == 0 || strcmp(command, "help") == 0) {
		fputs(usage, stdout);
		return EXIT_OK;
	}
	if (strcmp(command, "--version") == 0) {
		printf("dmaload %s\n", dmaload_version());
		return EXIT_OK;
	}
	if (*command)
		complain("there is no command \"%s\"", command);
	fputs(usage, stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	int code = run(argc, argv);

	/* A report that did not arrive must not look like one that did. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		complain("the output cannot be written: %s", strerror(errno));
		return code == EXIT_OK ? EXIT_FAILED : code;
	}
	return code;
}
