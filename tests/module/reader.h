/* SPDX-License-Identifier: MIT */
/*
 * How a test asks /dev/dmaload-reader what a device sees in a dma-buf.
 */
#ifndef DMALOAD_READER_H
#define DMALOAD_READER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* The reader. */
enum {
	/* The PCI devices, each a page at a time, by DMA. */
	READER_DEVICE = 0,
	/* The kernel, which walks the scatterlist of the first device. */
	READER_KERNEL = 1,
};

struct reader_attach {
	/* In: the dma-buf. */
	__s32 fd;
	/* Out: how many devices are attached to it. */
	__u32 devices;
	/* Out: the dma-buf's size in bytes. */
	__u64 size;
	/* Out: entries of the scatterlist after mapping. */
	__u64 entries;
};

struct reader_read {
	/* In: whole pages of the dma-buf. */
	__u64 offset;
	__u64 length;
	/* In: the address that the bytes are copied to. */
	__u64 data;
	/* In: READER_DEVICE or READER_KERNEL. */
	__u32 by;
	__u32 reserved;
};

/* Once for an open file; its last close detaches. */
#define READER_ATTACH _IOWR('d', 0x71, struct reader_attach)
#define READER_READ _IOW('d', 0x72, struct reader_read)

#endif
