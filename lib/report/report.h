/* SPDX-License-Identifier: MIT */
/*
 * Receives: the caller's report, or the library's.
 * Hands on: an empty one: nothing was done.
 * Always:   a call never leaves figures of an earlier call in the report,
 *           however early it fails.
 */
#ifndef DMALOAD_LIB_REPORT_H
#define DMALOAD_LIB_REPORT_H

#include <stdbool.h>

#include <dmaload/report.h>

/* Initialize a report of the library. */
void report_clear(struct dmaload_report *report, bool stored);

/* Return -EINVAL if there is a report with an invalid size. */
int report_check(const struct dmaload_report *report, struct dmaload_error *err);

/* Clear the caller's report, if there is one, before anything can fail. Return
 * 0, or -EINVAL for an invalid size. */
int report_begin(struct dmaload_report *report, bool stored,
		 struct dmaload_error *err);

#endif
