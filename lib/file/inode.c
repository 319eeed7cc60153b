/* SPDX-License-Identifier: MIT */
/*
 * Direct and buffered writes of a file exclude each other. A page, a large
 * folio or a block of the file system may hold bytes of both. The buffered
 * write then reads what the direct one has not written yet, and is written back
 * after it. The bytes are lost without an error (XFS with blocks of 64 KiB,
 * Linux 6.12).
 *
 * A store that waits for its turn holds no other turn, so there is no deadlock.
 */
#include "file/inode.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "sys/sys.h"
#include "sys/timespec.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Timed by the monotonic clock, since the wall clock may be set back. */
static pthread_cond_t left;
static struct inode *inodes;

#define WAIT_NS 20000000u

static void init_left(void)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&left, &attributes);
	pthread_condattr_destroy(&attributes);
}

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

/* The parent's stores do not exist in a child of fork(). */
static void in_child(void)
{
	struct inode *inode;
	int use;

	for (inode = inodes; inode; inode = inode->next)
		for (use = 0; use < INODE_UNUSED; use++)
			inode->users[use] = 0;
	init_left();
	pthread_mutex_unlock(&lock);
}

static void init(void)
{
	init_left();
	pthread_atfork(before_fork, after_fork, in_child);
}

static struct inode *find(const struct inode *key)
{
	struct inode *inode = inodes;

	while (inode && (inode->block_device != key->block_device ||
			 inode->dev != key->dev || inode->ino != key->ino))
		inode = inode->next;
	return inode;
}

struct inode *inode_get(bool block_device, uint64_t dev, uint64_t ino)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const struct inode key = { .block_device = block_device, .dev = dev,
				   .ino = ino };
	struct inode *inode;

	pthread_once(&once, init);
	pthread_mutex_lock(&lock);
	inode = find(&key);
	if (!inode) {
		inode = malloc(sizeof(*inode));
		if (inode) {
			*inode = key;
			inode->next = inodes;
			inodes = inode;
		}
	}
	if (inode)
		inode->refs++;
	pthread_mutex_unlock(&lock);
	return inode;
}

void inode_put(struct inode *inode)
{
	struct inode **at = &inodes;

	if (!inode)
		return;
	pthread_mutex_lock(&lock);
	if (--inode->refs == 0) {
		while (*at != inode)
			at = &(*at)->next;
		*at = inode->next;
		free(inode);
	}
	pthread_mutex_unlock(&lock);
}

bool inode_enter(struct inode *inode, enum inode_use use)
{
	const enum inode_use other = use == INODE_DIRECT ? INODE_BUFFERED :
							   INODE_DIRECT;
	bool entered;

	pthread_mutex_lock(&lock);
	entered = inode->users[other] == 0;
	inode->users[use] += entered;
	pthread_mutex_unlock(&lock);
	return entered;
}

void inode_leave(struct inode *inode, enum inode_use use)
{
	pthread_mutex_lock(&lock);
	inode->users[use]--;
	pthread_cond_broadcast(&left);
	pthread_mutex_unlock(&lock);
}

void inode_wait(void)
{
	const struct timespec until = timespec_of(sys_now() + WAIT_NS);

	pthread_mutex_lock(&lock);
	pthread_cond_timedwait(&left, &lock, &until);
	pthread_mutex_unlock(&lock);
}
