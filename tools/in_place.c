/* SPDX-License-Identifier: MIT */
/*
 * Write to the file itself, so that its other names, its mount and its
 * attributes stay. A store that fails half-way leaves it half written.
 */
#include "destination.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define CAPABILITY "security.capability"

static int look(int fd, struct stat *st, struct privileges *privileges)
{
	if (fstat(fd, st) < 0)
		return -errno;
	*privileges = (struct privileges){
		.bits = st->st_mode & (S_ISUID | S_ISGID),
		.capability = fgetxattr(fd, CAPABILITY, NULL, 0) >= 0,
	};
	return 0;
}

/* Report the rights that the kernel has removed, whichever process wrote. */
static void report_losses(struct destination *destination)
{
	static const char why[] = "the kernel takes it from a file that is "
				  "written to";
	const struct privileges old = destination->old_privileges;
	struct losses *losses = &destination->losses;
	struct privileges now = { .bits = 0 };
	struct stat st;

	if (look(destination->fd, &st, &now) < 0)
		return;
	if (old.bits & ~now.bits & S_ISUID)
		losses_add(losses, why, "set-user-ID bit");
	if (old.bits & ~now.bits & S_ISGID)
		losses_add(losses, why, "set-group-ID bit");
	if (old.capability && !now.capability)
		losses_add(losses, why, CAPABILITY);
}

static int open_base(const struct place *place, int access)
{
	/* O_NONBLOCK: do not wait on a pipe that replaces the file
	 * meanwhile. */
	return openat(place->directory, place->base, access | O_NOFOLLOW |
		      O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int in_place_open(struct destination *destination, bool readable,
		  struct dmaload_error *err)
{
	const struct place *place = &destination->place;
	struct stat st;
	int fd, r;

	/* Readable, too, if possible: before Linux 6.5 the page cache can only
	 * be queried by a mapping. */
	fd = open_base(place, O_RDWR);
	if (fd < 0 && errno == EACCES && !readable)
		fd = open_base(place, O_WRONLY);
	if (fd < 0)
		return explain(err, -errno, "cannot open %s for %swriting: %s",
			       place->name, readable ? "reading and " : "",
			       strerror(errno));
	destination->fd = fd;
	if (!is_same_file(fd, place->old))
		return explain(err, -ESTALE, "%s has been replaced meanwhile",
			       place->name);
	r = fcntl(fd, F_SETFL, 0) < 0 ? -errno :
	    look(fd, &st, &destination->old_privileges);
	if (r < 0)
		return explain(err, r, "%s: %s", place->name, strerror(-r));
	destination->old_size = (uint64_t)st.st_size;
	return 0;
}

int in_place_commit(struct destination *destination, uint64_t length,
		    bool durable, struct dmaload_error *err)
{
	const char *name = destination->place.name;

	if (length < destination->old_size &&
	    ftruncate(destination->fd, (off_t)length) < 0)
		return explain(err, -errno, "%s has the new bytes, but cannot be "
			       "made shorter: %s", name, strerror(errno));
	destination->old_size = SIZE_STAYS;
	report_losses(destination);
	if (durable && fsync(destination->fd) < 0)
		return explain(err, -errno, "%s has the new bytes, but cannot be "
			       "made durable: %s", name, strerror(errno));
	return 0;
}

/* Old bytes cannot be restored; bytes that were added are removed. */
void in_place_undo(struct destination *destination)
{
	struct stat st;

	if (destination->fd >= 0 && fstat(destination->fd, &st) == 0 &&
	    (uint64_t)st.st_size > destination->old_size &&
	    ftruncate(destination->fd, (off_t)destination->old_size) < 0)
		complain("cannot restore the length of %s: %s",
			 destination->place.name,
			 strerror(errno));
}
