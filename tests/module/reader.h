/* SPDX-License-Identifier: MIT */
/*
 * How a test queries /dev/dmaload-reader for what a device sees in a dma-buf.
 */
#ifndef DMALOAD_READER_H
#define DMALOAD_READER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* The readers of the bytes. */
enum {
	/* The PCI devices, by DMA, 4 KiB at a time each. */
	READER_DEVICE = 0,
	/* The kernel, which walks the scatterlist of the first device. */
	READER_KERNEL = 1,
};

struct reader_attach {
	/* In: the dma-buf. */
	__s32 fd;
	/* Out: the number of devices attached to it. */
	__u32 devices;
	/* Out: the size of the dma-buf in bytes. */
	__u64 size;
	/* Out: the entries of the scatterlist after mapping. */
	__u64 entries;
};

struct reader_read {
	/* In: whole pages of the dma-buf. */
	__u64 offset;
	__u64 length;
	/* In: the address to which the bytes are copied. */
	__u64 data;
	/* In: READER_DEVICE or READER_KERNEL. */
	__u32 by;
	__u32 reserved;
};

/* An open file attaches one dma-buf; its last close detaches it. */
#define READER_ATTACH _IOWR('d', 0x71, struct reader_attach)
#define READER_READ _IOW('d', 0x72, struct reader_read)

#endif
