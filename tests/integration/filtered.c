/* SPDX-License-Identifier: MIT */
/*
 * Run a command under a seccomp filter. WHICH names the calls, and WHAT is done
 * about them: trap, kill, eperm or enosys.
 *
 * usage: filtered WHAT WHICH COMMAND [ARG]...
 *
 * WHICH: newer, but-old, but-basic, io_uring, or the number of one call. With
 * the WHAT "as", WHICH is a policy of policy.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "filter.h"
#include "policy.h"

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
	const int what = argc < 4 ? 0 : filter_named(argv[1]);
	bool done = what != 0 && filter(argv[2], what) == 0;

	if (argc >= 4 && strcmp(argv[1], "as") == 0)
		done = policy_install(argv[2]);
	if (!done) {
		fprintf(stderr, "usage: %s trap|kill|eperm|enosys|as WHICH COMMAND "
			"[ARG]...\n", argv[0]);
		return 125;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 126;
}
