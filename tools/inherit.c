/* SPDX-License-Identifier: MIT */
/*
 * The order is that of rights. First the new file belongs only to this user.
 * Then it gets its group and owner, then what depends on them, and last the
 * rights that depend on all of these. So a store that is killed on the way
 * leaves a file with too few rights.
 *
 * The old file may not be readable. Its attributes are reached by the name that
 * /proc has for its fd, which is always that file (Linux 2.6.39: O_PATH).
 */
#include "destination.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "acl.h"
#include "ids.h"

/* The kernel's limits: XATTR_SIZE_MAX, XATTR_LIST_MAX. */
#define VALUE_MAX 65536
#define NAMES_MAX 65536

struct heir {
	int fd;
	/* The old file, by its fd. */
	char path[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
	struct stat st;
	struct losses *losses;
	/* The mode for the new file, and what it could not be given so far. */
	mode_t mode;
	struct acl_lost lost;
	/* Memory for names of attributes, for a value, and for one to compare
	 * it with. */
	char *names, *value, *other;
};

/* errno has the reason. */
static void lose(struct heir *heir, const char *what)
{
	losses_add(heir->losses, strerror(errno), "%s%s", what,
		   errno == ENOENT ? " (it needs /proc)" : "");
}

static bool is_absent(int error)
{
	return error == ENODATA || error == EOPNOTSUPP;
}

/* Some file systems have one mode for all files, and refuse to set it. */
static int set_mode(int fd, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && (st.st_mode & 07777) == mode)
		return 0;
	return fchmod(fd, mode) < 0 ? -errno : 0;
}

/* Leave only the owner's bits. The directory may have given an ACL, whose mask
 * is the group's bits: it would apply as soon as these are set. */
static int undress(const struct heir *heir)
{
	int r = set_mode(heir->fd, 0600);

	if (r < 0)
		return r;
	if (fremovexattr(heir->fd, ACL_XATTR) == 0 || is_absent(errno))
		return 0;
	if (fgetxattr(heir->fd, ACL_XATTR, NULL, 0) < 0 && is_absent(errno))
		return 0;
	return -EPERM;
}

/* Return why not, or NULL. */
static const char *give(int fd, uid_t owner, gid_t group, bool known)
{
	if (!known)
		return "this ID stands for all IDs that the user namespace "
		"does not map";
	return fchown(fd, owner, group) < 0 ? strerror(errno) : NULL;
}

/* Without its owner or group, the new file must not run as these, nor grant
 * their rights to others. The group comes first, since only the owner can
 * change it. */
static void take_owner(struct heir *heir)
{
	const uid_t owner = heir->st.st_uid;
	const gid_t group = heir->st.st_gid;
	const char *why;

	why = give(heir->fd, (uid_t)-1, group, ids_is_group(group));
	if (why) {
		losses_add(heir->losses, why, "group %u", (unsigned)group);
		heir->mode &= ~(mode_t)S_ISGID;
		heir->lost.group = true;
	}
	why = give(heir->fd, owner, (gid_t)-1, ids_is_owner(owner));
	if (why) {
		losses_add(heir->losses, why, "owner %u", (unsigned)owner);
		heir->mode &= ~(mode_t)S_ISUID;
		heir->lost.owner = true;
	}
}

/* Rights are handled separately; other system attributes describe the old
 * bytes. */
static bool is_inherited(const char *name)
{
	static const char *const others[] = {
		ACL_XATTR, "system.posix_acl_default",
		"security.ima", "security.evm",
	};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(name, others[i]) == 0)
			return false;
	return true;
}

static void take_attribute(struct heir *heir, const char *name)
{
	const ssize_t size = getxattr(heir->path, name, heir->value, VALUE_MAX);

	if (size < 0) {
		if (errno != ENODATA)
			lose(heir, name);
		return;
	}
	/* The directory, or a policy, may have given the same value; and a
	 * label may be present that we may not set. */
	if (fgetxattr(heir->fd, name, heir->other, VALUE_MAX) == size &&
	    memcmp(heir->other, heir->value, (size_t)size) == 0)
		return;
	if (fsetxattr(heir->fd, name, heir->value, (size_t)size, 0) < 0)
		lose(heir, name);
}

static void take_attributes(struct heir *heir)
{
	const ssize_t size = listxattr(heir->path, heir->names, NAMES_MAX);
	const char *name;

	if (size < 0) {
		if (errno != EOPNOTSUPP)
			lose(heir, "extended attributes");
		return;
	}
	for (name = heir->names; name < heir->names + size;
	     name += strlen(name) + 1)
		if (is_inherited(name))
			take_attribute(heir, name);
}

/* Set the permission bits, of the mode itself or of the ACL that comes with
 * it. */
static void set_bits(struct heir *heir, mode_t bits)
{
	heir->mode = (heir->mode & ~(mode_t)0777) | bits;
}

static void take_acl(struct heir *heir)
{
	const ssize_t size = getxattr(heir->path, ACL_XATTR, heir->value,
				      VALUE_MAX);
	mode_t narrow;

	if (size < 0 && is_absent(errno)) {
		set_bits(heir, acl_adapt_mode(heir->mode, heir->lost));
		return;
	}
	/* The group's bits may be the mask of an unknown ACL. */
	if (size < 0 || !acl_is_known(heir->value, (size_t)size)) {
		errno = size < 0 ? errno : EINVAL;
		lose(heir, "ACL");
		set_bits(heir, heir->mode & 0700);
		return;
	}
	narrow = acl_narrow_mode(heir->value, (size_t)size, heir->lost);
	acl_adapt(heir->value, (size_t)size, heir->lost);
	if (fsetxattr(heir->fd, ACL_XATTR, heir->value, (size_t)size, 0) == 0) {
		set_bits(heir, acl_mode(heir->value, (size_t)size));
		return;
	}
	lose(heir, "ACL");
	set_bits(heir, narrow);
}

static int take_all(struct heir *heir, struct dmaload_error *err)
{
	int r;

	if (!heir->names || !heir->value || !heir->other)
		return explain(err, -ENOMEM, "no memory for attributes");
	r = undress(heir);
	if (r < 0)
		return explain(err, r, "cannot restrict access to the new "
			       "file: %s", strerror(-r));
	take_owner(heir);
	take_attributes(heir);
	take_acl(heir);
	r = set_mode(heir->fd, heir->mode);
	if (r < 0)
		return explain(err, r, "cannot set the mode %04o of the new "
			       "file: %s", (unsigned)heir->mode, strerror(-r));
	return 0;
}

int inherit(int fd, int old, struct losses *losses, struct dmaload_error *err)
{
	struct heir heir = {
		.fd = fd,
		.losses = losses,
	};
	int r;

	if (fstat(old, &heir.st) < 0)
		return explain(err, -errno, "cannot query the old file: %s",
			       strerror(errno));
	snprintf(heir.path, sizeof(heir.path), "/proc/self/fd/%d", old);
	heir.mode = heir.st.st_mode & 07777;
	heir.names = malloc(NAMES_MAX);
	heir.value = malloc(VALUE_MAX);
	heir.other = malloc(VALUE_MAX);
	r = take_all(&heir, err);
	free(heir.names);
	free(heir.value);
	free(heir.other);
	return r;
}
