/* SPDX-License-Identifier: MIT */
#include "filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define CALLS_MAX 8

void filter_calls(const int *calls, size_t count, int code)
{
	struct sock_filter program[CALLS_MAX + 3];
	const struct sock_fprog filter = {
		.len = (unsigned short)(count + 3),
		.filter = program,
	};
	size_t i;

	assert_true(count <= CALLS_MAX);
	/* No word about the architecture: the process has one, and makes no calls
	 * of another. */
	program[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			offsetof(struct seccomp_data, nr));
	/* On equal, to the last one; else, on to the next. */
	for (i = 0; i < count; i++)
		program[1 + i] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i],
			(uint8_t)(count - i), 0);
	program[1 + count] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
			SECCOMP_RET_ALLOW);
	program[2 + count] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
			SECCOMP_RET_ERRNO | ((uint32_t)code & SECCOMP_RET_DATA));
	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

void filter_io_uring(int code)
{
	static const int calls[] = {
		SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
	};

	filter_calls(calls, sizeof(calls) / sizeof(calls[0]), code);
}
