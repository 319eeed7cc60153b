// SPDX-License-Identifier: MIT
/* Print what this program runs on, as a line for scripts/test-platforms.py:
 * "@platform PROCESSOR | KERNEL | PAGE SIZE | C LIBRARY". The argument tells
 * what is not real: "qemu-user" has a processor of its own and no kernel,
 * "guest" has both emulated. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

/* The processor that the program is compiled for, by Debian's name. */
static const char *processor(void)
{
#if defined(__x86_64__)
	return "amd64";
#elif defined(__aarch64__)
	return "arm64";
#elif defined(__arm__)
	return "armhf";
#elif defined(__riscv) && __riscv_xlen == 64
	return "riscv64";
#elif defined(__s390x__)
	return "s390x";
#else
	return "another";
#endif
}

static const char *c_library(void)
{
#ifdef __GLIBC__
	static char name[64];

	snprintf(name, sizeof(name), "glibc %s", gnu_get_libc_version());
	return name;
#else
	return "musl";
#endif
}

int main(int argc, char **argv)
{
	const char *emulated = argc > 1 ? argv[1] : "";
	struct utsname name;
	char kernel[128];

	if (uname(&name) < 0)
		return 1;
	if (strcmp(emulated, "qemu-user") == 0)
		snprintf(kernel, sizeof(kernel), "none: qemu-user");
	else if (strcmp(emulated, "guest") == 0)
		snprintf(kernel, sizeof(kernel), "%s, guest", name.release);
	else
		/* The version alone, without the builder's suffix. */
		snprintf(kernel, sizeof(kernel), "%.*s",
			 (int)strcspn(name.release, "-+"), name.release);
	printf("@platform %s | %s | %ld KiB | %s\n", processor(), kernel,
	       sysconf(_SC_PAGESIZE) / 1024, c_library());
	return 0;
}
