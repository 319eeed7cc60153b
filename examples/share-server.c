/* SPDX-License-Identifier: MIT */
/*
 * Load a file into a dma-buf once, and send the dma-buf to other processes.
 *
 *   share-server SOCKET FILE [SOURCE] [--clients N]
 *
 * Each process that connects to the unix socket SOCKET gets one message, a
 * struct share_header together with the fd; share-client.c is such a client. A
 * client that connects while the file is being loaded waits. After N clients, 1
 * by default, the server ends; the clients keep the memory.
 *
 * SOURCE has to be a heap, "udmabuf" or "udmabuf:2M". The server also sends a
 * memfd, but the client refuses it, because it is not a dma-buf: share-client.c
 * says how to receive one.
 *
 * Put SOCKET into a directory that only its owner may write, such as
 * $XDG_RUNTIME_DIR: elsewhere another user could bind a socket there first.
 * Servers that start or end at the same time take turns with flock(2) on the
 * directory.
 *
 * Build it by:
 *
 *   cc -D_GNU_SOURCE -o share-server share-server.c share-listen.c fail.c \
 *	$(pkg-config --cflags --libs dmaload)
 */
#include <dmaload.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fail.h"
#include "share.h"
#include "share-listen.h"

struct options {
	const char *socket, *file, *source;
	unsigned long clients;
};

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

static int stopped(const struct dmaload_progress *progress, void *data)
{
	(void)progress;
	(void)data;
	return stop;
}

static int load(const struct options *o, struct dmaload_buffer **out,
		uint64_t *length)
{
	struct dmaload_options options = DMALOAD_OPTIONS_INIT;
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	struct dmaload_error err;
	char text[2048];

	options.progress = stopped;
	if (dmaload_load_file(out, o->file, o->source, &options, &report,
			      &err) < 0)
		return fail(0, "%s", err.message);
	dmaload_report_format(&report, text, sizeof(text));
	fputs(text, stdout);
	*length = report.bytes_total;
	return 0;
}

/*
 * The kernel makes another fd of the same dma-buf for the client. We keep ours,
 * and the memory lives until the last fd is closed. The client may also write,
 * because a dma-buf cannot be reopened for reading only (ENXIO).
 */
static int send_buffer(int client, const struct dmaload_buffer *buffer,
		       uint64_t length)
{
	const int fd = dmaload_buffer_fd(buffer);
	struct share_header header = {
		.magic = SHARE_MAGIC,
		.version = SHARE_VERSION,
		.length = length,
		.buffer_size = dmaload_buffer_size(buffer),
	};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(fd))];
	} control = { .bytes = { 0 } };
	struct iovec part = { .iov_base = &header, .iov_len = sizeof(header) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(rights), &fd, sizeof(fd));

	/* One small message always fits into a new socket, so no client can
	 * block us. MSG_NOSIGNAL: a client that has left must not end us with
	 * SIGPIPE. */
	if (sendmsg(client, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return fail(errno, "a client could not be served");
	return 0;
}

/* The mode of the socket's file is the first check. This one holds even if that
 * mode was changed. */
static int hand_on(int client, const struct dmaload_buffer *buffer,
		   uint64_t length)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return fail(errno, "a client without credentials");
	if (peer.uid != geteuid() && peer.uid != 0)
		return fail(0, "process %jd of user %ju is refused",
			    (intmax_t)peer.pid, (uintmax_t)peer.uid);
	if (send_buffer(client, buffer, length) < 0)
		return -1;
	printf("handed on to process %jd\n", (intmax_t)peer.pid);
	return 0;
}

static int serve(int listener, const struct dmaload_buffer *buffer,
		 uint64_t length, unsigned long clients)
{
	struct pollfd event = { .fd = listener, .events = POLLIN };
	sigset_t signals, mask;
	int client;

	/* Signals come only while ppoll() waits, so none is missed between the
	 * check of stop and the wait. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &mask);

	while (clients > 0) {
		if (stop)
			return fail(0, "stopped before its last client");
		if (ppoll(&event, 1, NULL, &mask) < 0) {
			if (errno == EINTR)
				continue;
			return fail(errno, "cannot wait for clients");
		}
		client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (client < 0 && errno != EAGAIN && errno != ECONNABORTED)
			return fail(errno, "cannot accept a client");
		if (client < 0)
			continue;
		if (hand_on(client, buffer, length) == 0)
			clients--;
		close(client);
	}
	return 0;
}

static int share(const struct options *o)
{
	struct dmaload_buffer *buffer = NULL;
	struct listener listener;
	uint64_t length = 0;
	int r;

	/* Bind the socket first, so that a bad path is an error before the
	 * load. */
	r = listener_open(&listener, o->socket);
	if (r < 0)
		return r;
	r = load(o, &buffer, &length);
	if (r == 0)
		r = serve(listener.fd, buffer, length, o->clients);
	listener_close(&listener, o->socket);
	dmaload_buffer_destroy(buffer);
	return r;
}

static int parse(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "clients", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option != 'c' || optarg[strspn(optarg, "0123456789")])
			return -1;
		errno = 0;
		o->clients = strtoul(optarg, NULL, 10);
		if (errno != 0 || o->clients == 0)
			return -1;
	}
	if (argc - optind < 2 || argc - optind > 3)
		return -1;
	o->socket = argv[optind];
	o->file = argv[optind + 1];
	o->source = argv[optind + 2];
	return 0;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct options o = { .clients = 1 };

	if (parse(&o, argc, argv) < 0) {
		fprintf(stderr, "usage: %s SOCKET FILE [SOURCE] [--clients N]\n",
			argv[0]);
		return 2;
	}
	/* Handle signals, so that the socket's path is removed then, too. */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	return share(&o) < 0 ? 1 : 0;
}
