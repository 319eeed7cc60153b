/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load, before its first read and after its last.
 * Hands on: what of its files is in the page cache, to the plan and to the report.
 * Always:   what the load has brought in is dropped, unless it is to be kept; what
 *           was there before stays.
 */
#ifndef FOOTPRINT_H
#define FOOTPRINT_H

struct load;

void footprint_before(struct load *load);
void footprint_after(struct load *load);

#endif
