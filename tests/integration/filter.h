/* SPDX-License-Identifier: MIT */
/* System calls that a host refuses, as the seccomp filter of a container does. */
#ifndef FILTER_H
#define FILTER_H

#include <stddef.h>

/* From now on these fail with code, a positive errno value, in this process, its
 * threads and children. Asserts that the kernel takes the filter. */
void filter_calls(const int *calls, size_t count, int code);

/* What Docker's and containerd's default refuses of io_uring: all of it. */
void filter_io_uring(int code);

#endif
