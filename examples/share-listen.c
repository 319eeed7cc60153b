/* SPDX-License-Identifier: MIT */
#include "share-listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fail.h"

/* The mode of the socket's file decides who can connect. The kernel derives it
 * from the umask; before a later chmod(), others could connect. */
static int bind_for_owner(int fd, const struct sockaddr_un *address)
{
	const mode_t mask = umask(0177);
	int r = bind(fd, (const struct sockaddr *)address, sizeof(*address));

	r = r < 0 ? -errno : 0;
	umask(mask);
	return r;
}

/*
 * Return true if a killed server has left this path behind: a socket of ours
 * that no process has open. A datagram socket finds this out and does not
 * become a client: if a server is running, connect() returns EPROTOTYPE.
 */
static bool is_stale(const struct sockaddr_un *address)
{
	bool stale = false;
	struct stat st;
	int fd;

	if (lstat(address->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode) ||
	    st.st_uid != geteuid())
		return false;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	if (connect(fd, (const struct sockaddr *)address,
		    sizeof(*address)) < 0)
		stale = errno == ECONNREFUSED;
	close(fd);
	return stale;
}

/*
 * Lock the directory. To check a path and to remove it are two steps, and
 * another server must not bind its socket in between. Return an fd; close it to
 * unlock.
 */
static int lock_directory(const char *path)
{
	char *copy = strdup(path), *slash = copy ? strrchr(copy, '/') : NULL;
	int fd;

	if (!copy)
		return fail(ENOMEM, "%s", path);
	if (slash)
		slash[slash == copy] = '\0';
	fd = open(slash ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd >= 0 && flock(fd, LOCK_EX) == 0)
		return fd;
	fail(errno, "%s: its directory cannot be locked", path);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Return 0 or -errno. */
static int claim(struct listener *listener, const struct sockaddr_un *address)
{
	struct stat st;
	int r = bind_for_owner(listener->fd, address);

	if (r == -EADDRINUSE && is_stale(address)) {
		unlink(address->sun_path);
		r = bind_for_owner(listener->fd, address);
	}
	if (r < 0)
		return r;
	if (lstat(address->sun_path, &st) < 0)
		return -errno;
	listener->dev = st.st_dev;
	listener->ino = st.st_ino;
	return 0;
}

/* Remove the path while the socket is open, so that no other server takes it
 * for a stale one; and only if it is still ours. */
void listener_close(const struct listener *listener, const char *path)
{
	const int lock = lock_directory(path);
	struct stat st;

	if (lock >= 0 && lstat(path, &st) == 0 && st.st_dev == listener->dev &&
	    st.st_ino == listener->ino)
		unlink(path);
	close(listener->fd);
	if (lock >= 0)
		close(lock);
}

/* A socket of packets: a message arrives as a whole, with its fd, or not at all. */
int listener_open(struct listener *listener, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int lock, r;

	/* For an empty path, the kernel would choose a name. */
	if (!path[0] || strlen(path) >= sizeof(address.sun_path))
		return fail(0, "\"%s\": a socket's path has 1 to %zu bytes",
			    path, sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);

	listener->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
			      SOCK_NONBLOCK, 0);
	if (listener->fd < 0)
		return fail(errno, "no socket");
	lock = lock_directory(path);
	r = lock < 0 ? -1 : claim(listener, &address);
	if (lock >= 0)
		close(lock);
	if (r < 0) {
		close(listener->fd);
		if (r == -EADDRINUSE)
			return fail(0, "%s exists and is not a stale socket of "
				    "ours", path);
		return lock < 0 ? -1 : fail(-r, "%s", path);
	}
	if (listen(listener->fd, SOMAXCONN) < 0) {
		r = fail(errno, "%s: cannot listen", path);
		listener_close(listener, path);
		return r;
	}
	printf("listening at %s\n", path);
	return 0;
}
