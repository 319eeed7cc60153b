/* SPDX-License-Identifier: MIT */
/*
 * A process cannot query its seccomp filter. If a filter refuses with an errno,
 * a try shows that. If it traps (Android's, for apps) or kills (a systemd
 * service whose SystemCallFilter= has no errno), a try ends the process, and a
 * library cannot prevent that. So under a filter, the library makes only calls
 * that the common filters permit; doc/sandboxes.md lists them.
 *
 * This is the one place that defines which calls each level adds:
 *
 *	ALL	io_uring, cachestat(2), statx(2), preadv2(2) with flags; and
 *		memfd_create(2), unless the caller has named such memory
 *	OLD	mincore(2): old, and yet in none of systemd's sets
 *	BASIC	everything else that the library calls
 *
 * Each time, /proc shows whether a filter is active. prctl(PR_GET_SECCOMP) is
 * faster, but a filter may trap it: Chromium's permits four options of prctl,
 * and not this one.
 */
#include "sys/filter.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/sys.h"

static _Thread_local struct filter current;

static const struct filter everything = {
	.level = DMALOAD_SYSCALLS_ALL, .fact = "", .remedy = "",
};

/* Return the level that the caller has set. */
static struct filter requested(enum dmaload_syscalls level)
{
	if (level == DMALOAD_SYSCALLS_AUTO)
		return (struct filter){ .fact = "", .remedy = "" };
	if (level == DMALOAD_SYSCALLS_ALL)
		return everything;
	return (struct filter){
		.level = level,
		.fact = level == DMALOAD_SYSCALLS_OLD ?
			"the context makes old system calls only" :
			"the context makes basic system calls only",
		.remedy = "as dmaload_config::syscalls demands",
	};
}

static bool ends_with(const char *text, size_t length, const char *end)
{
	const size_t n = strlen(end);

	return length > n && memcmp(text + length - n, end, n) == 0;
}

/*
 * The last unit of a path is the process's own. In
 * "/user.slice/user@1.service/app.slice/shell.scope" it is a scope, and scopes
 * have no SystemCallFilter=.
 */
static bool is_service(const char *path, const char *end)
{
	bool service = false;
	size_t n;

	for (; path < end; path += n + 1) {
		n = strcspn(path, "/\n");
		if (ends_with(path, n, ".service"))
			service = true;
		else if (ends_with(path, n, ".scope") ||
			 ends_with(path, n, ".slice"))
			service = false;
	}
	return service;
}

/* Lines "0::PATH", or "N:name=systemd:PATH" of cgroup v1. */
static bool in_service(const char *cgroup)
{
	const char *line, *path, *end;

	for (line = cgroup; line && *line; line = *end ? end + 1 : NULL) {
		end = line + strcspn(line, "\n");
		path = strncmp(line, "0::", 3) == 0 ? line + 3 :
		       strstr(line, ":name=systemd:");
		if (path && path < end && is_service(path, end))
			return true;
	}
	return false;
}

/* A kernel without seccomp has no such line. */
static bool is_active(const char *status)
{
	const char *line = strstr(status, "\nSeccomp:");

	return line && line[strcspn(line, "0123456789")] != '0';
}

struct filter filter_of(const char *status, const char *cgroup)
{
	if (status && !is_active(status))
		return everything;
	if (!status)
		return (struct filter){
			.level = DMALOAD_SYSCALLS_OLD,
			.fact = "a seccomp filter may be active, since "
				"/proc/self/status cannot be read",
			.remedy = "dmaload_config::syscalls permits more",
		};
	if (cgroup && in_service(cgroup))
		return (struct filter){
			.level = DMALOAD_SYSCALLS_BASIC,
			.fact = "a seccomp filter is active, of a systemd service",
			.remedy = "systemd's sets know neither cachestat nor "
				  "mincore; dmaload_config::syscalls permits them",
		};
	return (struct filter){
		.level = DMALOAD_SYSCALLS_OLD,
		.fact = "a seccomp filter is active",
		.remedy = "it may end the process at a newer system call; "
			  "dmaload_config::syscalls permits them",
	};
}

static struct filter query(void)
{
	char *status = NULL, *cgroup = NULL;
	struct filter filter;
	int r;

	r = sys_read_all("/proc/thread-self/status", &status);
	/* Before Linux 3.17. */
	if (r == -ENOENT)
		sys_read_all("/proc/self/status", &status);
	filter = filter_of(status, NULL);
	if (filter.level == DMALOAD_SYSCALLS_OLD &&
	    sys_read_all("/proc/self/cgroup", &cgroup) == 0)
		filter = filter_of(status, cgroup);
	free(status);
	free(cgroup);
	return filter;
}

struct filter filter_swap(struct filter next)
{
	const struct filter before = current;

	current = next;
	return before;
}

struct filter filter_begin(enum dmaload_syscalls wanted)
{
	struct filter filter = requested(wanted);

	filter.entered = true;
	return filter;
}

struct filter filter_enter(enum dmaload_syscalls wanted)
{
	return filter_swap(filter_begin(wanted));
}

struct filter filter_leave(struct filter before)
{
	const struct filter decided = current;

	current = before;
	return decided;
}

struct filter filter_now(void)
{
	struct filter now = current;

	if (now.level != DMALOAD_SYSCALLS_AUTO)
		return now;
	now = query();
	now.entered = current.entered;
	if (current.entered)
		current = now;
	return now;
}

bool filter_permits(enum dmaload_syscalls level)
{
	return filter_now().level >= level;
}

const char *dmaload_syscalls_name(uint32_t syscalls)
{
	switch (syscalls) {
	case DMALOAD_SYSCALLS_AUTO: return "auto";
	case DMALOAD_SYSCALLS_BASIC: return "basic";
	case DMALOAD_SYSCALLS_OLD: return "old";
	case DMALOAD_SYSCALLS_ALL: return "all";
	}
	return NULL;
}

enum dmaload_syscalls dmaload_syscalls_query(char *reason, size_t size)
{
	const struct filter filter = query();

	if (!reason)
		return filter.level;
	if (filter.level == DMALOAD_SYSCALLS_ALL)
		snprintf(reason, size, "%s", "");
	else
		snprintf(reason, size, "%s: %s", filter.fact, filter.remedy);
	return filter.level;
}
