/* SPDX-License-Identifier: MIT */
/* The place of the tests, from the command line. */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/fcntl.h>
#include <linux/stat.h>

#include "filter.h"
#include "policy.h"

struct place place;

const uint32_t all_paths[ALL_PATHS] = {
	0,
	DMALOAD_ALLOW_DIRECT,
	DMALOAD_ALLOW_BOUNCE,
	DMALOAD_ALLOW_BUFFERED,
};

uint64_t page_size(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

bool works_here(uint32_t paths)
{
	return place.pinnable ||
	       paths != DMALOAD_ALLOW_DIRECT;
}

static bool engine_from(const char *name)
{
	static const struct {
		const char *name;
		enum dmaload_engine engine, granted;
	} all[] = {
		{ "auto", DMALOAD_ENGINE_AUTO, DMALOAD_ENGINE_URING },
		{ "io_uring", DMALOAD_ENGINE_URING, DMALOAD_ENGINE_URING },
		{ "threads", DMALOAD_ENGINE_THREADS, DMALOAD_ENGINE_THREADS },
		{ "refused", DMALOAD_ENGINE_AUTO, DMALOAD_ENGINE_THREADS },
		{ "eperm", DMALOAD_ENGINE_AUTO, DMALOAD_ENGINE_THREADS },
		{ "enosys", DMALOAD_ENGINE_AUTO, DMALOAD_ENGINE_THREADS },
		{ "trap", DMALOAD_ENGINE_AUTO, DMALOAD_ENGINE_THREADS },
		{ "kill", DMALOAD_ENGINE_AUTO, DMALOAD_ENGINE_THREADS },
	};
	const int what = filter_named(name);
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(all[i].name, name) != 0)
			continue;
		place.engine = all[i].engine;
		place.granted = all[i].granted;
		place.syscalls = what > 0 ? DMALOAD_SYSCALLS_ALL :
					    DMALOAD_SYSCALLS_AUTO;
		place.declined = what < 0 ? "io_uring is not tried" :
					    "io_uring is refused";
		place.filtered = what != 0;
		if (what != 0)
			filter_newer(what);
		return true;
	}
	return false;
}

/* An older kernel has io_uring; its other answers are tried. */
static bool policy_from(const char *name)
{
	const bool traps = policy_traps(name);

	place.granted = traps ? DMALOAD_ENGINE_THREADS : DMALOAD_ENGINE_URING;
	place.syscalls = traps ? DMALOAD_SYSCALLS_AUTO : DMALOAD_SYSCALLS_ALL;
	place.declined = "io_uring is not tried";
	place.filtered = traps;
	return policy_install(name);
}

bool place_from(int argc, char **argv)
{
	if (argc < 5 || argc > 6 || (strcmp(argv[3], "pinnable") != 0 &&
				     strcmp(argv[3], "pfnmap") != 0)) {
		fprintf(stderr, "usage: %s DIR SOURCE pinnable|pfnmap LARGE "
			"[ENGINE]\n", argv[0]);
		return false;
	}
	place = (struct place){
		.dir = argv[1],
		.source = argv[2],
		.pinnable = strcmp(argv[3], "pinnable") == 0,
		.large = strtoull(argv[4], NULL, 0),
	};
	if (!engine_from(argc == 6 ? argv[5] : "auto") && !policy_from(argv[5])) {
		fprintf(stderr, "%s: there is no engine \"%s\"\n", argv[0],
			argv[5]);
		return false;
	}
	return true;
}

uint64_t place_alignment(void)
{
	struct statx sx = { .stx_mask = 0 };

	if (place.filtered)
		return 4096;
	syscall(SYS_statx, AT_FDCWD, pattern_path(1), 0, STATX_DIOALIGN, &sx);
	return sx.stx_mask & STATX_DIOALIGN ? 512 : 4096;
}

const char *pattern_path(uint64_t size)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/pattern-%" PRIu64, place.dir, size);
	return path;
}
