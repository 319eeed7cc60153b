/* SPDX-License-Identifier: MIT */
/*
 * A file is made beside the one whose place it is to take, in the same directory
 * since rename(2) does not cross file systems. Whoever opens the name finds the old
 * file or the new one, whole, whenever he looks; and the old one is there as long
 * as anything may fail.
 */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Hidden, and of one length: the name of the target may be as long as names get. */
#define TEMPORARY ".dmaload-XXXXXX"

static const char *kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return "a directory";
	case S_IFCHR: return "a character device";
	case S_IFBLK: return "a block device";
	case S_IFIFO: return "a pipe";
	case S_IFSOCK: return "a socket";
	}
	return "no file";
}

/* The file that a link leads to is replaced, and not the link. */
static int find_target(struct replacement *replacement, const char *name,
		       struct dmaload_error *err)
{
	struct stat st;

	if (lstat(name, &st) < 0) {
		if (errno != ENOENT)
			return explain(err, -errno, "%s: %s", name,
				       strerror(errno));
		replacement->target = strdup(name);
		if (!replacement->target)
			return explain(err, -ENOMEM, "no memory for a name");
		return 0;
	}
	replacement->target = realpath(name, NULL);
	if (!replacement->target || stat(replacement->target, &st) < 0)
		return explain(err, -errno, "%s leads nowhere: %s", name,
			       strerror(errno));
	if (!S_ISREG(st.st_mode))
		return explain(err, S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL,
			       "%s is %s: only a regular file can be replaced",
			       name, kind(st.st_mode));
	return 0;
}

static int find_directory(struct replacement *replacement,
			  struct dmaload_error *err)
{
	const char *target = replacement->target;
	const char *slash = strrchr(target, '/');

	if (*target == '\0' || (slash && slash[1] == '\0'))
		return explain(err, -ENOENT, "\"%s\" is no name for a file",
			       target);
	if (!slash)
		replacement->directory = strdup(".");
	else
		replacement->directory = strndup(target, slash == target ? 1 :
						 (size_t)(slash - target));
	if (!replacement->directory)
		return explain(err, -ENOMEM, "no memory for a name");
	return 0;
}

static int make_temporary(struct replacement *replacement,
			  struct dmaload_error *err)
{
	const char *directory = replacement->directory;
	const size_t size = strlen(directory) + sizeof("/" TEMPORARY);
	char *name = malloc(size);
	int fd;

	if (!name)
		return explain(err, -ENOMEM, "no memory for a name");
	snprintf(name, size, "%s/%s", directory, TEMPORARY);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0) {
		free(name);
		return explain(err, -errno, "no file can be made in %s: %s",
			       directory, strerror(errno));
	}
	replacement->fd = fd;
	replacement->temporary = name;
	return 0;
}

int replacement_begin(struct replacement *replacement, const char *name,
		      struct dmaload_error *err)
{
	int r;

	*replacement = (struct replacement){ .fd = -1 };
	r = find_target(replacement, name, err);
	if (r == 0)
		r = find_directory(replacement, err);
	if (r == 0)
		r = make_temporary(replacement, err);
	return r;
}

/* What the new file cannot be given, it must not give on: the right to run as its
 * owner or group. */
static int take_over_access(const struct replacement *replacement)
{
	const int fd = replacement->fd;
	struct stat st;
	mode_t mode;

	if (stat(replacement->target, &st) < 0) {
		mode = umask(0);
		umask(mode);
		return fchmod(fd, 0666 & ~mode);
	}
	mode = st.st_mode & 07777;
	if (fchown(fd, (uid_t)-1, st.st_gid) < 0)
		mode &= ~(mode_t)S_ISGID;
	if (fchown(fd, st.st_uid, (gid_t)-1) < 0)
		mode &= ~(mode_t)S_ISUID;
	return fchmod(fd, mode);
}

/* There are file systems that cannot, and need not. */
static int sync_directory(const char *name)
{
	int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = fsync(fd) < 0 && errno != EINVAL && errno != EROFS ? -errno : 0;
	close(fd);
	return r;
}

int replacement_commit(struct replacement *replacement, bool durable,
		       struct dmaload_error *err)
{
	int r;

	if (take_over_access(replacement) < 0)
		return explain(err, -errno, "the mode of %s: %s",
			       replacement->temporary, strerror(errno));
	if (durable && fsync(replacement->fd) < 0)
		return explain(err, -errno, "%s cannot be made durable: %s",
			       replacement->temporary, strerror(errno));
	if (rename(replacement->temporary, replacement->target) < 0)
		return explain(err, -errno, "%s cannot become %s: %s",
			       replacement->temporary, replacement->target,
			       strerror(errno));
	free(replacement->temporary);
	replacement->temporary = NULL;
	r = durable ? sync_directory(replacement->directory) : 0;
	if (r < 0)
		return explain(err, r, "%s is there, but %s cannot be made "
			       "durable: %s", replacement->target,
			       replacement->directory, strerror(-r));
	return 0;
}

void replacement_finish(struct replacement *replacement)
{
	if (replacement->temporary)
		unlink(replacement->temporary);
	if (replacement->fd >= 0)
		close(replacement->fd);
	free(replacement->temporary);
	free(replacement->directory);
	free(replacement->target);
}
