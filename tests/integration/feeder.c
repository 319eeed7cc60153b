/* SPDX-License-Identifier: MIT */
#include "feeder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pattern.h"

static void *feed(void *data)
{
	struct feeder *feeder = data;
	unsigned char *block = malloc(65536);
	uint64_t at = 0, n;
	ssize_t done;

	while (block && at < feeder->length) {
		n = feeder->length - at < 65536 ? feeder->length - at : 65536;
		pattern_fill(block, n, at);
		done = write(feeder->fd, block, n);
		if (done <= 0)
			break;
		at += (uint64_t)done;
	}
	free(block);
	atomic_store(&feeder->fed, true);
	if (!feeder->stalls)
		close(feeder->fd);
	return NULL;
}

int feeder_begin(struct feeder *feeder, bool socket, uint64_t length,
		 bool stalls)
{
	int fds[2];

	if (socket)
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
					    0, fds), 0);
	else
		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	*feeder = (struct feeder){ .fd = fds[1], .length = length,
				   .stalls = stalls };
	assert_int_equal(pthread_create(&feeder->thread, NULL, feed, feeder), 0);
	return fds[0];
}

void feeder_finish(struct feeder *feeder)
{
	pthread_join(feeder->thread, NULL);
	if (feeder->stalls)
		close(feeder->fd);
}

void feeder_open(struct kit *kit, int fd)
{
	dmaload_file_close(kit->file);
	if (dmaload_file_from_stream(&kit->file, fd, &kit->err) < 0)
		fail_msg("%s", kit->err.message);
	close(fd);
}
