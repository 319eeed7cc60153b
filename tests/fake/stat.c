/* SPDX-License-Identifier: MIT */
/* Sizes, alignments and file systems of what an fd is open on. */
#include <errno.h>
#include <sys/stat.h>

#include <linux/magic.h>

#include "model.h"
#include "sys/uapi.h"

int sys_stat_fd(int fd, struct sys_stat *st)
{
	FAKE_LOCKED;
	struct fake_desc *desc = fake_desc_of(fd);
	int r = fake_enter(FAKE_STAT_FD);

	if (r < 0 || !desc)
		return r < 0 ? r : -EBADF;
	*st = desc->node->st;
	st->dio_known = false;
	st->size = S_ISREG(st->mode) ? desc->node->size : 0;
	return 0;
}

int sys_stat_direct(int fd, struct sys_stat *st)
{
	FAKE_LOCKED;
	const struct fake_node *node = fake_node_of(fd);
	const struct sys_stat *own = &node->st;
	int r = fake_enter(FAKE_STAT_DIRECT);

	fake_filter(DMALOAD_SYSCALLS_ALL);
	if (r < 0)
		return r;
	/* A file system that reports alignment would report that there is no
	 * direct I/O. */
	st->dio_known = own->dio_known && !node->silently_buffered;
	st->dio_mem_align = own->dio_mem_align;
	st->dio_offset_align = own->dio_offset_align;
	return 0;
}

/* lseek(2) moves the position of the description. A dma-buf has none. */
int sys_size(int fd, uint64_t *size)
{
	FAKE_LOCKED;
	struct fake_desc *desc = fake_desc_of(fd);
	int r = fake_enter(FAKE_SIZE);

	if (r < 0 || !desc)
		return r < 0 ? r : -EBADF;
	*size = desc->node->size;
	if (desc->node->kind != FAKE_DMABUF)
		desc->position = *size;
	return 0;
}

int sys_block_device_size(int fd, uint64_t *size)
{
	FAKE_LOCKED;
	struct fake_desc *desc = fake_desc_of(fd);
	int r = fake_enter(FAKE_BLOCK_DEVICE_SIZE);

	if (r < 0 || !desc)
		return r < 0 ? r : -EBADF;
	if (!S_ISBLK(desc->node->st.mode))
		return -ENOTTY;
	*size = desc->node->size;
	return 0;
}

int sys_fs_magic(int fd, uint64_t *magic)
{
	FAKE_LOCKED;
	struct fake_desc *desc = fake_desc_of(fd);
	int r = fake_enter(FAKE_FS_MAGIC);

	if (r < 0 || !desc)
		return r < 0 ? r : -EBADF;
	if (desc->node->kind == FAKE_DMABUF)
		*magic = DMA_BUF_MAGIC;
	else if (desc->node->overlay)
		*magic = OVERLAYFS_SUPER_MAGIC;
	else
		*magic = desc->node->memory ? TMPFS_MAGIC : EXT4_SUPER_MAGIC;
	return 0;
}
