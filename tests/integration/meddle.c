/* SPDX-License-Identifier: MIT */
/*
 * Run a program, and meddle with its system calls on files.
 *
 *   meddle refuse ERRNO CALL[,CALL...] PROGRAM [ARG...]
 *   meddle before N PATTERN COMMAND PROGRAM [ARG...]
 *
 * "refuse" makes calls fail with an errno. "before" runs the shell's COMMAND
 * once, just before the program's N-th call since a file matched PATTERN,
 * counted from 1. COMMAND has the file's name in $1. So a race that needs luck
 * happens every time.
 *
 * This uses a seccomp filter: ptrace(2) would keep LeakSanitizer from working.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#define CALLS_MAX 64

static const struct call {
	const char *name;
	int number;
} calls[] = {
#define CALL(name) { #name, SYS_##name }
	CALL(faccessat), CALL(fchmod), CALL(fchmodat), CALL(fchown),
	CALL(fchownat), CALL(fgetxattr), CALL(fremovexattr), CALL(fsetxattr),
	CALL(fsync), CALL(ftruncate), CALL(getxattr), CALL(lgetxattr),
	CALL(linkat), CALL(listxattr), CALL(openat), CALL(readlinkat),
	CALL(removexattr), CALL(renameat2), CALL(setxattr), CALL(statx),
	CALL(symlinkat), CALL(unlinkat),
	CALL(fallocate), CALL(bind), CALL(connect),
#ifdef SYS_newfstatat
	CALL(newfstatat),
#endif
#ifdef SYS_fstatat64
	CALL(fstatat64),
#endif
#ifdef SYS_fstat
	CALL(fstat),
#endif
#ifdef SYS_renameat
	CALL(renameat),
#endif
#ifdef SYS_open
	CALL(access), CALL(chmod), CALL(chown), CALL(link), CALL(lstat),
	CALL(open), CALL(readlink), CALL(rename), CALL(stat), CALL(symlink),
	CALL(unlink),
#endif
#undef CALL
};

#define N_CALLS (sizeof(calls) / sizeof(calls[0]))

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "meddle: %s: %s\n", what, strerror(errno));
	exit(99);
}

/* Install a filter for the program, which makes calls of one architecture.
 * Return the listener, if there is one. */
static int install(const int *numbers, size_t count, uint32_t action,
		   unsigned flags)
{
	struct sock_filter program[CALLS_MAX + 3];
	const struct sock_fprog filter = {
		.len = (unsigned short)(count + 3),
		.filter = program,
	};
	size_t i;
	long fd;

	program[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			offsetof(struct seccomp_data, nr));
	for (i = 0; i < count; i++)
		program[1 + i] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)numbers[i],
			(uint8_t)(count - i), 0);
	program[1 + count] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
			SECCOMP_RET_ALLOW);
	program[2 + count] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
			action);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		die("no_new_privs");
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
	if (fd < 0)
		die("seccomp");
	return (int)fd;
}

static int refuse(int code, char *names, char **program)
{
	int numbers[CALLS_MAX];
	size_t count = 0, i;
	const char *name;

	for (name = strtok(names, ","); name; name = strtok(NULL, ",")) {
		for (i = 0; i < N_CALLS && strcmp(calls[i].name, name) != 0; i++)
			;
		if (i == N_CALLS || count == CALLS_MAX) {
			fprintf(stderr, "meddle: no such call: %s\n", name);
			return 99;
		}
		numbers[count++] = calls[i].number;
	}
	install(numbers, count, SECCOMP_RET_ERRNO |
		((uint32_t)code & SECCOMP_RET_DATA), 0);
	execvp(program[0], program);
	die(program[0]);
}

union rights {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static void send_fd(int socket, int fd)
{
	union rights control = { .bytes = { 0 } };
	char byte = 0;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	if (sendmsg(socket, &message, 0) < 0)
		die("sendmsg");
}

static int receive_fd(int socket)
{
	union rights control;
	char byte;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	int fd;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) <= 0 ||
	    !CMSG_FIRSTHDR(&message))
		die("no listener");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void become(int socket, char **program)
{
	int numbers[CALLS_MAX], listener;
	size_t i;

	/* End the program if this one dies: nobody could answer its calls. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (i = 0; i < N_CALLS; i++)
		numbers[i] = calls[i].number;
	listener = install(numbers, N_CALLS, SECCOMP_RET_USER_NOTIF,
			   SECCOMP_FILTER_FLAG_NEW_LISTENER);
	send_fd(socket, listener);
	close(listener);
	close(socket);
	execvp(program[0], program);
	die(program[0]);
}

static void act(const char *command, const char *name)
{
	const pid_t child = fork();

	if (child == 0) {
		execlp("sh", "sh", "-c", command, "meddle", name, NULL);
		die("sh");
	}
	if (child < 0 || waitpid(child, NULL, 0) < 0)
		die("cannot run the command");
}

/* Answer one call. The program continues when this returns. */
static void answer(int listener, long *n, const char *pattern,
		   const char *command)
{
	/* The kernel's struct may be larger than the header's. */
	union {
		struct seccomp_notif call;
		char bytes[512];
	} asked;
	union {
		struct seccomp_notif_resp answer;
		char bytes[512];
	} told;
	glob_t found;

	memset(&asked, 0, sizeof(asked));
	/* The ioctl() of musl takes an int. */
	if (ioctl(listener, (int)SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
		return;
	if (*n > 0 && glob(pattern, 0, NULL, &found) == 0) {
		if (--*n == 0)
			act(command, found.gl_pathv[0]);
		globfree(&found);
	}
	memset(&told, 0, sizeof(told));
	told.answer.id = asked.call.id;
	told.answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(listener, (int)SECCOMP_IOCTL_NOTIF_SEND, &told);
}

static int before(long n, const char *pattern, const char *command,
		  char **program)
{
	struct pollfd event = { .events = POLLIN };
	int sockets[2], status;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		die("socketpair");
	child = fork();
	if (child == 0)
		become(sockets[1], program);
	close(sockets[1]);
	event.fd = receive_fd(sockets[0]);
	/* From Linux 5.9 on, the listener hangs up when the program has
	 * ended. */
	while (waitpid(child, &status, WNOHANG) == 0)
		if (poll(&event, 1, 10) > 0 && (event.revents & POLLIN))
			answer(event.fd, &n, pattern, command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	if (argc > 4 && strcmp(argv[1], "refuse") == 0)
		return refuse(atoi(argv[2]), argv[3], argv + 4);
	if (argc > 5 && strcmp(argv[1], "before") == 0)
		return before(atol(argv[2]), argv[3], argv[4], argv + 5);
	fprintf(stderr, "usage: meddle refuse ERRNO CALL[,CALL...] PROGRAM\n"
		"       meddle before N PATTERN COMMAND PROGRAM\n");
	return 99;
}
