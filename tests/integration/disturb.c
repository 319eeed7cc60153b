/* SPDX-License-Identifier: MIT */
/*
 * Run a command. Meanwhile evict and read pages of the files that it uses, as
 * other processes and the kernel's reclaim do. So a test can rely on no page in
 * the page cache unless it is locked in memory.
 *
 *   disturb [--seed N] DIR... -- COMMAND [ARGUMENT...]
 *
 * Files with a name below a DIR are read and evicted. Files without a name that
 * the command has open are only evicted: no other process could open them. The
 * exit status is the command's.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pattern.h"
#include "targets.h"

#define MIB ((uint64_t)1 << 20)
/* The number of steps after which files are searched for again. */
#define STEPS_A_LOOK 32
/* The longest pause after a step. */
#define PAUSE_NS 2000000

/* Linux 5.14. It faults pages in without SIGBUS if a file was truncated. */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

static struct {
	uint64_t evictions, reads, faults, readaheads;
} done;

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
	static uint64_t drawn;

	return pattern_word(seed + drawn++) % below;
}

struct part {
	uint64_t offset;
	uint64_t length;
};

/* Draw a range of up to max bytes: a page, or twice as much, repeatedly. */
static struct part draw_part(uint64_t size, uint64_t most)
{
	struct part part = { .length = 4096 };

	while (part.length < most && draw(8) != 0)
		part.length *= 2;
	part.offset = draw(size) / 4096 * 4096;
	return part;
}

static void read_part(int fd, uint64_t size)
{
	static char block[MIB];
	const struct part part = draw_part(size, MIB);

	if (pread(fd, block, part.length, (off_t)part.offset) > 0)
		done.reads++;
}

/* Read as a program that copies a file: the kernel reads ahead and marks
 * pages. */
static void read_on(int fd, uint64_t size)
{
	static char block[65536];
	const struct part part = draw_part(size, 8 * MIB);
	uint64_t at = part.offset;

	while (at < part.offset + part.length &&
	       pread(fd, block, sizeof(block), (off_t)at) > 0)
		at += sizeof(block);
	done.reads++;
}

static void fault_in(int fd, uint64_t size)
{
	const struct part part = draw_part(size, MIB);
	void *map = mmap(NULL, part.length, PROT_READ, MAP_SHARED, fd,
			 (off_t)part.offset);

	if (map == MAP_FAILED)
		return;
	if (madvise(map, part.length, MADV_POPULATE_READ) == 0)
		done.faults++;
	munmap(map, part.length);
}

static void read_ahead(int fd, uint64_t size)
{
	const struct part part = draw_part(size, 8 * MIB);

	if (readahead(fd, (off_t)part.offset, part.length) == 0)
		done.readaheads++;
}

static void evict(int fd, uint64_t size)
{
	/* Every other time, evict the whole file. */
	const struct part part = draw(2) ? (struct part){ 0, 0 } :
					   draw_part(size, 8 * MIB);

	if (posix_fadvise(fd, (off_t)part.offset, (off_t)part.length,
			  POSIX_FADV_DONTNEED) == 0)
		done.evictions++;
}

static void touch(int fd, const struct stat *st)
{
	static void (*const ways[])(int fd, uint64_t size) = {
		evict, evict, read_part, read_on, fault_in, read_ahead,
	};
	const uint64_t way = draw(6);

	if (st->st_nlink > 0 || ways[way] == evict)
		ways[way](fd, (uint64_t)st->st_size);
}

/* The path may lead to another file by now, so check last whether the file has
 * a name. */
static void disturb(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		touch(fd, &st);
	close(fd);
}

static void pause_a_little(void)
{
	const struct timespec time = { .tv_nsec = (long)draw(PAUSE_NS) };

	nanosleep(&time, NULL);
}

/* Draw a kind of target, then a target of it; NULL if there is none. */
static const struct target *draw_target(const struct targets *list)
{
	const size_t ends[] = { 0, list->named, list->open, list->count };
	const uint64_t part = draw(3);

	if (ends[part] == ends[part + 1])
		return NULL;
	return &list->all[ends[part] + draw(ends[part + 1] - ends[part])];
}

static pid_t command;

/* Disturb until the command ends. Return its exit status, as a shell does. */
static int disturb_until_end(const char *const *dirs)
{
	static struct targets list;
	const struct target *target;
	unsigned step;
	int status;
	pid_t r;

	for (step = 0; (r = waitpid(command, &status, WNOHANG)) == 0; step++) {
		if (step % STEPS_A_LOOK == 0)
			targets_find(&list, command, dirs);
		target = draw_target(&list);
		if (target)
			disturb(target->path);
		pause_a_little();
	}
	if (r < 0)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Pass a signal to the command, so that it stops together with this program. */
static void pass_on(int number)
{
	kill(command, number);
}

static pid_t start(char **argv)
{
	const pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execvp(argv[0], argv);
	fprintf(stderr, "disturb: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Make the paths absolute, as /proc names open files. */
static bool make_absolute(char **dirs)
{
	for (; *dirs; dirs++) {
		char *absolute = realpath(*dirs, NULL);

		if (!absolute) {
			perror(*dirs);
			return false;
		}
		*dirs = absolute;
	}
	return true;
}

static int usage(void)
{
	fputs("usage: disturb [--seed N] DIR... -- COMMAND [ARGUMENT...]\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = pass_on };
	int first = 1, end, status;

	seed = (uint64_t)time(NULL) << 22 | (uint64_t)getpid();
	if (argc > 3 && strcmp(argv[1], "--seed") == 0) {
		seed = strtoull(argv[2], NULL, 0);
		first = 3;
	}
	for (end = first; end < argc && strcmp(argv[end], "--") != 0; end++)
		;
	if (end == first || end + 1 >= argc)
		return usage();
	argv[end] = NULL;
	if (!make_absolute(argv + first))
		return 1;

	command = start(argv + end + 1);
	if (command < 0) {
		perror("disturb: fork");
		return 1;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	status = disturb_until_end((const char *const *)argv + first);
	fprintf(stderr, "disturb: %" PRIu64 " evictions, %" PRIu64 " reads, %"
		PRIu64 " faults, %" PRIu64 " readaheads; seed %" PRIu64 "\n",
		done.evictions, done.reads, done.faults, done.readaheads, seed);
	return status;
}
