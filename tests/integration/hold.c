/* SPDX-License-Identifier: MIT */
/*
 * Run a command while all pages of a file are locked in memory, so that the
 * kernel cannot evict them.
 *
 *   hold FILE COMMAND [ARGUMENT...]
 *
 * The exit status is the command's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int complain(const char *what)
{
	fprintf(stderr, "hold: %s: %s\n", what, strerror(errno));
	return 1;
}

static struct rlimit before;

/* Use all that the hard limit allows. The command does not notice. */
static void raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_MEMLOCK, &before);
	limit = before;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_MEMLOCK, &limit);
}

static int lock_all(const char *path)
{
	struct stat st;
	void *map;
	int fd;

	raise_limit();
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return complain(path);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	/* Sanitizers make the C library's mlock() do nothing. */
	if (map == MAP_FAILED || syscall(SYS_mlock, map, (size_t)st.st_size) != 0)
		return complain(path);
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 3) {
		fputs("usage: hold FILE COMMAND [ARGUMENT...]\n", stderr);
		return 2;
	}
	if (lock_all(argv[1]) != 0)
		return 1;
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_MEMLOCK, &before);
		execvp(argv[2], argv + 2);
		_exit(complain(argv[2]));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return complain("fork");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
