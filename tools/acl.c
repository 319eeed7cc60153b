/* SPDX-License-Identifier: MIT */
#include "acl.h"

#include <endian.h>
#include <stdint.h>

#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>

#define ALL 7u

/* The permissions of each class, with the mask applied. */
struct summary {
	unsigned owner, group, other, mask;
	bool masked;
	/* The permissions that all named users have in common, and all named
	 * groups. */
	unsigned users, groups;
};

static struct posix_acl_xattr_entry *entries(const void *acl)
{
	return (void *)((char *)acl + sizeof(struct posix_acl_xattr_header));
}

static size_t count(size_t size)
{
	return (size - sizeof(struct posix_acl_xattr_header)) /
	       sizeof(struct posix_acl_xattr_entry);
}

bool acl_is_known(const void *acl, size_t size)
{
	const struct posix_acl_xattr_header *header = acl;

	return size >= sizeof(*header) &&
	       (size - sizeof(*header)) %
	       sizeof(struct posix_acl_xattr_entry) == 0 &&
	       le32toh(header->a_version) == POSIX_ACL_XATTR_VERSION;
}

static struct summary summarise(const void *acl, size_t size)
{
	struct summary sum = {
		.mask = ALL,
		.users = ALL,
		.groups = ALL,
	};
	const struct posix_acl_xattr_entry *entry = entries(acl);
	size_t i;

	for (i = 0; i < count(size); i++) {
		const unsigned perm = le16toh(entry[i].e_perm) & ALL;

		switch (le16toh(entry[i].e_tag)) {
		case ACL_USER_OBJ: sum.owner = perm; break;
		case ACL_GROUP_OBJ: sum.group = perm; break;
		case ACL_OTHER: sum.other = perm; break;
		case ACL_MASK: sum.mask = perm; sum.masked = true; break;
		case ACL_USER: sum.users &= perm; break;
		case ACL_GROUP: sum.groups &= perm; break;
		}
	}
	sum.group &= sum.mask;
	sum.users &= sum.mask;
	sum.groups &= sum.mask;
	return sum;
}

static mode_t make_mode(unsigned owner, unsigned group, unsigned other)
{
	return owner << 6 | group << 3 | other;
}

mode_t acl_mode(const void *acl, size_t size)
{
	const struct summary sum = summarise(acl, size);

	return make_mode(sum.owner, sum.masked ? sum.mask : sum.group, sum.other);
}

/*
 * The old owner, if the new one is another user, now has the group's bits or
 * those of others. A member of the old group only now has those of others. A
 * member of the new group only had those of others before. None of them may
 * gain rights.
 */
mode_t acl_adapt_mode(mode_t mode, struct acl_lost lost)
{
	const unsigned owner = (mode >> 6) & ALL;
	unsigned group = (mode >> 3) & ALL, other = mode & ALL;

	if (lost.group)
		group = other = group & other;
	if (lost.owner) {
		group &= owner;
		other &= owner;
	}
	return make_mode(owner, group, other);
}

/* Users and groups that an entry names now have the group's bits, or those of
 * others. */
mode_t acl_narrow_mode(const void *acl, size_t size, struct acl_lost lost)
{
	const struct summary sum = summarise(acl, size);
	const mode_t mode = make_mode(sum.owner, sum.group & sum.users,
				      sum.other & sum.users & sum.groups);

	return acl_adapt_mode(mode, lost);
}

/*
 * As for a mode. But a member of the new group may also be in a named one. The
 * old owner may be named, or be in any group. The mask limits all of these.
 */
void acl_adapt(void *acl, size_t size, struct acl_lost lost)
{
	const struct summary sum = summarise(acl, size);
	const unsigned all = sum.group & sum.other & sum.groups;
	struct posix_acl_xattr_entry *entry = entries(acl);
	unsigned tag, perm;
	size_t i;

	for (i = 0; i < count(size); i++) {
		tag = le16toh(entry[i].e_tag);
		perm = le16toh(entry[i].e_perm);
		if (lost.group && (tag == ACL_GROUP_OBJ || tag == ACL_OTHER))
			perm = all;
		if (lost.owner && tag != ACL_USER_OBJ)
			perm &= sum.owner;
		entry[i].e_perm = htole16((uint16_t)perm);
	}
}
