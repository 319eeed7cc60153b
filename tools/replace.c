/* SPDX-License-Identifier: MIT */
/*
 * The new file is made beside the old one, in the same directory, since
 * rename(2) does not cross file systems. A process that opens the name finds
 * the old file or the new one, whole, at any time. The old one stays until
 * nothing can fail any more.
 *
 * The file is made, written and given its rights by one fd. Its name is used
 * only for rename(2), and only while it is still that file's. A user who may
 * write to the directory can replace it between the last check and rename(2),
 * and then that file takes the place. This user could do so at any time, since
 * the directory is theirs. It is noticed and reported.
 *
 * O_TMPFILE would need no name until the end, but only a name can replace an
 * existing file. linkat(2), which gives it one, may be refused (no /proc,
 * Android), which shows only when everything is written. And fsync(2) of btrfs
 * skips a file without a name (fs/btrfs/tree-log.c, Linux 6.12).
 */
#include "destination.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Hidden, and of fixed length: the target's name may have the maximum
 * length. */
#define PREFIX ".dmaload-"
#define RANDOM_CHARS 6

static int invent_name(char *name)
{
	static const char chars[] = "0123456789abcdefghijklmnopqrstuv";
	unsigned char random[RANDOM_CHARS];
	size_t i;

	if (getrandom(random, sizeof(random), 0) < 0)
		return -errno;
	memcpy(name, PREFIX, sizeof(PREFIX) - 1);
	for (i = 0; i < RANDOM_CHARS; i++)
		name[sizeof(PREFIX) - 1 + i] = chars[random[i] % 32];
	name[sizeof(PREFIX) - 1 + RANDOM_CHARS] = '\0';
	return 0;
}

/*
 * A file that replaces another belongs only to this user until it has that
 * one's rights. A file that replaces none gets its rights from the kernel, by
 * the umask and the default ACL of the directory.
 */
int replacement_make(struct destination *destination, struct dmaload_error *err)
{
	const struct place *place = &destination->place;
	const mode_t mode = place->old >= 0 ? 0600 : 0666;
	char *name = malloc(sizeof(PREFIX) + RANDOM_CHARS);
	int r;

	if (!name)
		return explain(err, -ENOMEM, "no memory for a name");
	do {
		r = invent_name(name);
		if (r == 0)
			destination->fd = openat(place->directory, name,
				O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
				O_NOCTTY | O_CLOEXEC, mode);
		if (r == 0 && destination->fd < 0)
			r = -errno;
	} while (r == -EEXIST);
	if (r < 0) {
		free(name);
		return explain(err, r, "cannot create a file in the directory "
			       "of %s: %s%s", place->name, strerror(-r),
			       place_hint(place, r));
	}
	destination->temporary = name;
	watch_unfinished(place->directory, name, destination->fd);
	return 0;
}

/* Some file systems cannot, and need not. */
static int sync_directory(int directory)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = fsync(fd) < 0 && errno != EINVAL && errno != EROFS ? -errno : 0;
	close(fd);
	return r;
}

static int rename_over(struct destination *destination,
		       struct dmaload_error *err)
{
	const struct place *place = &destination->place;
	int r;

	r = is_same_name(place->directory, destination->temporary,
			 destination->fd);
	if (r <= 0)
		return explain(err, r < 0 ? r : -ESTALE, "%s is as it was: "
			       "another process removed or exchanged its "
			       "replacement %s", place->name,
			       destination->temporary);
	if (renameat(place->directory, destination->temporary, place->directory,
		     place->base) < 0) {
		r = -errno;
		return explain(err, r, "%s cannot be replaced: %s%s%s",
			       place->name, strerror(-r), r == -EBUSY ?
			       ", it is a mount point" : "",
			       place_hint(place, r));
	}
	watch_unfinished(-1, NULL, -1);
	free(destination->temporary);
	destination->temporary = NULL;
	/* It may have been removed already, as its owner may. */
	r = is_same_name(place->directory, place->base, destination->fd);
	if (r == 0)
		return explain(err, -ESTALE, "%s is not the stored file: "
			       "another file has replaced it", place->name);
	return 0;
}

int replacement_commit(struct destination *destination, bool durable,
		       struct dmaload_error *err)
{
	struct place *place = &destination->place;
	int r;

	/* The rights are those of the file that is replaced, not of one that
	 * was there when the store began. */
	r = place_refresh(place, err);
	if (r == 0 && place->old >= 0)
		r = inherit(destination->fd, place->old, &destination->losses,
			    err);
	if (r < 0)
		return r;
	if (durable && fsync(destination->fd) < 0)
		return explain(err, -errno, "%s is as it was: its replacement "
			       "cannot be made durable: %s", place->name,
			       strerror(errno));
	r = rename_over(destination, err);
	if (r < 0)
		return r;
	r = durable ? sync_directory(place->directory) : 0;
	if (r < 0)
		return explain(err, r, "%s is there, but its directory cannot be "
			       "made durable: %s", place->name, strerror(-r));
	return 0;
}

void replacement_remove(struct destination *destination)
{
	const struct place *place = &destination->place;

	if (destination->temporary &&
	    is_same_name(place->directory, destination->temporary,
			 destination->fd) == 1)
		unlinkat(place->directory, destination->temporary, 0);
	watch_unfinished(-1, NULL, -1);
	free(destination->temporary);
	destination->temporary = NULL;
}
