// SPDX-License-Identifier: GPL-2.0
/*
 * A dma-heap for tests: its mappings can be pinned, and its calls fail on
 * request.
 *
 * It receives DMA_HEAP_IOCTL_ALLOC on /dev/dma_heap/<name> and hands on
 * dma-bufs of zeroed order-0 pages. With pinnable=1, a buffer's mapping
 * consists of ordinary pages (vm_insert_pages), so direct I/O into it works, as
 * on some vendors' kernels. With pinnable=0 it is a VM_PFNMAP mapping like the
 * system heap's, and direct I/O fails with EFAULT. With pfnmap=<name> there is
 * a second heap, whose mappings are always like that: kernels that have no
 * system heap get one. Always: a live buffer holds the module.
 *
 * dma_heap_add() is not exported to modules. So this is a misc device whose
 * node lies among the heaps.
 *
 * With write_combined=1, the CPU accesses a buffer past its caches, as in the
 * heaps "system-uncached" of some vendors.
 */
#include <linux/atomic.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include <uapi/linux/dma-heap.h>
#ifdef CONFIG_X86
#include <asm/set_memory.h>
#endif

/* Older kernels pass another type to vmap, and it is optional. */
#define TESTHEAP_VMAP (LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0))
#if TESTHEAP_VMAP
#include <linux/iosys-map.h>
#endif

static char *name = "pinnable";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "node below /dev/dma_heap");

static bool write_combined;
module_param(write_combined, bool, 0644);
MODULE_PARM_DESC(write_combined, "whether new buffers are mapped write-combined");

static bool pinnable = true;
module_param(pinnable, bool, 0644);
MODULE_PARM_DESC(pinnable, "whether new mappings consist of pages that can be pinned");

static char *pfnmap;
module_param(pfnmap, charp, 0444);
MODULE_PARM_DESC(pfnmap, "node of a second heap, whose mappings cannot be pinned; none by default");

/* Parameters that both the code and sysfs change. */
static int testheap_set_int(const char *val, const struct kernel_param *kp)
{
	int value;
	int ret = kstrtoint(val, 0, &value);

	if (ret)
		return ret;
	if (value < 0 || value > MAX_ERRNO)
		return -ERANGE;
	atomic_set(kp->arg, value);
	return 0;
}

static int testheap_get_int(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", atomic_read((atomic_t *)kp->arg));
}

static int testheap_get_long(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%ld\n", atomic_long_read((atomic_long_t *)kp->arg));
}

static const struct kernel_param_ops testheap_knob_ops = {
	.set = testheap_set_int,
	.get = testheap_get_int,
};

static const struct kernel_param_ops testheap_counter_ops = {
	.get = testheap_get_long,
};

static atomic_t begin_eintr = ATOMIC_INIT(0);
module_param_cb(begin_eintr, &testheap_knob_ops, &begin_eintr, 0644);
MODULE_PARM_DESC(begin_eintr, "how many of the next begin_cpu_access calls fail with EINTR");

static atomic_t end_eintr = ATOMIC_INIT(0);
module_param_cb(end_eintr, &testheap_knob_ops, &end_eintr, 0644);
MODULE_PARM_DESC(end_eintr, "how many of the next end_cpu_access calls fail with EINTR");

static atomic_t begin_errno = ATOMIC_INIT(0);
module_param_cb(begin_errno, &testheap_knob_ops, &begin_errno, 0644);
MODULE_PARM_DESC(begin_errno, "error number of begin_cpu_access, 0 for success");

static atomic_t end_errno = ATOMIC_INIT(0);
module_param_cb(end_errno, &testheap_knob_ops, &end_errno, 0644);
MODULE_PARM_DESC(end_errno, "error number of end_cpu_access, 0 for success");

static atomic_long_t begins = ATOMIC_LONG_INIT(0);
module_param_cb(begins, &testheap_counter_ops, &begins, 0444);
MODULE_PARM_DESC(begins, "begin_cpu_access calls that succeeded");

static atomic_long_t ends = ATOMIC_LONG_INIT(0);
module_param_cb(ends, &testheap_counter_ops, &ends, 0444);
MODULE_PARM_DESC(ends, "end_cpu_access calls that succeeded");

static atomic_long_t open_brackets = ATOMIC_LONG_INIT(0);
module_param_cb(open_brackets, &testheap_counter_ops, &open_brackets, 0444);
MODULE_PARM_DESC(open_brackets, "begins less ends");

static atomic_long_t live_buffers = ATOMIC_LONG_INIT(0);
module_param_cb(live_buffers, &testheap_counter_ops, &live_buffers, 0444);
MODULE_PARM_DESC(live_buffers, "buffers not yet released");

static atomic_long_t live_bytes = ATOMIC_LONG_INIT(0);
module_param_cb(live_bytes, &testheap_counter_ops, &live_bytes, 0444);
MODULE_PARM_DESC(live_bytes, "bytes of the buffers not yet released");

struct testheap_buffer {
	struct mutex lock; /* guards attachments, vaddr and vmap_count */
	struct list_head attachments;
	struct page **pages;
	unsigned long page_count;
	bool write_combined;
	void *vaddr;
	int vmap_count;
	bool pfnmap;
};

struct testheap_attachment {
	struct list_head node;
	struct device *dev;
	struct sg_table table;
	bool mapped;
};

static size_t testheap_size(const struct testheap_buffer *buffer)
{
	return buffer->page_count << PAGE_SHIFT;
}

/* Return the failure that the test requested: -EINTR while eintr counts down,
 * then -errno while that is set. */
static int testheap_ordered_failure(atomic_t *eintr, atomic_t *errnum)
{
	if (atomic_dec_if_positive(eintr) >= 0)
		return -EINTR;
	return -atomic_read(errnum);
}

/*
 * x86 wants all mappings of a page to agree, the kernel's own included. Other
 * architectures need the caches to be cleaned. That is not done here, since the
 * tests run them in QEMU, which has no caches.
 */
static int testheap_set_write_combined(struct testheap_buffer *buffer)
{
	int ret = 0;

#ifdef CONFIG_X86
	ret = set_pages_array_wc(buffer->pages, buffer->page_count);
#endif
	buffer->write_combined = !ret;
	return ret;
}

static void testheap_set_write_back(struct testheap_buffer *buffer)
{
#ifdef CONFIG_X86
	if (buffer->write_combined)
		set_pages_array_wb(buffer->pages, buffer->page_count);
#endif
	buffer->write_combined = false;
}

static pgprot_t testheap_prot(const struct testheap_buffer *buffer, pgprot_t prot)
{
	return buffer->write_combined ? pgprot_writecombine(prot) : prot;
}

static int testheap_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct testheap_buffer *buffer = dmabuf->priv;
	struct testheap_attachment *a;
	int ret;

	a = kzalloc(sizeof(*a), GFP_KERNEL);
	if (!a)
		return -ENOMEM;

	ret = sg_alloc_table_from_pages(&a->table, buffer->pages, buffer->page_count, 0,
					testheap_size(buffer), GFP_KERNEL);
	if (ret) {
		kfree(a);
		return ret;
	}

	a->dev = attachment->dev;
	attachment->priv = a;

	mutex_lock(&buffer->lock);
	list_add(&a->node, &buffer->attachments);
	mutex_unlock(&buffer->lock);
	return 0;
}

static void testheap_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct testheap_buffer *buffer = dmabuf->priv;
	struct testheap_attachment *a = attachment->priv;

	mutex_lock(&buffer->lock);
	list_del(&a->node);
	mutex_unlock(&buffer->lock);

	sg_free_table(&a->table);
	kfree(a);
}

static struct sg_table *testheap_map_dma_buf(struct dma_buf_attachment *attachment,
					     enum dma_data_direction direction)
{
	struct testheap_attachment *a = attachment->priv;
	int ret;

	ret = dma_map_sgtable(attachment->dev, &a->table, direction, 0);
	if (ret)
		return ERR_PTR(ret);

	a->mapped = true;
	return &a->table;
}

static void testheap_unmap_dma_buf(struct dma_buf_attachment *attachment, struct sg_table *table,
				   enum dma_data_direction direction)
{
	struct testheap_attachment *a = attachment->priv;

	a->mapped = false;
	dma_unmap_sgtable(attachment->dev, table, direction, 0);
}

static int testheap_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	struct testheap_buffer *buffer = dmabuf->priv;
	struct testheap_attachment *a;
	int ret;

	ret = testheap_ordered_failure(&begin_eintr, &begin_errno);
	if (ret)
		return ret;

	mutex_lock(&buffer->lock);
	if (buffer->vmap_count)
		invalidate_kernel_vmap_range(buffer->vaddr, testheap_size(buffer));
	list_for_each_entry(a, &buffer->attachments, node) {
		if (a->mapped)
			dma_sync_sgtable_for_cpu(a->dev, &a->table, direction);
	}
	mutex_unlock(&buffer->lock);

	atomic_long_inc(&begins);
	atomic_long_inc(&open_brackets);
	return 0;
}

static int testheap_end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	struct testheap_buffer *buffer = dmabuf->priv;
	struct testheap_attachment *a;
	int ret;

	ret = testheap_ordered_failure(&end_eintr, &end_errno);
	if (ret)
		return ret;

	mutex_lock(&buffer->lock);
	if (buffer->vmap_count)
		flush_kernel_vmap_range(buffer->vaddr, testheap_size(buffer));
	list_for_each_entry(a, &buffer->attachments, node) {
		if (a->mapped)
			dma_sync_sgtable_for_device(a->dev, &a->table, direction);
	}
	mutex_unlock(&buffer->lock);

	atomic_long_inc(&ends);
	atomic_long_dec(&open_brackets);
	return 0;
}

static int testheap_mmap_pfns(struct testheap_buffer *buffer, struct vm_area_struct *vma)
{
	unsigned long i, addr, pfn;
	int ret;

	for (i = 0; i < vma_pages(vma); i++) {
		addr = vma->vm_start + (i << PAGE_SHIFT);
		pfn = page_to_pfn(buffer->pages[vma->vm_pgoff + i]);
		ret = remap_pfn_range(vma, addr, pfn, PAGE_SIZE, vma->vm_page_prot);
		if (ret)
			return ret;
	}
	return 0;
}

/* dma_buf_mmap_internal() has checked that the range lies within the buffer. */
static int testheap_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct testheap_buffer *buffer = dmabuf->priv;
	unsigned long count = vma_pages(vma);

	vma->vm_page_prot = testheap_prot(buffer, vma->vm_page_prot);
	if ((vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE)
		return -EINVAL;

	if (buffer->pfnmap || !READ_ONCE(pinnable))
		return testheap_mmap_pfns(buffer, vma);
	return vm_insert_pages(vma, vma->vm_start, buffer->pages + vma->vm_pgoff, &count);
}

#if TESTHEAP_VMAP
static int testheap_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct testheap_buffer *buffer = dmabuf->priv;
	int ret = 0;

	mutex_lock(&buffer->lock);
	if (!buffer->vmap_count) {
		buffer->vaddr = vmap(buffer->pages, buffer->page_count, VM_MAP,
				     testheap_prot(buffer, PAGE_KERNEL));
		if (!buffer->vaddr) {
			ret = -ENOMEM;
			goto unlock;
		}
	}
	buffer->vmap_count++;
	iosys_map_set_vaddr(map, buffer->vaddr);
unlock:
	mutex_unlock(&buffer->lock);
	return ret;
}

static void testheap_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct testheap_buffer *buffer = dmabuf->priv;

	mutex_lock(&buffer->lock);
	if (!--buffer->vmap_count) {
		vunmap(buffer->vaddr);
		buffer->vaddr = NULL;
	}
	mutex_unlock(&buffer->lock);
	iosys_map_clear(map);
}
#endif

static void testheap_free_buffer(struct testheap_buffer *buffer)
{
	unsigned long i;

	testheap_set_write_back(buffer);
	/* After a failed allocation the rest of the array is NULL. */
	for (i = 0; i < buffer->page_count && buffer->pages[i]; i++)
		__free_page(buffer->pages[i]);
	kvfree(buffer->pages);
	kfree(buffer);
}

static void testheap_release(struct dma_buf *dmabuf)
{
	struct testheap_buffer *buffer = dmabuf->priv;

	atomic_long_dec(&live_buffers);
	atomic_long_sub(testheap_size(buffer), &live_bytes);
	testheap_free_buffer(buffer);
}

static const struct dma_buf_ops testheap_buf_ops = {
	.attach = testheap_attach,
	.detach = testheap_detach,
	.map_dma_buf = testheap_map_dma_buf,
	.unmap_dma_buf = testheap_unmap_dma_buf,
	.begin_cpu_access = testheap_begin_cpu_access,
	.end_cpu_access = testheap_end_cpu_access,
	.mmap = testheap_mmap,
#if TESTHEAP_VMAP
	.vmap = testheap_vmap,
	.vunmap = testheap_vunmap,
#endif
	.release = testheap_release,
};

/* Fail with ENOMEM before the OOM killer strikes; the system heap does not. */
static struct testheap_buffer *testheap_alloc_buffer(unsigned long page_count)
{
	const gfp_t gfp = GFP_HIGHUSER | __GFP_ZERO | __GFP_RETRY_MAYFAIL | __GFP_NOWARN;
	struct testheap_buffer *buffer;
	unsigned long i;
	int ret;

	if (page_count > totalram_pages())
		return ERR_PTR(-ENOMEM);

	buffer = kzalloc(sizeof(*buffer), GFP_KERNEL);
	if (!buffer)
		return ERR_PTR(-ENOMEM);

	mutex_init(&buffer->lock);
	INIT_LIST_HEAD(&buffer->attachments);
	buffer->pages = kvcalloc(page_count, sizeof(*buffer->pages), GFP_KERNEL | __GFP_NOWARN);
	if (!buffer->pages) {
		kfree(buffer);
		return ERR_PTR(-ENOMEM);
	}
	buffer->page_count = page_count;

	for (i = 0; i < page_count; i++) {
		if (fatal_signal_pending(current)) {
			testheap_free_buffer(buffer);
			return ERR_PTR(-EINTR);
		}
		buffer->pages[i] = alloc_page(gfp);
		if (!buffer->pages[i]) {
			testheap_free_buffer(buffer);
			return ERR_PTR(-ENOMEM);
		}
	}

	ret = READ_ONCE(write_combined) ? testheap_set_write_combined(buffer) : 0;
	if (ret) {
		testheap_free_buffer(buffer);
		return ERR_PTR(ret);
	}
	return buffer;
}

static struct dma_buf *testheap_allocate(size_t len, u32 fd_flags, bool is_pfnmap)
{
	DEFINE_DMA_BUF_EXPORT_INFO(exp_info);
	struct testheap_buffer *buffer;
	struct dma_buf *dmabuf;

	buffer = testheap_alloc_buffer(len >> PAGE_SHIFT);
	if (IS_ERR(buffer))
		return ERR_CAST(buffer);
	buffer->pfnmap = is_pfnmap;

	exp_info.exp_name = is_pfnmap ? pfnmap : name;
	exp_info.ops = &testheap_buf_ops;
	exp_info.size = len;
	exp_info.flags = fd_flags;
	exp_info.priv = buffer;
	dmabuf = dma_buf_export(&exp_info);
	if (IS_ERR(dmabuf)) {
		testheap_free_buffer(buffer);
		return dmabuf;
	}

	atomic_long_inc(&live_buffers);
	atomic_long_add(len, &live_bytes);
	return dmabuf;
}

static long testheap_ioctl_alloc(struct dma_heap_allocation_data __user *arg, bool is_pfnmap)
{
	struct dma_heap_allocation_data data;
	struct dma_buf *dmabuf;
	size_t len;
	int fd;

	if (copy_from_user(&data, arg, sizeof(data)))
		return -EFAULT;
	if (data.fd || data.fd_flags & ~DMA_HEAP_VALID_FD_FLAGS ||
	    data.heap_flags & ~DMA_HEAP_VALID_HEAP_FLAGS)
		return -EINVAL;

	/* Refuse zero, and sizes that wrap around to zero. */
	len = PAGE_ALIGN(data.len);
	if (!len)
		return -EINVAL;

	dmabuf = testheap_allocate(len, data.fd_flags, is_pfnmap);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	fd = get_unused_fd_flags(data.fd_flags);
	if (fd < 0) {
		dma_buf_put(dmabuf);
		return fd;
	}

	data.fd = fd;
	if (copy_to_user(arg, &data, sizeof(data))) {
		put_unused_fd(fd);
		dma_buf_put(dmabuf);
		return -EFAULT;
	}
	fd_install(fd, dmabuf->file);
	return 0;
}

static struct miscdevice testheap_miscs[2];

/* misc_open() has stored the device. */
static long testheap_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case DMA_HEAP_IOCTL_ALLOC:
		return testheap_ioctl_alloc((void __user *)arg,
					    file->private_data == &testheap_miscs[1]);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations testheap_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = testheap_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice testheap_miscs[2] = {
	{ .minor = MISC_DYNAMIC_MINOR, .name = KBUILD_MODNAME, .fops = &testheap_fops },
	{ .minor = MISC_DYNAMIC_MINOR, .name = KBUILD_MODNAME "_pfnmap", .fops = &testheap_fops },
};

static int testheap_register(struct miscdevice *misc, const char *node)
{
	int ret;

	if (!*node || strchr(node, '/'))
		return -EINVAL;

	misc->nodename = kasprintf(GFP_KERNEL, "dma_heap/%s", node);
	if (!misc->nodename)
		return -ENOMEM;

	ret = misc_register(misc);
	if (ret) {
		kfree(misc->nodename);
		misc->nodename = NULL;
	}
	return ret;
}

/* Each buffer holds the module, so no buffer is left here. */
static void testheap_deregister(struct miscdevice *misc)
{
	if (!misc->nodename)
		return;
	misc_deregister(misc);
	kfree(misc->nodename);
}

static int __init testheap_init(void)
{
	int ret = testheap_register(&testheap_miscs[0], name);

	if (ret || !pfnmap)
		return ret;
	ret = testheap_register(&testheap_miscs[1], pfnmap);
	if (ret)
		testheap_deregister(&testheap_miscs[0]);
	return ret;
}

static void __exit testheap_exit(void)
{
	testheap_deregister(&testheap_miscs[0]);
	testheap_deregister(&testheap_miscs[1]);
}

module_init(testheap_init);
module_exit(testheap_exit);

MODULE_DESCRIPTION("dma-heap with pinnable mappings and ordered failures, for libdmaload's tests");
MODULE_AUTHOR("The libdmaload authors");
MODULE_LICENSE("GPL");
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS("DMA_BUF");
#else
MODULE_IMPORT_NS(DMA_BUF);
#endif
