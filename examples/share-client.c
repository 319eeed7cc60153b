/* SPDX-License-Identifier: MIT */
/*
 * Receive a dma-buf from share-server.c, and read its bytes.
 *
 *   share-client SOCKET [--check FILE] [--wait]
 *
 * Prints the 64-bit FNV-1a checksum of the file's bytes in the buffer; with
 * --check it compares them with FILE. With --wait it first waits for the end of
 * its standard input: the server may have ended by then, but the memory
 * remains.
 *
 * The client trusts nothing that it receives: the fd may be any file, and the
 * numbers may have any value. So the server's SOURCE has to be a heap or
 * udmabuf.
 *
 * To receive a memfd instead, a program checks that it has F_SEAL_SHRINK, so
 * that no other process can truncate the memory. It queries the size with
 * fstat(2) and maps the fd with MAP_SHARED. dmaload_buffer_from_memory() makes a
 * buffer of the mapping. doc/examples.md has such a function.
 *
 * Build it by:
 *
 *   cc -D_GNU_SOURCE -o share-client share-client.c fail.c \
 *	$(pkg-config --cflags --libs dmaload)
 */
#include <dmaload.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fail.h"
#include "share.h"

struct options {
	const char *socket, *file;
	int wait;
};

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (!path[0] || strlen(path) >= sizeof(address.sun_path))
		return fail(0, "\"%s\": a socket's path has 1 to %zu bytes",
			    path, sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);

	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(errno, "no socket");
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		fail(errno, "%s: no server", path);
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * All fds of a message are already open in this process, even if the message is
 * wrong. Keep the first, close the others, and return how many there were.
 */
static int take_fds(struct msghdr *message, int *out)
{
	struct cmsghdr *part;
	size_t i, n;
	int fd, count = 0;

	for (part = CMSG_FIRSTHDR(message); part;
	     part = CMSG_NXTHDR(message, part)) {
		if (part->cmsg_level != SOL_SOCKET ||
		    part->cmsg_type != SCM_RIGHTS)
			continue;
		n = (part->cmsg_len - CMSG_LEN(0)) / sizeof(fd);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(part) + i * sizeof(fd),
			       sizeof(fd));
			if (count++ == 0)
				*out = fd;
			else
				close(fd);
		}
	}
	return count;
}

static int check_message(const struct share_header *header, ssize_t size,
			 int flags, int fds)
{
	if (size == 0)
		return fail(0, "the server hung up: it has refused this user, "
			    "or has failed");
	if ((size_t)size != sizeof(*header) || (flags & MSG_TRUNC))
		return fail(0, "the message has not the %zu bytes of a header",
			    sizeof(*header));
	if (header->magic != SHARE_MAGIC)
		return fail(0, "the message is not from a share-server");
	if (header->version != SHARE_VERSION)
		return fail(0, "version %" PRIu32 " of the message, not %d",
			    header->version, SHARE_VERSION);
	/* The kernel drops fds for which the message has no room, or which
	 * would exceed the limit of open files. */
	if (flags & MSG_CTRUNC)
		return fail(0, "more fds than one, or no room for one");
	if (fds != 1)
		return fail(0, "the message brings %d fds, not 1", fds);
	return 0;
}

/* Return the fd that came with the header, or -1. */
static int receive(int server, struct share_header *header)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec part = { .iov_base = header, .iov_len = sizeof(*header) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	int fd = -1, fds;
	ssize_t size;

	/* CLOEXEC at once: another thread may fork before a later call. */
	size = recvmsg(server, &message, MSG_CMSG_CLOEXEC);
	/*
	 * The kernel checks for a message first and for the end second. If a
	 * message and the end come in between, the call reports the end
	 * although the message is there (seen on Linux 6.12). So try again.
	 */
	if (size == 0) {
		message.msg_controllen = sizeof(control.bytes);
		size = recvmsg(server, &message, MSG_CMSG_CLOEXEC);
	}
	if (size < 0)
		return fail(errno, "no message from the server");
	fds = take_fds(&message, &fd);
	if (check_message(header, size, message.msg_flags, fds) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/*
 * Only accept a dma-buf. Another process could truncate a file or a memfd while
 * it is mapped, and the reader would get SIGBUS. A dma-buf keeps its size.
 */
static int adopt(struct dmaload_buffer **out, int fd,
		 const struct share_header *header)
{
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	uint64_t size;

	if (dmaload_buffer_from_fd(&buffer, fd, &err) < 0)
		return fail(0, "%s%s", err.message, err.code == -EBADFD ?
			    "; the server's SOURCE has to be a heap or udmabuf" : "");
	size = dmaload_buffer_size(buffer);
	if (header->buffer_size != size || header->length == 0 ||
	    header->length > size) {
		dmaload_buffer_destroy(buffer);
		return fail(0, "%" PRIu64 " bytes in a buffer of %" PRIu64
			    " are announced, the dma-buf has %" PRIu64,
			    header->length, header->buffer_size, size);
	}
	*out = buffer;
	return 0;
}

static uint64_t fnv1a(const unsigned char *data, uint64_t length)
{
	uint64_t hash = 0xcbf29ce484222325u, i;

	for (i = 0; i < length; i++)
		hash = (hash ^ data[i]) * 0x100000001b3u;
	return hash;
}

/* Outside of the bracket the CPU might read old bytes from its caches. */
static int print_checksum(struct dmaload_buffer *buffer, uint64_t length)
{
	struct dmaload_error err;
	uint64_t hash;

	if (dmaload_buffer_begin(buffer, DMALOAD_ACCESS_READ, &err) < 0)
		return fail(0, "%s", err.message);
	hash = fnv1a(dmaload_buffer_map(buffer), length);
	if (dmaload_buffer_end(buffer, DMALOAD_ACCESS_READ, &err) < 0)
		return fail(0, "%s", err.message);
	printf("checksum  %016" PRIx64 "\n", hash);
	return 0;
}

static int check(struct dmaload_buffer *buffer, uint64_t length,
		 const char *path)
{
	struct dmaload_file *file = NULL;
	struct dmaload_error err;
	int r;

	r = dmaload_file_open(&file, path, &err);
	if (r == 0)
		r = dmaload_verify(NULL, &(struct dmaload_range){
			.file = file,
			.buffer = buffer,
			.length = length,
		}, 1, NULL, NULL, &err);
	if (r < 0)
		fail(0, "%s", err.message);
	else if (dmaload_file_size(file) != length)
		/* Otherwise a part of the file would count as the whole
		 * file. */
		r = fail(0, "%s has %" PRIu64 " bytes, not %" PRIu64, path,
			 dmaload_file_size(file), length);
	else
		printf("verified  every byte equals %s\n", path);
	dmaload_file_close(file);
	return r;
}

static int consume(const struct options *o)
{
	struct dmaload_buffer *buffer = NULL;
	struct share_header header;
	int server, fd = -1, r = -1;
	char ignored[512];

	server = connect_to(o->socket);
	if (server < 0)
		return -1;
	fd = receive(server, &header);
	close(server);
	if (fd >= 0) {
		r = adopt(&buffer, fd, &header);
		/* The buffer uses a duplicate. */
		close(fd);
	}
	if (r < 0)
		return r;
	printf("received  a dma-buf of %" PRIu64 " bytes with a file of %"
	       PRIu64 "\n", dmaload_buffer_size(buffer), header.length);

	while (o->wait && read(STDIN_FILENO, ignored, sizeof(ignored)) > 0)
		;
	r = print_checksum(buffer, header.length);
	if (r == 0 && o->file)
		r = check(buffer, header.length, o->file);
	dmaload_buffer_destroy(buffer);
	return r;
}

static int parse(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "check", required_argument, NULL, 'c' },
		{ "wait", no_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == 'c')
			o->file = optarg;
		else if (option == 'w')
			o->wait = 1;
		else
			return -1;
	}
	if (argc - optind != 1)
		return -1;
	o->socket = argv[optind];
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };

	if (parse(&o, argc, argv) < 0) {
		fprintf(stderr, "usage: %s SOCKET [--check FILE] [--wait]\n",
			argv[0]);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	return consume(&o) < 0 ? 1 : 0;
}
