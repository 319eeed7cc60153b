/* SPDX-License-Identifier: MIT */
/*
 * Receives: numbers of system calls, and what happens to them.
 * Hands on: a seccomp filter, which is installed for the calling thread.
 * Always:   the first rule that fits decides. The filter does not check the
 *           architecture: the process makes calls of one.
 */
#ifndef FILTER_PROGRAM_H
#define FILTER_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

/* The private numbers of ARM, which are not assigned in the order of time. */
#define ARM_PRIVATE 0x0f0000u

struct program {
	struct sock_filter code[1024];
	size_t length;
};

/* Return the result of a filter: FILTER_TRAP, FILTER_KILL, or an errno value; 0:
 * the call returns 0 and does nothing. */
uint32_t program_fate(int what);

void program_begin(struct program *program);
/* End with this result if the number is equal or, by BPF_JGT or BPF_JGE,
 * greater. */
void program_add_if(struct program *program, uint16_t comparison, uint32_t call,
		    uint32_t end);
void program_add_calls(struct program *program, const int *calls, size_t count,
		       uint32_t end);
/* End with this result if an argument of the call equals value or, by BPF_JSET,
 * has one of its bits. Only the lower 32 bits count. */
void program_add_argument(struct program *program, uint32_t call, unsigned argument,
			  uint16_t comparison, uint32_t value, uint32_t end);
/* Install the program; this result is that of all other calls. */
void program_install(struct program *program, uint32_t otherwise);

#endif
