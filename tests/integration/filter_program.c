/* SPDX-License-Identifier: MIT */
#include "filter_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <sys/prctl.h>

#include "filter.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* Arguments have 64 bits, in the byte order of the machine. */
#define LOW_HALF (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)

uint32_t program_fate(int what)
{
	switch (what) {
	case FILTER_TRAP: return SECCOMP_RET_TRAP;
	case FILTER_KILL: return SECCOMP_RET_KILL_PROCESS;
	default: return SECCOMP_RET_ERRNO | ((uint32_t)what & SECCOMP_RET_DATA);
	}
}

static void add(struct program *program, struct sock_filter step)
{
	assert_true(program->length < N(program->code));
	program->code[program->length++] = step;
}

static void add_load(struct program *program, size_t offset)
{
	add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						  (uint32_t)offset));
}

static void add_jump(struct program *program, uint16_t comparison, uint32_t value,
		     uint8_t otherwise)
{
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | comparison | BPF_K, value,
						  0, otherwise));
}

static void add_end(struct program *program, uint32_t end)
{
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, end));
}

void program_begin(struct program *program)
{
	program->length = 0;
	add_load(program, offsetof(struct seccomp_data, nr));
}

void program_add_if(struct program *program, uint16_t comparison, uint32_t call,
		    uint32_t end)
{
	add_jump(program, comparison, call, 1);
	add_end(program, end);
}

void program_add_calls(struct program *program, const int *calls, size_t count,
		       uint32_t end)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (calls[i] >= 0)
			program_add_if(program, BPF_JEQ, (uint32_t)calls[i], end);
}

void program_add_argument(struct program *program, uint32_t call, unsigned argument,
			  uint16_t comparison, uint32_t value, uint32_t end)
{
	add_jump(program, BPF_JEQ, call, 4);
	add_load(program, offsetof(struct seccomp_data, args) + 8 * argument + LOW_HALF);
	program_add_if(program, comparison, value, end);
	add_load(program, offsetof(struct seccomp_data, nr));
}

void program_install(struct program *program, uint32_t otherwise)
{
	const struct sock_fprog filter = {
		.len = (unsigned short)(program->length + 1),
		.filter = program->code,
	};

	add_end(program, otherwise);
	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}
