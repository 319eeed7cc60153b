/* SPDX-License-Identifier: MIT */
/*
 * Filters of whole systems, by name, for the calling thread and what it starts.
 *
 * "android-8" to "android-15", "android-main": the filter for apps of this
 * release, which traps all that it does not list; "android": only calls that
 * each release lists. "linux-5.6" and so on: newer calls, and newer arguments of
 * older calls, fail as they do on this kernel. "no-cachestat" and so on: one of
 * these fails.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stddef.h>

/* Return the name of a policy, in the order above; NULL: there are no more. */
const char *policy_name(size_t index);

/* Return true if there is this policy, and the library has to find out by itself
 * that a filter traps. */
bool policy_traps(const char *name);
/* Return false if there is no such policy. */
bool policy_install(const char *name);

#endif
