/* SPDX-License-Identifier: MIT */
/*
 * Buffers go to another program as inherited fds, whose numbers are in the
 * environment. "dmaload store" reads them, by the code here.
 */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The size of a variable's name, with its number and the NUL. */
#define NAME_SIZE 48

static int set_number(const char *name, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return setenv(name, text, 1);
}

static const char *numbered(char name[NAME_SIZE], const char *stem, uint64_t i)
{
	snprintf(name, NAME_SIZE, "%s_%" PRIu64, stem, i);
	return name;
}

/* The first buffer's variables exist without a number as well. */
static int set_variables(const struct pair *pair, size_t i)
{
	const int fd = dmaload_buffer_fd(pair->buffer);
	const uint64_t size = dmaload_buffer_size(pair->buffer);
	char name[NAME_SIZE];

	if (i == 0 &&
	    (set_number("DMALOAD_FD", (uint64_t)fd) < 0 ||
	     set_number("DMALOAD_LENGTH", pair->length) < 0 ||
	     set_number("DMALOAD_SIZE", size) < 0 ||
	     setenv("DMALOAD_SOURCE", dmaload_buffer_source(pair->buffer), 1) < 0))
		return -1;
	if (set_number(numbered(name, "DMALOAD_FD", i), (uint64_t)fd) < 0 ||
	    set_number(numbered(name, "DMALOAD_OFFSET", i), pair->offset) < 0 ||
	    set_number(numbered(name, "DMALOAD_LENGTH", i), pair->length) < 0 ||
	    set_number(numbered(name, "DMALOAD_SIZE", i), size) < 0)
		return -1;
	return setenv(numbered(name, "DMALOAD_FILE", i), pair->name, 1);
}

/* The buffer's own fd and not a duplicate: there may be no room for more. */
static int pass(const struct files *files)
{
	size_t i;

	for (i = 0; i < files->count; i++) {
		const struct pair *pair = &files->pairs[i];

		if (fcntl(dmaload_buffer_fd(pair->buffer), F_SETFD, 0) < 0 ||
		    set_variables(pair, i) < 0)
			return -1;
	}
	return set_number("DMALOAD_COUNT", files->count);
}

int handover_run(char **command, const struct files *files)
{
	int code;

	if (pass(files) < 0) {
		complain("cannot hand on the dma-bufs: %s", strerror(errno));
		return EXIT_FAILED;
	}
	fflush(NULL);
	execvp(command[0], command);
	code = errno == ENOENT ? 127 : 126;
	complain("cannot run %s: %s", command[0], strerror(errno));
	return code;
}

int handover_fd(void)
{
	const char *text = getenv("DMALOAD_FD");
	uint64_t fd;

	if (!text)
		mistake("no dma-buf: pass --fd, or set DMALOAD_FD in the "
			"environment");
	else if (!parse_number(text, INT_MAX, &fd))
		mistake("DMALOAD_FD must be the number of an fd, not \"%s\"",
			text);
	else
		return (int)fd;
	return -1;
}

/* Return true if the variable exists and is a number. */
static bool read_number(const char *name, uint64_t *value)
{
	const char *text = getenv(name);

	return text && parse_number(text, UINT64_MAX, value);
}

uint64_t handover_length(int fd)
{
	uint64_t count = 0, i, number, length;
	char name[NAME_SIZE];

	if (read_number("DMALOAD_FD", &number) && number == (uint64_t)fd &&
	    read_number("DMALOAD_LENGTH", &length))
		return length;
	read_number("DMALOAD_COUNT", &count);
	for (i = 0; i < count; i++) {
		if (!read_number(numbered(name, "DMALOAD_FD", i), &number))
			break;
		if (number == (uint64_t)fd &&
		    read_number(numbered(name, "DMALOAD_LENGTH", i), &length))
			return length;
	}
	return DMALOAD_TO_END;
}
