/* SPDX-License-Identifier: MIT */
/*
 * Receives: files, by what they are and not by how they were opened.
 * Hands on: one record for all of a process that are the same file.
 * Always:   no direct write of a file is in flight while it is written through the
 *           page cache, whichever loads do it.
 */
#ifndef INODE_H
#define INODE_H

#include <stdbool.h>
#include <stdint.h>

struct claim;

/* How a store writes to a file at the moment. */
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
	/* Stores that write either way. */
	unsigned users[INODE_UNUSED];
};

/* A record, made by the first that asks for it. NULL without memory. */
struct inode *inode_get(bool block_device, uint64_t dev, uint64_t ino);
void inode_put(struct inode *inode);

/* Begin to write one way. False while others write the other way. */
bool inode_enter(struct inode *inode, enum inode_use use);
void inode_leave(struct inode *inode, enum inode_use use);
/* Wait a little for somebody to leave. */
void inode_wait(void);

#endif
