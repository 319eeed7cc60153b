/* SPDX-License-Identifier: MIT */
/*
 * Confine a program that opens arbitrary names on the real kernel: an empty directory
 * in memory, and a standard input without a terminal.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include <stdbool.h>

/* Change to the empty directory, and back. */
void confine_enter(void);
void confine_leave(void);

/* Remove the files in the directory. Temporary files, and any file after a failure,
 * are a fault. */
void confine_clear(bool failed);

/* Make standard input an empty regular file, or /dev/null. */
void confine_stdin(bool is_file);

/* Return the lowest free fd. It rises when an fd leaks. */
int confine_free_fd(void);

#endif
