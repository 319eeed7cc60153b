/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
"usage: dmaload probe [FILE] [--source S]\n"
"                                     what this machine can do\n"
"       dmaload load FILE... [options]\n"
"                                     load each FILE into a dma-buf of its own,\n"
"                                     or, with --spread, several\n"
"       dmaload load FILE... [options] -- CMD [ARG...]\n"
"                                     and run CMD with the dma-bufs as fds\n"
"       dmaload store FILE [options]  store a dma-buf into FILE, which changes\n"
"                                     at once or not at all\n"
"       dmaload bench FILE [options]  measure what works here, beside fio and\n"
"                                     what one does without dmaload\n"
"\n"
"  --source S    heap name, \"heap:NAME\", \"udmabuf\", \"udmabuf:2M\" (in huge pages)\n"
"                or \"memfd\" (default: as probe tells, a heap or udmabuf; of bench:\n"
"                all, and \"memory\", \"memory:4K\", \"memfd:2M\" of its own)\n"
"  --spread[=N]  load each FILE over several buffers, if it is larger than the\n"
"                source allows, or than N bytes\n"
"  --path P      only this path: direct, bounce or buffered\n"
"  --engine E    what reads and writes directly: auto, io_uring or threads\n"
"  --offset N    first byte of FILE; of the dma-buf, if it is stored (K, M, G, T:\n"
"                powers of 1024)\n"
"  --length N    bytes (default: to the end; of store: $DMALOAD_LENGTH, or all)\n"
"  --cache C     what is in the page cache: auto copies it from there; bypass\n"
"                reads the disk; keep reads through it and leaves all there\n"
"  --limit N     the most that standard input may bring, if --length is not given\n"
"  --fd N        the dma-buf to store (default: $DMALOAD_FD)\n"
"  --fsync, --no-fsync\n"
"                whether FILE has to be on the disk when store ends (default: yes)\n"
"  --in-place    store into FILE itself, which keeps its hard links and its mount;\n"
"                a failure may leave it half written\n"
"  --verify      read the dma-buf back and compare it with FILE\n"
"  --timeout SECONDS\n"
"                give up then\n"
"  --json        print one JSON object; bench, with =NAME, into a file\n"
"  --quiet       no progress bar and no report\n"
"  --help, --version\n"
"\n"
"  Of bench alone:\n"
"  --rounds N    how often all is measured (default: 5)\n"
"  --case C      only what has this name, a pattern as the shell's; several add up\n"
"  --list        only tell the names\n"
"  --no-fio      nothing to compare with the disk's own speed\n"
"  --fio-job B,D block size and depth of fio (default: the best is looked for)\n"
"  --paired      fio between any two measurements, and not only around a round\n"
"\n"
"FILE \"-\" of load is standard input, also if it is a stream.\n"
"\n"
"CMD finds in its environment: DMALOAD_FD, the number of the inherited dma-buf\n"
"fd; DMALOAD_LENGTH, the bytes loaded, from the buffer's first; DMALOAD_SIZE,\n"
"the buffer's size; DMALOAD_SOURCE, where its memory comes from; DMALOAD_COUNT,\n"
"how many buffers there are; of the first, DMALOAD_FD_0, DMALOAD_LENGTH_0,\n"
"DMALOAD_SIZE_0, the name of its file, DMALOAD_FILE_0, and where in the file it\n"
"begins, DMALOAD_OFFSET_0; and so on. The report goes to stderr then.\n"
"\n"
"Exit status: 0 done; 1 failed, or stopped by a signal, or --verify found a\n"
"difference; 2 wrong usage; with CMD: CMD's own, 126 if it cannot be run, 127 if\n"
"there is no such command.\n";

/*
 * What is closed would be the next thing to be opened: then the report would be
 * written into the dma-buf. What takes its place here refuses, as a closed fd does.
 */
static void occupy_standard_fds(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", O_CLOEXEC |
			     (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

static int run(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	if (strcmp(command, "load") == 0)
		return cmd_load(argc - 1, argv + 1);
	if (strcmp(command, "probe") == 0)
		return cmd_probe(argc - 1, argv + 1);
	if (strcmp(command, "store") == 0)
		return cmd_store(argc - 1, argv + 1);
	if (strcmp(command, "bench") == 0)
		return cmd_bench(argc - 1, argv + 1);
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
	int code;

	occupy_standard_fds();
	code = run(argc, argv);
	/* A report that did not arrive must not look like one that did. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		complain("the output cannot be written: %s", strerror(errno));
		return code == EXIT_OK ? EXIT_FAILED : code;
	}
	return code;
}
