/* SPDX-License-Identifier: MIT */
#ifndef CHANGING_H
#define CHANGING_H

/* The tests of files that change while they are loaded. Return how many have
 * failed. */
int changing_files(void);

#endif
