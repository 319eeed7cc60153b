/* SPDX-License-Identifier: MIT */
/*
 * Receives: files, identified by inode, however they were opened.
 * Hands on: one record for all of a process that are the same file.
 * Always:   while any load writes a file through the page cache, no direct
 *           write of it is in flight.
 */
#ifndef INODE_H
#define INODE_H

#include <stdbool.h>
#include <stdint.h>

struct claim;

/* How a store is writing to a file. */
enum inode_use { INODE_DIRECT, INODE_BUFFERED, INODE_UNUSED };

struct inode {
	/* The number of a block device; or the disk of a file, and its number
	 * there. */
	bool block_device;
	uint64_t dev;
	uint64_t ino;
	unsigned refs;
	struct inode *next;
	/* The claims of loads on its bytes; see load/claim.h. */
	struct claim *claims;
	/* How many stores write each way. */
	unsigned users[INODE_UNUSED];
};

/* Get the record of an inode, or make it. Return NULL without memory. */
struct inode *inode_get(bool block_device, uint64_t dev, uint64_t ino);
void inode_put(struct inode *inode);

/* Begin to write one way. Return false while others write the other way. */
bool inode_enter(struct inode *inode, enum inode_use use);
void inode_leave(struct inode *inode, enum inode_use use);
/* Wait a little for another store to leave. */
void inode_wait(void);

#endif
