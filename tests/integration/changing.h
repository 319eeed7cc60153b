/* SPDX-License-Identifier: MIT */
#ifndef CHANGING_H
#define CHANGING_H

/* Run the tests of files that change while they are loaded. Return the number
 * of failed tests. */
int changing_files(void);

#endif
