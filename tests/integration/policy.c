/* SPDX-License-Identifier: MIT */
#include "policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/fs.h>
#include <sys/syscall.h>

#include "filter.h"
#include "filter_program.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define MAIN 99

/* Newer than the headers of Debian 12. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif
#ifndef PAGEMAP_SCAN
#define PAGEMAP_SCAN 0xc0606610u
#endif

struct allowed {
	int call, first, last;
};

static const struct allowed android[] = {
#include "android_calls.h"
};

static const struct release {
	const char *name;
	/* The calls that this release and all those up to the last one have. */
	int first, last;
} releases[] = {
	{ "android-8", 8, 8 },
	{ "android-9", 9, 9 },
	{ "android-10", 10, 10 },
	{ "android-11", 11, 11 },
	{ "android-12", 12, 12 },
	{ "android-13", 13, 13 },
	{ "android-14", 14, 14 },
	{ "android-15", 15, 15 },
	{ "android-main", MAIN, MAIN },
	{ "android", 8, MAIN },
};

/*
 * Calls that glibc makes and bionic does not, or by another name; the library
 * makes none of them itself. In apps, the other names are those of arm64.
 */
static const int apart[] = {
	/* glibc 2.35 registers each thread for these; bionic does not. */
	SYS_set_robust_list,
#ifdef SYS_rseq
	SYS_rseq,
#endif
#ifndef __GLIBC__
	/* musl, when the first thread starts. */
	SYS_membarrier,
#endif
	/* The loader sets the thread pointer of x86-64, and looks for a file of
	 * libraries to preload. */
#ifdef SYS_arch_prctl
	SYS_arch_prctl,
#endif
#ifdef SYS_access
	SYS_access,
#endif
	/* x86-64 has these beside openat, newfstatat, readlinkat, ppoll, pipe2,
	 * dup3, unlinkat, mkdirat, renameat, fchmodat, epoll_pwait and clone, and
	 * glibc uses them. arm64 has not. */
#ifdef SYS_open
	SYS_open, SYS_stat, SYS_lstat, SYS_readlink, SYS_poll, SYS_pipe, SYS_dup2,
	SYS_unlink, SYS_rmdir, SYS_mkdir, SYS_rename, SYS_chmod, SYS_epoll_wait,
	SYS_vfork,
#ifndef __GLIBC__
	/* glibc uses clone. */
	SYS_fork,
#endif
#endif
};

#define VERSION(major, minor) ((major) * 1000 + (minor))

/* An older kernel's answer to something new. */
static const struct feature {
	const char *name;
	int since;
	int call;
	/* -1: the call itself is new. Else one of its arguments may not have
	 * this value or, by BPF_JSET, one of these bits. */
	int argument;
	uint16_t comparison;
	uint32_t value;
	/* 0: the call succeeds, and reports nothing. */
	int answer;
} features[] = {
	{ "no-dontcache", VERSION(6, 14), SYS_preadv2, 5, BPF_JSET, 0x80, EOPNOTSUPP },
	{ "no-pagemap-scan", VERSION(6, 7), SYS_ioctl, 1, BPF_JEQ, PAGEMAP_SCAN, ENOTTY },
	{ "no-cachestat", VERSION(6, 5), SYS_cachestat, -1, 0, 0, ENOSYS },
	/* STATX_DIOALIGN */
	{ "no-dioalign", VERSION(6, 1), SYS_statx, 3, BPF_JSET, 0x2000, 0 },
	{ "no-populate-read", VERSION(5, 14), SYS_madvise, 2, BPF_JEQ, 22, EINVAL },
	{ "no-populate-write", VERSION(5, 14), SYS_madvise, 2, BPF_JEQ, 23, EINVAL },
	{ "no-close-range", VERSION(5, 9), SYS_close_range, -1, 0, 0, ENOSYS },
	{ "no-faccessat2", VERSION(5, 8), SYS_faccessat2, -1, 0, 0, ENOSYS },
};

/* A kernel, and its newest system call (__NR_syscalls - 1 of asm-generic). */
static const struct kernel {
	const char *name;
	int version;
	uint32_t last_call;
} kernels[] = {
	{ "linux-5.6", VERSION(5, 6), 438 },
	{ "linux-5.10", VERSION(5, 10), 440 },
	{ "linux-5.15", VERSION(5, 15), 448 },
	{ "linux-6.1", VERSION(6, 1), 450 },
	{ "linux-6.6", VERSION(6, 6), 453 },
	{ "linux-6.12", VERSION(6, 12), 462 },
};

static void allow_android(const struct release *release)
{
	struct program program;
	size_t i;

	program_begin(&program);
	program_add_if(&program, BPF_JGE, ARM_PRIVATE, SECCOMP_RET_ALLOW);
	for (i = 0; i < N(android); i++)
		if (android[i].first <= release->first &&
		    android[i].last >= release->last)
			program_add_if(&program, BPF_JEQ, (uint32_t)android[i].call,
				       SECCOMP_RET_ALLOW);
	program_add_calls(&program, apart, N(apart), SECCOMP_RET_ALLOW);
	/* glibc tries it first, and bionic never. Releases before 15 trap it. */
	program_add_if(&program, BPF_JEQ, SYS_clone3, program_fate(ENOSYS));
	program_install(&program, program_fate(FILTER_TRAP));
}

static void add_feature(struct program *program, const struct feature *feature)
{
	const uint32_t answer = program_fate(feature->answer);
	const uint32_t call = (uint32_t)feature->call;

	if (feature->argument < 0)
		program_add_if(program, BPF_JEQ, call, answer);
	else
		program_add_argument(program, call, (unsigned)feature->argument,
				     feature->comparison, feature->value, answer);
}

static void lack_one(const struct feature *feature)
{
	struct program program;

	program_begin(&program);
	add_feature(&program, feature);
	program_install(&program, SECCOMP_RET_ALLOW);
}

static void be_kernel(const struct kernel *kernel)
{
	struct program program;
	size_t i;

	program_begin(&program);
	program_add_if(&program, BPF_JGE, ARM_PRIVATE, SECCOMP_RET_ALLOW);
	for (i = 0; i < N(features); i++)
		if (features[i].since > kernel->version)
			add_feature(&program, &features[i]);
	program_add_if(&program, BPF_JGT, kernel->last_call, program_fate(ENOSYS));
	program_install(&program, SECCOMP_RET_ALLOW);
}

const char *policy_name(size_t index)
{
	if (index < N(releases))
		return releases[index].name;
	index -= N(releases);
	if (index < N(kernels))
		return kernels[index].name;
	index -= N(kernels);
	return index < N(features) ? features[index].name : NULL;
}

bool policy_traps(const char *name)
{
	return strncmp(name, "android", 7) == 0;
}

bool policy_install(const char *name)
{
	size_t i;

	for (i = 0; policy_name(i); i++)
		if (strcmp(policy_name(i), name) == 0)
			break;
	if (i < N(releases))
		allow_android(&releases[i]);
	else if (i - N(releases) < N(kernels))
		be_kernel(&kernels[i - N(releases)]);
	else if (policy_name(i))
		lack_one(&features[i - N(releases) - N(kernels)]);
	else
		return false;
	return true;
}
