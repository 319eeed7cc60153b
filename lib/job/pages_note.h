/* SPDX-License-Identifier: MIT */
/*
 * Receives: the buffers of a load that has ended.
 * Hands on: to the report, the kind of their pages, and why not a better one.
 * Always:   one reason, that of the first buffer that has one.
 */
#ifndef PAGES_NOTE_H
#define PAGES_NOTE_H

struct load;

void pages_note(struct load *load);

#endif
