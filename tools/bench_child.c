/* SPDX-License-Identifier: MIT */
/*
 * Each measurement runs in its own process. So getrusage(2) counts its threads
 * and the kernel's workers, and no measurement finds memory that another has
 * left.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool.h"

/* How often it checks for a signal. */
#define CHECK_MS 100

bool bench_collect(pid_t child, int fd, void *data, size_t size, size_t *got,
		   int *status)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct dmaload_error err;
	bool stopped = false;
	ssize_t n = 1;

	*got = 0;
	while (n > 0 && *got < size) {
		stopped = watch_check(&err) < 0;
		if (stopped)
			break;
		if (poll(&ready, 1, CHECK_MS) <= 0)
			continue;
		n = read(fd, (char *)data + *got, size - *got);
		*got += n > 0 ? (size_t)n : 0;
	}
	if (stopped)
		kill(child, SIGKILL);
	while (waitpid(child, status, 0) < 0 && errno == EINTR)
		;
	return !stopped;
}

bool bench_in_child(const struct bench *bench, bench_work_fn work,
		    const void *what, void *result, size_t size,
		    struct dmaload_error *err)
{
	int ends[2], status = 0;
	size_t got = 0;
	bool ok = true;
	pid_t child;

	err->code = 0;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		explain(err, -errno, "pipe: %s", strerror(errno));
		return true;
	}
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		watch_end();
		work(bench, what, result);
		_exit(write(ends[1], result, size) == (ssize_t)size ? 0 : 1);
	}
	close(ends[1]);
	if (child < 0)
		explain(err, -errno, "fork: %s", strerror(errno));
	else
		ok = bench_collect(child, ends[0], result, size, &got, &status);
	close(ends[0]);
	if (child > 0 && got != size)
		explain(err, -ECHILD, WIFSIGNALED(status) ?
			"ended by signal %d" : "ended with status %d",
			WIFSIGNALED(status) ? WTERMSIG(status) :
					      WEXITSTATUS(status));
	return ok;
}
