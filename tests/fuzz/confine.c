/* SPDX-License-Identifier: MIT */
#include "confine.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

void confine_stdin(bool is_file)
{
	static int device = -1, file = -1;

	if (device < 0) {
		device = open("/dev/null", O_RDONLY | O_CLOEXEC);
		file = memfd_create("input", MFD_CLOEXEC);
		FUZZ_CHECK(device >= 0 && file >= 0);
	}
	FUZZ_CHECK(dup2(is_file ? file : device, STDIN_FILENO) == 0);
}

static char directory[64];
/* The directory in which libFuzzer's relative paths are valid. */
static int before = -1;

static void remove_directory(void)
{
	rmdir(directory);
}

/* Make an empty directory in memory. A store makes a file in it. */
static int make_directory(void)
{
	const char *const place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" :
								  "/tmp";
	int fd;

	snprintf(directory, sizeof(directory), "%s/dmaload-fuzz-XXXXXX", place);
	FUZZ_CHECK(mkdtemp(directory));
	atexit(remove_directory);
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_CHECK(fd >= 0);
	return fd;
}

void confine_clear(bool failed)
{
	DIR *here = opendir(".");
	struct dirent *entry;

	FUZZ_CHECK(here);
	while ((entry = readdir(here))) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (strncmp(entry->d_name, ".dmaload-", 9) == 0)
			FUZZ_FAIL("a temporary file is left: %s",
				  entry->d_name);
		if (failed)
			FUZZ_FAIL("a file is left by what failed");
		FUZZ_CHECK(unlink(entry->d_name) == 0);
	}
	closedir(here);
}

int confine_free_fd(void)
{
	const int fd = dup(STDIN_FILENO);

	FUZZ_CHECK(fd >= 0);
	close(fd);
	return fd;
}

void confine_enter(void)
{
	static int inside = -1;

	if (before < 0) {
		before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		inside = make_directory();
	}
	FUZZ_CHECK(before >= 0 && fchdir(inside) == 0);
}

void confine_leave(void)
{
	FUZZ_CHECK(fchdir(before) == 0);
}
