/* SPDX-License-Identifier: MIT */
/*
 * Act as other users. Run it as root.
 *
 *   who may FILE USER...             print the rights to FILE that the kernel grants to
 *                                    each: a digit, the sum of 4 (read), 2 (write)
 *                                    and 1 (execute)
 *   who run USER PROGRAM [ARG...]    run PROGRAM as USER
 *   who inside PROGRAM [ARG...]      run PROGRAM as root of a user namespace that has
 *                                    only the IDs from 0 to 65535, which are those
 *                                    from 100000 on outside
 *
 * USER is UID:GID[,GID...].
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define GROUPS_MAX 16

/* Root's capabilities disappear with the user ID. */
static int become(const char *user)
{
	gid_t groups[GROUPS_MAX];
	size_t count = 0;
	char *end;
	const uid_t uid = (uid_t)strtoul(user, &end, 10);

	while (*end && count < GROUPS_MAX)
		groups[count++] = (gid_t)strtoul(end + 1, &end, 10);
	if (count == 0) {
		errno = EINVAL;
		return -1;
	}
	return setgroups(count, groups) < 0 ||
	       setresgid(groups[0], groups[0], groups[0]) < 0 ||
	       setresuid(uid, uid, uid) < 0 ? -1 : 0;
}

/* Use an fd, so that the folders on the way are not checked. */
static int rights(int fd)
{
	static const int modes[] = { R_OK, W_OK, X_OK };
	int sum = 0, i;

	for (i = 0; i < 3; i++) {
		if (syscall(SYS_faccessat2, fd, "", modes[i],
			    AT_EMPTY_PATH) == 0)
			sum += 4 >> i;
		else if (errno != EACCES)
			return 8;
	}
	return sum;
}

static int may(const char *file, char **users)
{
	const int fd = open(file, O_PATH | O_CLOEXEC);
	int status = 0;
	pid_t child;

	if (fd < 0)
		return -1;
	for (; *users; users++) {
		child = fork();
		if (child == 0)
			_exit(become(*users) < 0 ? 8 : rights(fd));
		if (child < 0 || waitpid(child, &status, 0) < 0 || status > 7 << 8)
			return -1;
		putchar('0' + WEXITSTATUS(status));
	}
	putchar('\n');
	return 0;
}

static int write_file(pid_t pid, const char *name, const char *text)
{
	char path[64];
	int fd, r;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	r = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ?
	    0 : -1;
	if (fd >= 0)
		close(fd);
	return r;
}

/* The namespace's IDs must be mapped from outside, while the program waits. */
static int inside(char **command)
{
	static const char ids[] = "0 100000 65536";
	int ready[2], go[2], status;
	char c = 0;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(go, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		if (unshare(CLONE_NEWUSER) == 0 && write(ready[1], &c, 1) == 1 &&
		    read(go[0], &c, 1) == 1 && become("0:0") == 0)
			execvp(command[0], command);
		_exit(99);
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &c, 1) == 1 &&
	    write_file(pid, "uid_map", ids) == 0 &&
	    write_file(pid, "gid_map", ids) == 0 && write(go[1], &c, 1) < 0)
		return -1;
	close(go[1]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

int main(int argc, char **argv)
{
	if (argc > 3 && strcmp(argv[1], "may") == 0 && may(argv[2], argv + 3) == 0)
		return 0;
	if (argc > 3 && strcmp(argv[1], "run") == 0 && become(argv[2]) == 0)
		execvp(argv[3], argv + 3);
	if (argc > 2 && strcmp(argv[1], "inside") == 0)
		return inside(argv + 2);
	fprintf(stderr, "who: %s\n", argc > 3 ? strerror(errno) :
		"who may FILE USER..., who run USER PROGRAM, who inside PROGRAM");
	return 99;
}
