/* SPDX-License-Identifier: MIT */
#include "destination.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As many as the kernel follows. */
#define LINKS_MAX 40
/* The name may lead to another file during the look-up, for example by another
 * store. */
#define TRIES_MAX 10

bool is_same_file(int a, int b)
{
	struct stat one, other;

	return fstat(a, &one) == 0 && fstat(b, &other) == 0 &&
	       one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

int is_same_name(int directory, const char *name, int fd)
{
	struct stat named, file;

	if (fstat(fd, &file) < 0 ||
	    fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return named.st_dev == file.st_dev && named.st_ino == file.st_ino;
}

static const char *kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return "a directory";
	case S_IFCHR: return "a character device";
	case S_IFBLK: return "a block device";
	case S_IFIFO: return "a pipe";
	case S_IFSOCK: return "a socket";
	case S_IFLNK: return "a symbolic link by now";
	}
	return "no file";
}

static int check_kind(const struct place *place, int fd,
		      struct dmaload_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return explain(err, -errno, "%s: %s", place->name,
			       strerror(errno));
	if (S_ISREG(st.st_mode))
		return 0;
	return explain(err, S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL,
		       "%s is %s: only a regular file can be stored into",
		       place->name, kind(st.st_mode));
}

/* Go from the current directory into that of a path; a plain name remains. */
static int enter(struct place *place, const char *path,
		 struct dmaload_error *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = strdup(slash ? path : "."), *base;
	int fd = -1, r = 0;

	base = strdup(slash ? slash + 1 : path);
	if (!folder || !base) {
		r = explain(err, -ENOMEM, "no memory for a name");
		goto out;
	}
	if (slash)
		folder[slash == path ? 1 : slash - path] = '\0';
	fd = openat(place->directory, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		r = explain(err, -errno, "cannot create a file in %s: %s",
			    folder,
			    strerror(errno));
		goto out;
	}
	if (place->directory >= 0)
		close(place->directory);
	place->directory = fd;
	free(place->base);
	place->base = base;
	base = NULL;
out:
	free(folder);
	free(base);
	return r;
}

/* Follow link by link. Return how many there were. */
static int follow(struct place *place, struct dmaload_error *err)
{
	const char *path = place->name;
	char link[PATH_MAX];
	ssize_t length;
	int links, r;

	for (links = 0; links <= LINKS_MAX; links++) {
		r = enter(place, path, err);
		if (r < 0)
			return r;
		if (!place->base[0])
			return explain(err, -ENOENT, "\"%s\" is not a valid "
				       "file name", place->name);
		length = readlinkat(place->directory, place->base, link,
				    sizeof(link) - 1);
		if (length < 0)
			return links;
		link[length] = '\0';
		path = link;
	}
	return explain(err, -ELOOP, "%s: %s", place->name, strerror(ELOOP));
}

int place_refresh(struct place *place, struct dmaload_error *err)
{
	int fd = openat(place->directory, place->base,
			O_PATH | O_NOFOLLOW | O_CLOEXEC), r;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return explain(err, -errno, "%s: %s", place->name,
			       strerror(errno));
	r = check_kind(place, fd, err);
	if (r < 0) {
		close(fd);
		return r;
	}
	if (place->old >= 0)
		close(place->old);
	place->old = fd;
	return 0;
}

static void start(struct place *place, const char *name)
{
	*place = (struct place){
		.name = name,
		.directory = AT_FDCWD,
		.old = -1,
	};
}

/*
 * The kernel must follow the name, too, and reach the same file: it knows whose
 * links cannot be trusted (protected_symlinks in proc(5)). Return whether they
 * agree.
 */
static int find(struct place *place, const char *name, struct dmaload_error *err)
{
	int found = open(name, O_PATH | O_CLOEXEC), links, r = 0;

	if (found < 0 && errno != ENOENT)
		return explain(err, -errno, "%s: %s", name, strerror(errno));
	start(place, name);
	if (found >= 0)
		r = check_kind(place, found, err);
	links = r < 0 ? r : follow(place, err);
	r = links < 0 ? links : place_refresh(place, err);
	if (r == 0 && found < 0 && place->old < 0)
		r = links == 0 ? 1 : explain(err, -ENOENT, "%s leads nowhere: %s",
					     name, strerror(ENOENT));
	else if (r == 0 && found >= 0 && place->old >= 0)
		r = is_same_file(found, place->old);
	if (found >= 0)
		close(found);
	return r;
}

int place_find(struct place *place, const char *name, struct dmaload_error *err)
{
	int tries = 0, r;

	start(place, name);
	do {
		place_free(place);
		r = find(place, name, err);
	} while (r == 0 && ++tries < TRIES_MAX);
	if (r == 0)
		return explain(err, -EAGAIN, "%s leads to another file each time",
			       name);
	return r < 0 ? r : 0;
}

const char *place_hint(const struct place *place, int code)
{
	if (place->old < 0)
		return "";
	switch (code) {
	/* A mount point; a directory that may not be changed, or is sticky. */
	case -EBUSY:
	case -EPERM:
	case -EACCES:
	/* No room for both files. */
	case -ENOSPC:
	case -EDQUOT:
		return "; with --in-place the file itself is written to";
	}
	return "";
}

void place_free(struct place *place)
{
	if (place->directory >= 0)
		close(place->directory);
	if (place->old >= 0)
		close(place->old);
	free(place->base);
	start(place, place->name);
}
