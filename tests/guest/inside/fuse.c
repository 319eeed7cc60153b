// SPDX-License-Identifier: MIT
/*
 * A FUSE file system for tests: it passes through the files of another directory.
 *
 *   guest-fuse cached|direct|slow DIRECTORY [OPTION OF FUSE]... MOUNTPOINT
 *
 *   cached   the kernel uses the page cache, as by default
 *   direct   the kernel does not use the page cache (FOPEN_DIRECT_IO)
 *   slow     as cached, and each 4 KiB takes 50 ms
 *
 * The directory has regular files only. Run it as root.
 */
#define FUSE_USE_VERSION 31

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int directory;
static bool direct, slow;

/* "/" is the directory itself. */
static const char *below(const char *path)
{
	return path[1] ? path + 1 : ".";
}

static int result(ssize_t r)
{
	return r < 0 ? -errno : (int)r;
}

static void *pass_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
	(void)connection;
	config->direct_io = direct;
	/* The kernel releases a file some time after its close. Until then, FUSE would rename a
	 * removed file, and there is no operation for that. */
	config->hard_remove = 1;
	return NULL;
}

static int pass_getattr(const char *path, struct stat *st, struct fuse_file_info *info)
{
	(void)info;
	return result(fstatat(directory, below(path), st, AT_SYMLINK_NOFOLLOW));
}

static int pass_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset,
			struct fuse_file_info *info, enum fuse_readdir_flags flags)
{
	DIR *dir = fdopendir(openat(directory, below(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;

	(void)offset;
	(void)info;
	(void)flags;
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		fill(buffer, entry->d_name, NULL, 0, 0);
	closedir(dir);
	return 0;
}

/* O_DIRECT concerns this file system's page cache: read the backing file without it. */
static int pass_open(const char *path, struct fuse_file_info *info)
{
	const int fd = openat(directory, below(path), (info->flags & ~O_DIRECT) | O_CLOEXEC);

	info->fh = (uint64_t)fd;
	return fd < 0 ? -errno : 0;
}

static int pass_create(const char *path, mode_t mode, struct fuse_file_info *info)
{
	const int flags = (info->flags & ~O_DIRECT) | O_CREAT | O_CLOEXEC;
	const int fd = openat(directory, below(path), flags, mode);

	info->fh = (uint64_t)fd;
	return fd < 0 ? -errno : 0;
}

static int pass_release(const char *path, struct fuse_file_info *info)
{
	(void)path;
	return result(close((int)info->fh));
}

static int pass_read(const char *path, char *data, size_t size, off_t offset,
		     struct fuse_file_info *info)
{
	(void)path;
	if (slow)
		usleep((useconds_t)(size / 4096 * 50000));
	return result(pread((int)info->fh, data, size, offset));
}

static int pass_write(const char *path, const char *data, size_t size, off_t offset,
		      struct fuse_file_info *info)
{
	(void)path;
	return result(pwrite((int)info->fh, data, size, offset));
}

static int pass_truncate(const char *path, off_t size, struct fuse_file_info *info)
{
	int fd, r;

	if (info)
		return result(ftruncate((int)info->fh, size));
	fd = openat(directory, below(path), O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = result(ftruncate(fd, size));
	close(fd);
	return r;
}

static int pass_unlink(const char *path)
{
	return result(unlinkat(directory, below(path), 0));
}

static const struct fuse_operations operations = {
	.init = pass_init,
	.getattr = pass_getattr,
	.readdir = pass_readdir,
	.open = pass_open,
	.create = pass_create,
	.release = pass_release,
	.read = pass_read,
	.write = pass_write,
	.truncate = pass_truncate,
	.unlink = pass_unlink,
};

int main(int argc, char **argv)
{
	if (argc > 3) {
		direct = strcmp(argv[1], "direct") == 0;
		slow = strcmp(argv[1], "slow") == 0;
	}
	if (argc < 4 || (!direct && !slow && strcmp(argv[1], "cached") != 0)) {
		fprintf(stderr, "usage: guest-fuse cached|direct|slow DIRECTORY [OPTION]... "
				"MOUNTPOINT\n");
		return 2;
	}
	directory = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0) {
		perror(argv[2]);
		return 1;
	}
	argv[2] = argv[0];
	return fuse_main(argc - 2, argv + 2, &operations, NULL);
}
