/* SPDX-License-Identifier: MIT */
/*
 * Receives: a caller's report, or ours.
 * Hands on: a clear one: nothing was done.
 * Always:   no call leaves an earlier call's figures in a report, however early it
 *           fails.
 */
#ifndef DMALOAD_LIB_REPORT_H
#define DMALOAD_LIB_REPORT_H

#include <stdbool.h>

#include <dmaload/report.h>

/* Initialise our own. */
void report_clear(struct dmaload_report *report, bool stored);

/* -EINVAL if there is a report with an invalid size. */
int report_check(const struct dmaload_report *report, struct dmaload_error *err);

/* Clear the caller's, if there is one, before anything can fail. 0, or -EINVAL for an
 * invalid size. */
int report_begin(struct dmaload_report *report, bool stored,
		 struct dmaload_error *err);

#endif
