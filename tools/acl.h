/* SPDX-License-Identifier: MIT */
/*
 * Receives: a POSIX ACL in the form of the extended attribute system.posix_acl_access.
 * Hands on: the mode that goes with it, or a mode that may stand for it.
 * Always:   no system call; and nobody is granted more than by the ACL that came in.
 *
 * A mode has one set of bits for the group. With an ACL these are the mask, the most
 * that any group and any named user may have; without, they are what the owning group
 * has. So the bits cannot go to a file without the ACL.
 */
#ifndef ACL_H
#define ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ACL_XATTR "system.posix_acl_access"

/* Return true if it is of the one form that there is. */
bool acl_is_known(const void *acl, size_t size);

/* The owner and the group that the new file could not be given: other people are in
 * these classes then. */
struct acl_lost {
	bool owner, group;
};

/* The permission bits of a file that has the ACL. */
mode_t acl_mode(const void *acl, size_t size);

/* The permission bits of a file that has no ACL in place of it. */
mode_t acl_narrow_mode(const void *acl, size_t size, struct acl_lost lost);

/* The permission bits, there being no ACL, and the ACL, as they may be after a loss. */
mode_t acl_adapt_mode(mode_t mode, struct acl_lost lost);
void acl_adapt(void *acl, size_t size, struct acl_lost lost);

#endif
