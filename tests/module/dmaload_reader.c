// SPDX-License-Identifier: GPL-2.0
/*
 * An importer for tests, on QEMU's edu PCI devices. It shows what a device sees
 * in a dma-buf.
 *
 * It receives a dma-buf's fd on /dev/dmaload-reader, attaches every edu device
 * to the dma-buf and maps the attachments. It hands on the bytes that the
 * devices fetch by DMA, 4 KiB at a time: from the dma-buf into the device's
 * own memory, from there into a landing page of the kernel, and from there to
 * the test. Always: no CPU reads the dma-buf, unless the test requests it.
 *
 * An edu takes 100 ms for a DMA of at most 4 KiB, so several of them work in
 * parallel.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/iopoll.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#include "reader.h"

#define EDUS_MAX 256

/* The device's registers and its own memory: see QEMU's docs/specs/edu.rst. */
#define EDU_ID 0x00
#define EDU_DMA_SOURCE 0x80
#define EDU_DMA_TARGET 0x88
#define EDU_DMA_COUNT 0x90
#define EDU_DMA_COMMAND 0x98
#define EDU_DMA_RUN BIT(0)
#define EDU_DMA_FROM_DEVICE BIT(1)
#define EDU_MEMORY 0x40000
#define EDU_MEMORY_SIZE 4096

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define dma_buf_map_attachment_unlocked dma_buf_map_attachment
#define dma_buf_unmap_attachment_unlocked dma_buf_unmap_attachment
#endif

struct edu {
	struct pci_dev *pdev;
	void __iomem *registers;
	void *landing;
	dma_addr_t landing_dma;
};

struct reader_attachment {
	struct dma_buf_attachment *attachment;
	struct sg_table *table;
};

struct reader {
	struct dma_buf *dmabuf; /* NULL: not attached */
	struct reader_attachment attachments[EDUS_MAX];
};

/* Guards everything below, the devices and each reader. */
static DEFINE_MUTEX(reader_lock);
static struct edu *edus[EDUS_MAX];
static unsigned int edu_count;

static void edu_start(struct edu *edu, u64 source, u64 target, u64 command)
{
	writeq(source, edu->registers + EDU_DMA_SOURCE);
	writeq(target, edu->registers + EDU_DMA_TARGET);
	writeq(EDU_MEMORY_SIZE, edu->registers + EDU_DMA_COUNT);
	writeq(command | EDU_DMA_RUN, edu->registers + EDU_DMA_COMMAND);
}

static int edu_wait(struct edu *edu)
{
	u64 command;

	return read_poll_timeout(readq, command, !(command & EDU_DMA_RUN), 5000, 10 * USEC_PER_SEC,
				 false, edu->registers + EDU_DMA_COMMAND);
}

static int edu_wait_all(unsigned int count)
{
	unsigned int i;
	int ret;

	for (i = 0; i < count; i++) {
		ret = edu_wait(edus[i]);
		if (ret)
			return ret;
	}
	return 0;
}

/* Return the DMA address of 4 KiB of the dma-buf. */
static int reader_dma_address(struct sg_table *table, u64 offset, dma_addr_t *address)
{
	struct scatterlist *sg;
	int i;

	for_each_sgtable_dma_sg(table, sg, i) {
		if (offset < sg_dma_len(sg)) {
			if (sg_dma_len(sg) - offset < EDU_MEMORY_SIZE)
				return -EIO;
			*address = sg_dma_address(sg) + offset;
			return 0;
		}
		offset -= sg_dma_len(sg);
	}
	return -EIO;
}

/* Fetch count times 4 KiB, each by a device of its own. */
static int reader_fetch(struct reader *reader, u64 offset, unsigned int count, void __user *data)
{
	dma_addr_t address;
	unsigned int i;
	int ret;

	for (i = 0; i < count; i++) {
		memset(edus[i]->landing, 0x5c, EDU_MEMORY_SIZE);
		ret = reader_dma_address(reader->attachments[i].table,
					 offset + (u64)i * EDU_MEMORY_SIZE, &address);
		if (ret)
			return ret;
		edu_start(edus[i], address, EDU_MEMORY, 0);
	}
	ret = edu_wait_all(count);
	if (ret)
		return ret;

	for (i = 0; i < count; i++)
		edu_start(edus[i], EDU_MEMORY, edus[i]->landing_dma, EDU_DMA_FROM_DEVICE);
	ret = edu_wait_all(count);
	if (ret)
		return ret;

	for (i = 0; i < count; i++)
		if (copy_to_user(data + i * EDU_MEMORY_SIZE, edus[i]->landing, EDU_MEMORY_SIZE))
			return -EFAULT;
	return 0;
}

static int reader_read_by_device(struct reader *reader, u64 offset, u64 length, void __user *data)
{
	unsigned int count;
	int ret;

	while (length) {
		count = min_t(u64, length / EDU_MEMORY_SIZE, edu_count);
		ret = reader_fetch(reader, offset, count, data);
		if (ret)
			return ret;
		offset += (u64)count * EDU_MEMORY_SIZE;
		data += count * EDU_MEMORY_SIZE;
		length -= (u64)count * EDU_MEMORY_SIZE;
	}
	return 0;
}

static int reader_read_by_kernel(struct reader *reader, u64 offset, u64 length, void __user *data)
{
	struct sg_table *table = reader->attachments[0].table;
	const size_t piece = SZ_1M;
	size_t n, copied;
	int ret = 0;
	void *buffer;

	buffer = kvmalloc(piece, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;

	while (length && !ret) {
		n = min_t(u64, length, piece);
		copied = sg_pcopy_to_buffer(table->sgl, table->orig_nents, buffer, n, offset);
		if (copied != n)
			ret = -EIO;
		else if (copy_to_user(data, buffer, n))
			ret = -EFAULT;
		offset += n;
		data += n;
		length -= n;
	}
	kvfree(buffer);
	return ret;
}

static int reader_read(struct reader *reader, const struct reader_read __user *arg)
{
	struct reader_read read;

	if (copy_from_user(&read, arg, sizeof(read)))
		return -EFAULT;
	if (!reader->dmabuf || read.reserved || !PAGE_ALIGNED(read.offset) ||
	    !PAGE_ALIGNED(read.length) || read.offset > reader->dmabuf->size ||
	    read.length > reader->dmabuf->size - read.offset)
		return -EINVAL;

	switch (read.by) {
	case READER_DEVICE:
		return reader_read_by_device(reader, read.offset, read.length,
					     u64_to_user_ptr(read.data));
	case READER_KERNEL:
		return reader_read_by_kernel(reader, read.offset, read.length,
					     u64_to_user_ptr(read.data));
	default:
		return -EINVAL;
	}
}

static void reader_detach(struct reader *reader)
{
	struct reader_attachment *a;

	if (!reader->dmabuf)
		return;
	for (a = reader->attachments; a < reader->attachments + edu_count; a++) {
		if (a->table)
			dma_buf_unmap_attachment_unlocked(a->attachment, a->table, DMA_TO_DEVICE);
		if (a->attachment)
			dma_buf_detach(reader->dmabuf, a->attachment);
		memset(a, 0, sizeof(*a));
	}
	dma_buf_put(reader->dmabuf);
	reader->dmabuf = NULL;
}

static int reader_attach_one(struct reader *reader, struct edu *edu, struct reader_attachment *a)
{
	struct dma_buf_attachment *attachment;
	struct sg_table *table;

	attachment = dma_buf_attach(reader->dmabuf, &edu->pdev->dev);
	if (IS_ERR(attachment))
		return PTR_ERR(attachment);
	a->attachment = attachment;

	table = dma_buf_map_attachment_unlocked(attachment, DMA_TO_DEVICE);
	if (IS_ERR(table))
		return PTR_ERR(table);
	a->table = table;
	return 0;
}

static int reader_attach(struct reader *reader, struct reader_attach __user *arg)
{
	struct reader_attach attach;
	struct dma_buf *dmabuf;
	unsigned int i;
	int ret = 0;

	if (copy_from_user(&attach, arg, sizeof(attach)))
		return -EFAULT;
	if (reader->dmabuf)
		return -EBUSY;
	dmabuf = dma_buf_get(attach.fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	reader->dmabuf = dmabuf;
	for (i = 0; i < edu_count && !ret; i++)
		ret = reader_attach_one(reader, edus[i], &reader->attachments[i]);
	if (!ret) {
		attach.devices = edu_count;
		attach.size = dmabuf->size;
		attach.entries = reader->attachments[0].table->nents;
		if (copy_to_user(arg, &attach, sizeof(attach)))
			ret = -EFAULT;
	}
	if (ret)
		reader_detach(reader);
	return ret;
}

static long reader_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct reader *reader = file->private_data;
	long ret = -ENOTTY;

	mutex_lock(&reader_lock);
	if (!edu_count)
		ret = -ENODEV;
	else if (cmd == READER_ATTACH)
		ret = reader_attach(reader, (void __user *)arg);
	else if (cmd == READER_READ)
		ret = reader_read(reader, (void __user *)arg);
	mutex_unlock(&reader_lock);
	return ret;
}

static int reader_open(struct inode *inode, struct file *file)
{
	file->private_data = kvzalloc(sizeof(struct reader), GFP_KERNEL);
	return file->private_data ? 0 : -ENOMEM;
}

static int reader_release(struct inode *inode, struct file *file)
{
	mutex_lock(&reader_lock);
	reader_detach(file->private_data);
	mutex_unlock(&reader_lock);
	kvfree(file->private_data);
	return 0;
}

static const struct file_operations reader_fops = {
	.owner = THIS_MODULE,
	.open = reader_open,
	.release = reader_release,
	.unlocked_ioctl = reader_ioctl,
};

static struct miscdevice reader_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "dmaload-reader",
	.fops = &reader_fops,
};

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu *edu;
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	/* The device must reach all memory: otherwise it would see swiotlb's
	 * copies. */
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;
	edu = devm_kzalloc(&pdev->dev, sizeof(*edu), GFP_KERNEL);
	if (!edu)
		return -ENOMEM;
	edu->pdev = pdev;
	edu->registers = pcim_iomap(pdev, 0, 0);
	edu->landing = dmam_alloc_coherent(&pdev->dev, EDU_MEMORY_SIZE, &edu->landing_dma,
					   GFP_KERNEL);
	if (!edu->registers || !edu->landing)
		return -ENOMEM;
	/* Another device of this number could be made to write anywhere. */
	if ((readl(edu->registers + EDU_ID) & 0xff) != 0xed)
		return -ENODEV;
	pci_set_master(pdev);

	mutex_lock(&reader_lock);
	if (edu_count < EDUS_MAX)
		edus[edu_count++] = edu;
	else
		ret = -ENOSPC;
	mutex_unlock(&reader_lock);
	return ret;
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{ }
};
MODULE_DEVICE_TABLE(pci, edu_ids);

/* Devices leave only with the module, and open files hold the module. */
static struct pci_driver edu_driver = {
	.name = KBUILD_MODNAME,
	.id_table = edu_ids,
	.probe = edu_probe,
	.driver.suppress_bind_attrs = true,
};

static int __init reader_init(void)
{
	int ret;

	BUILD_BUG_ON(PAGE_SIZE % EDU_MEMORY_SIZE != 0);
	ret = pci_register_driver(&edu_driver);
	if (ret)
		return ret;
	ret = misc_register(&reader_misc);
	if (ret)
		pci_unregister_driver(&edu_driver);
	return ret;
}

static void __exit reader_exit(void)
{
	misc_deregister(&reader_misc);
	pci_unregister_driver(&edu_driver);
}

module_init(reader_init);
module_exit(reader_exit);

MODULE_DESCRIPTION("QEMU's edu devices as importers of dma-bufs, for libdmaload's tests");
MODULE_AUTHOR("The libdmaload authors");
MODULE_LICENSE("GPL");
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS("DMA_BUF");
#else
MODULE_IMPORT_NS(DMA_BUF);
#endif
