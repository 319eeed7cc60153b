/* SPDX-License-Identifier: MIT */
/* Fds, and their open file descriptions. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "model.h"

#define FD_FIRST 1000
#define FD_COUNT 64
/* The slot of standard input. */
#define FD_STDIN (FD_FIRST + FD_COUNT)

struct fd {
	struct fake_desc *desc;
	bool of_test;
};

static struct fd fds[FD_COUNT + 1];

static struct fd *fd_of(int fd)
{
	if (fd == 0)
		fd = FD_STDIN;
	if (fd < FD_FIRST || fd > FD_STDIN || !fds[fd - FD_FIRST].desc)
		return NULL;
	return &fds[fd - FD_FIRST];
}

struct fake_desc *fake_desc_of(int fd)
{
	FAKE_LOCKED;
	struct fd *slot = fd_of(fd);

	return slot ? slot->desc : NULL;
}

struct fake_node *fake_node_of(int fd)
{
	FAKE_LOCKED;
	struct fake_desc *desc = fake_desc_of(fd);

	if (!desc)
		fake_trap("fd %d is not open", fd);
	return desc->node;
}

static int install(struct fake_desc *desc)
{
	int i;

	if (fake.fds_max != 0 && sys_fds_open() >= fake.fds_max)
		return -EMFILE;
	for (i = 0; i < FD_COUNT; i++) {
		if (fds[i].desc)
			continue;
		fds[i] = (struct fd){ .desc = desc };
		desc->refs++;
		return FD_FIRST + i;
	}
	fake_trap("the model has no fd left");
}

int fake_fd_new(struct fake_node *node, int flags)
{
	FAKE_LOCKED;
	struct fake_desc *desc = calloc(1, sizeof(*desc));
	int fd;

	if (!desc)
		fake_trap("no memory");
	desc->node = node;
	desc->flags = flags;
	fd = install(desc);
	if (fd < 0)
		free(desc);
	return fd;
}

static void drop(struct fd *slot)
{
	if (--slot->desc->refs == 0)
		free(slot->desc);
	*slot = (struct fd){ .desc = NULL };
}

int fake_open(struct fake_node *node, int flags)
{
	FAKE_LOCKED;
	const uint64_t limit = fake.fds_max;
	int fd;

	/* fds_max limits the library's fds, not the test's. */
	fake.fds_max = 0;
	fd = fake_fd_new(node, flags);
	fake.fds_max = limit;
	fds[fd - FD_FIRST].of_test = true;
	return fd;
}

void fake_open_stdin(struct fake_node *node)
{
	FAKE_LOCKED;
	struct fake_desc *desc = calloc(1, sizeof(*desc));

	if (!desc || fds[FD_STDIN - FD_FIRST].desc)
		fake_trap("no memory, or standard input is open already");
	desc->node = node;
	desc->flags = O_RDONLY;
	desc->refs = 1;
	fds[FD_STDIN - FD_FIRST] = (struct fd){ .desc = desc, .of_test = true };
}

void fake_close(int fd)
{
	FAKE_LOCKED;
	struct fd *slot = fd_of(fd);

	if (!slot || !slot->of_test)
		fake_trap("the test closes fd %d, which is not its own", fd);
	drop(slot);
}

void sys_close(int fd)
{
	FAKE_LOCKED;
	struct fd *slot = fd_of(fd);

	fake_note(FAKE_CLOSE);
	if (!slot)
		fake_trap("fd %d is closed, but is not open", fd);
	if (slot->of_test)
		fake_trap("fd %d is closed, but belongs to the caller", fd);
	while (slot->desc->node->close_stuck)
		fake_wait(0);
	drop(slot);
}

uint64_t fake_position(int fd)
{
	FAKE_LOCKED;
	return fd_of(fd)->desc->position;
}

void fake_set_position(int fd, uint64_t position)
{
	FAKE_LOCKED;
	fd_of(fd)->desc->position = position;
}

unsigned fake_library_fds(void)
{
	FAKE_LOCKED;
	unsigned i, n = 0;

	for (i = 0; i < FD_COUNT; i++)
		n += fds[i].desc && !fds[i].of_test;
	return n;
}

void fake_fds_reset(void)
{
	FAKE_LOCKED;
	unsigned i;

	for (i = 0; i <= FD_COUNT; i++)
		if (fds[i].desc)
			drop(&fds[i]);
}

int sys_dup(int fd)
{
	FAKE_LOCKED;
	struct fake_desc *desc = fake_desc_of(fd);
	int r = fake_enter(FAKE_DUP);

	if (r < 0)
		return r;
	return desc ? install(desc) : -EBADF;
}

uint64_t sys_fds_open(void)
{
	FAKE_LOCKED;
	uint64_t count = 0;
	int i;

	for (i = 0; i < FD_COUNT; i++)
		count += fds[i].desc != NULL;
	return count;
}

uint64_t sys_fds_max(void)
{
	FAKE_LOCKED;
	return fake.fds_max ? fake.fds_max : UINT64_MAX;
}

int sys_get_flags(int fd)
{
	FAKE_LOCKED;
	struct fake_desc *desc = fake_desc_of(fd);
	int r = fake_enter(FAKE_GET_FLAGS);

	if (r < 0)
		return r;
	return desc ? desc->flags : -EBADF;
}

int sys_set_flags(int fd, int flags)
{
	FAKE_LOCKED;
	struct fake_desc *desc = fake_desc_of(fd);
	int r = fake_enter(FAKE_SET_FLAGS);

	if (r < 0 || !desc)
		return r < 0 ? r : -EBADF;
	if (desc->refs > 1)
		fake_trap("fd %d: the flags of a shared description", fd);
	if ((flags & O_DIRECT) && desc->node->direct_error)
		return -EINVAL;
	desc->flags = (desc->flags & O_ACCMODE) | flags;
	return 0;
}
