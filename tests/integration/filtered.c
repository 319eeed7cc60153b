/* SPDX-License-Identifier: MIT */
/*
 * Run a command under a seccomp filter. WHICH names the calls, and WHAT is done
 * about them: trap, kill, eperm or enosys.
 *
 * usage: filtered WHAT WHICH COMMAND [ARG]...
 *
 * WHICH: newer, but-old, but-basic, io_uring, or the number of one call.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "filter.h"

static int filter(const char *which, int what)
{
	char *end;
	int call;

	if (strcmp(which, "newer") == 0) {
		filter_newer(what);
	} else if (strcmp(which, "but-old") == 0) {
		filter_all_but_old(what);
	} else if (strcmp(which, "but-basic") == 0) {
		filter_all_but_basic(what);
	} else if (strcmp(which, "io_uring") == 0) {
		filter_io_uring(what);
	} else {
		call = (int)strtol(which, &end, 10);
		if (end == which || *end)
			return -1;
		filter_calls(&call, 1, what);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int what;

	if (argc < 4 || !(what = filter_named(argv[1])) ||
	    filter(argv[2], what) < 0) {
		fprintf(stderr, "usage: %s trap|kill|eperm|enosys WHICH COMMAND "
			"[ARG]...\n", argv[0]);
		return 125;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 126;
}
