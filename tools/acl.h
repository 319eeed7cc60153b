/* SPDX-License-Identifier: MIT */
/*
 * Receives: a POSIX ACL in the form of the extended attribute
 *           system.posix_acl_access.
 * Hands on: the mode that goes with it, or a mode that may replace it.
 * Always:   no system call. No user gets more rights than the ACL gave.
 *
 * A mode has one set of bits for the group. With an ACL these are the mask, the
 * maximum that any group and any named user may have. Without, they are what
 * the owning group has. So the bits must not be given to a file without the
 * ACL.
 */
#ifndef ACL_H
#define ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ACL_XATTR "system.posix_acl_access"

/* Return true if the ACL has the one known format. */
bool acl_is_known(const void *acl, size_t size);

/* The owner and the group that the new file could not be given: other users are
 * in these classes then. */
struct acl_lost {
	bool owner, group;
};

/* Return the permission bits of a file that has the ACL. */
mode_t acl_mode(const void *acl, size_t size);

/* Return the permission bits of a file that has no ACL in place of it. */
mode_t acl_narrow_mode(const void *acl, size_t size, struct acl_lost lost);

/* Return the permission bits, without an ACL, and change the ACL, as they may
 * be after a loss. */
mode_t acl_adapt_mode(mode_t mode, struct acl_lost lost);
void acl_adapt(void *acl, size_t size, struct acl_lost lost);

#endif
