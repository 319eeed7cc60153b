/* SPDX-License-Identifier: MIT */
/* Texts that people read may be shown by any terminal. */
#ifndef SHOWN_H
#define SHOWN_H

#include <stdbool.h>

#include <dmaload.h>

/* One line of UTF-8, as the C library decodes it, without a control character. */
bool is_shown(const char *text);
/* The same of every text of a report. */
void check_report_is_shown(const struct dmaload_report *report);

#endif
