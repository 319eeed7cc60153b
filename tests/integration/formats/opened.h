/* SPDX-License-Identifier: MIT */
/* The open file for the reader under test. */
#ifndef OPENED_H
#define OPENED_H

#include "../../../models/format.h"
#include "models.h"

/* Fixtures of cmocka. */
int opened_setup(void **state);
int opened_teardown(void **state);

/* The reader under test. */
const struct format *opened_format(void);

/* Write a file to it, and begin the header of a file with this size. */
void opened_write(const struct bytes *file, struct header *header, uint64_t size);

#endif
