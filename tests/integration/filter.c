/* SPDX-License-Identifier: MIT */
#include "filter.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <sys/prctl.h>
#include <sys/syscall.h>

#include "filter_program.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* Since Linux 5.3; glibc 2.34 tries it first. */
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_rseq
#define SYS_rseq (-1)
#endif

/*
 * The calls of the library. systemd's @system-service (version 252 and before),
 * Android 8's filter for apps and Docker's default of that time allow each of
 * them, by this name or by that of another architecture.
 */
static const int basic[] = {
	SYS_close, SYS_dup, SYS_exit, SYS_exit_group, SYS_eventfd2, SYS_fallocate,
	SYS_fsync, SYS_futex, SYS_getdents64, SYS_getpid, SYS_ioctl, SYS_madvise,
	SYS_mprotect, SYS_munmap, SYS_openat, SYS_ppoll, SYS_pread64, SYS_prlimit64,
	SYS_pwrite64, SYS_read, SYS_rt_sigaction, SYS_rt_sigpending,
	SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigtimedwait, SYS_clone,
	SYS_set_robust_list, SYS_write, SYS_nanosleep, SYS_clock_nanosleep,
	SYS_clock_gettime, SYS_restart_syscall, SYS_process_vm_readv,
#ifdef __LP64__
	SYS_fadvise64, SYS_fcntl, SYS_fstat, SYS_fstatfs, SYS_ftruncate,
	SYS_geteuid, SYS_lseek, SYS_mmap, SYS_newfstatat, SYS_sync_file_range,
#endif
	/* Where these exist, they have always existed. */
#ifdef SYS_fcntl64
	SYS__llseek, SYS_fcntl64, SYS_fstat64, SYS_fstatat64, SYS_fstatfs64,
	SYS_ftruncate64, SYS_geteuid32, SYS_mmap2, SYS_ugetrlimit,
#endif
#ifdef SYS_fadvise64_64
	SYS_fadvise64_64, SYS_sync_file_range,
#endif
#ifdef SYS_arm_fadvise64_64
	SYS_arm_fadvise64_64, SYS_arm_sync_file_range,
#endif
	/* Calls of libc: malloc(), starting a program, and 32-bit times. */
	SYS_brk, SYS_getrandom, SYS_rseq,
#ifndef __GLIBC__
	/* musl: the first thread, and stdio. */
	SYS_membarrier, SYS_readv, SYS_writev,
#endif
#ifdef SYS_futex_time64
	SYS_futex_time64, SYS_ppoll_time64, SYS_clock_gettime64,
	SYS_clock_nanosleep_time64, SYS_rt_sigtimedwait_time64,
#endif
	/* Calls by which the program dmaload replaces a file. */
	SYS_fchmod, SYS_fchown, SYS_umask, SYS_getcwd, SYS_linkat,
	SYS_renameat2, SYS_fgetxattr, SYS_flistxattr, SYS_fsetxattr,
	SYS_fremovexattr, SYS_listxattr, SYS_getxattr,
#ifdef SYS_rename
	SYS_rename,
#endif
#ifdef SYS_renameat
	SYS_renameat,
#endif
#ifdef SYS_lstat
	SYS_lstat,
#endif
	/* Calls of a program that starts. */
	SYS_execve, SYS_faccessat, SYS_readlinkat, SYS_set_tid_address,
#ifdef SYS_access
	SYS_access,
#endif
#ifdef SYS_arch_prctl
	SYS_arch_prctl,
#endif
	/* Calls of the tests, and of sanitizers. */
	SYS_gettid, SYS_getppid, SYS_tgkill, SYS_wait4, SYS_sigaltstack,
	SYS_sched_getaffinity, SYS_gettimeofday,
	SYS_sched_yield, SYS_mremap, SYS_uname, SYS_unlinkat, SYS_fdatasync,
	SYS_pipe2,
#ifdef SYS_unlink
	SYS_unlink,
#endif
#ifdef SYS_open
	SYS_open, SYS_stat, SYS_readlink,
#endif
};

/* Old calls that are in no set of systemd's, and newer than some filters. */
static const int more[] = { SYS_mincore, SYS_memfd_create };

/* Allow the options of prctl(2) that Chromium's baseline allows; trap the
 * others. */
static void add_prctl(struct program *program, uint32_t end)
{
	static const uint32_t options[] = {
		PR_GET_NAME, PR_SET_NAME, PR_GET_DUMPABLE, PR_SET_DUMPABLE,
	};
	size_t i;

	for (i = 0; i < N(options); i++)
		program_add_argument(program, SYS_prctl, 0, BPF_JEQ, options[i],
				     SECCOMP_RET_ALLOW);
	program_add_if(program, BPF_JEQ, SYS_prctl, end);
}

void filter_calls(const int *calls, size_t count, int what)
{
	struct program program;

	program_begin(&program);
	program_add_calls(&program, calls, count, program_fate(what));
	program_install(&program, SECCOMP_RET_ALLOW);
}

void filter_io_uring(int what)
{
	static const int calls[] = {
		SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
	};

	filter_calls(calls, N(calls), what);
}

void filter_prctl(int what)
{
	struct program program;

	program_begin(&program);
	add_prctl(&program, program_fate(what));
	program_install(&program, SECCOMP_RET_ALLOW);
}

/* Numbers are assigned in the order of time; memfd_create() is of Linux
 * 3.17. */
void filter_newer(int what)
{
	struct program program;

	program_begin(&program);
	program_add_if(&program, BPF_JGE, ARM_PRIVATE, SECCOMP_RET_ALLOW);
	program_add_if(&program, BPF_JEQ, (uint32_t)SYS_rseq, SECCOMP_RET_ALLOW);
#ifndef __GLIBC__
	program_add_if(&program, BPF_JEQ, SYS_membarrier, SECCOMP_RET_ALLOW);
#endif
	program_add_if(&program, BPF_JEQ, SYS_clone3, program_fate(ENOSYS));
	program_add_if(&program, BPF_JGT, SYS_memfd_create, program_fate(what));
	program_install(&program, SECCOMP_RET_ALLOW);
}

static void filter_all_but(bool with_more, int what)
{
	struct program program;

	program_begin(&program);
	program_add_if(&program, BPF_JGE, ARM_PRIVATE, SECCOMP_RET_ALLOW);
	program_add_if(&program, BPF_JEQ, SYS_clone3, program_fate(ENOSYS));
	add_prctl(&program, program_fate(what));
	program_add_calls(&program, basic, N(basic), SECCOMP_RET_ALLOW);
	if (with_more)
		program_add_calls(&program, more, N(more), SECCOMP_RET_ALLOW);
	program_install(&program, program_fate(what));
}

void filter_all_but_old(int what)
{
	filter_all_but(true, what);
}

void filter_all_but_basic(int what)
{
	filter_all_but(false, what);
}

int filter_named(const char *word)
{
	static const struct {
		const char *word;
		int what;
	} all[] = {
		{ "trap", FILTER_TRAP }, { "kill", FILTER_KILL },
		{ "eperm", EPERM }, { "enosys", ENOSYS },
	};
	size_t i;

	for (i = 0; i < N(all); i++)
		if (strcmp(all[i].word, word) == 0)
			return all[i].what;
	return 0;
}

const char *filter_errno_name(int code)
{
	switch (code) {
	case EACCES: return "EACCES";
	case ENOSYS: return "ENOSYS";
	case EPERM: return "EPERM";
	default: return "an errno without a name in filter.c";
	}
}
