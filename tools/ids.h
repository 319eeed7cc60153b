/* SPDX-License-Identifier: MIT */
/*
 * Receives: a user or group ID, as stat(2) reports it.
 * Hands on: whether it is the file's real one.
 * Always:   if that is unknown, it is not.
 */
#ifndef IDS_H
#define IDS_H

#include <stdbool.h>
#include <sys/types.h>

bool ids_is_owner(uid_t id);
bool ids_is_group(gid_t id);

#endif
