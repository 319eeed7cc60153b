/* SPDX-License-Identifier: MIT */
/* The record of a file: its lifetime and its size. */
#include "file/file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file/inode.h"
#include "sys/sys.h"

struct dmaload_file *file_new(const char *name)
{
	struct dmaload_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->fd = -1;
	file->direct_fd = -1;
	file->name = strdup(name);
	if (!file->name || pthread_mutex_init(&file->lock, NULL) != 0) {
		free(file->name);
		free(file);
		return NULL;
	}
	atomic_init(&file->refs, 1);
	return file;
}

void file_ref(struct dmaload_file *file)
{
	atomic_fetch_add(&file->refs, 1);
}

void file_unref(struct dmaload_file *file)
{
	if (atomic_fetch_sub(&file->refs, 1) > 1)
		return;
	if (file->direct_fd >= 0)
		sys_close(file->direct_fd);
	if (file->fd >= 0)
		sys_close(file->fd);
	inode_put(file->inode);
	pthread_mutex_destroy(&file->lock);
	free(file->name);
	free(file);
}

void dmaload_file_close(struct dmaload_file *file)
{
	if (file)
		file_unref(file);
}

/* Not by lseek(): the caller may use the offset. */
int file_query_size(const struct dmaload_file *file, const struct sys_stat *st,
		    uint64_t *size)
{
	*size = st->size;
	return S_ISBLK(st->mode) ? sys_block_device_size(file->fd, size) : 0;
}

uint64_t file_size_now(const struct dmaload_file *file)
{
	struct sys_stat st;
	uint64_t size;

	if (sys_stat_fd(file->fd, &st) < 0 || file_query_size(file, &st, &size) < 0)
		return 0;
	return size;
}

bool file_ends_at(const struct dmaload_file *file, uint64_t offset)
{
	return file_size_now(file) <= offset;
}

uint64_t dmaload_file_size(const struct dmaload_file *file)
{
	return file ? atomic_load(&file->size) : 0;
}

const char *dmaload_file_name(const struct dmaload_file *file)
{
	return file ? file->name : "";
}
