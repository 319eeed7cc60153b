// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own heap of contiguous memory as a module.
 *
 * It receives the unchanged cma_heap.c of the kernel's source, and
 * dmaload_heaps.ko. It hands on the default CMA area as /dev/dma_heap/reserved,
 * or, on newer kernels, default_cma_region. Always: it cannot be unloaded.
 *
 * The kernel exports neither its allocator of contiguous memory nor kallsyms.
 * A kprobe finds kallsyms, and kallsyms the allocator.
 */
#include <linux/cma.h>
#include <linux/dma-map-ops.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/version.h>

static typeof(cma_alloc) *found_alloc;
static typeof(cma_release) *found_release;
static typeof(cma_get_name) *found_get_name;

/* Return the default area, or NULL. cma_heap.c asks for it before anything else. */
static struct cma *find_default_area(void)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name" };
	unsigned long (*lookup)(const char *name);
	struct cma **area;

	if (register_kprobe(&probe) < 0)
		return NULL;
	lookup = (void *)probe.addr;
	unregister_kprobe(&probe);

	found_alloc = (void *)lookup("cma_alloc");
	found_release = (void *)lookup("cma_release");
	found_get_name = (void *)lookup("cma_get_name");
	area = (void *)lookup("dma_contiguous_default_area");
	if (!found_alloc || !found_release || !found_get_name || !area)
		return NULL;
	return *area;
}

#define cma_alloc found_alloc
#define cma_release found_release
#define cma_get_name found_get_name
#define dev_get_cma_area(device) find_default_area()
/* Areas of a device tree; QEMU's has none. */
#define dma_contiguous_get_area_by_idx(index) ((struct cma *)NULL)

/* Later sources define it before they include anything. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#undef pr_fmt
#endif

#include "cma_heap.c"

/* Later sources have these lines. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(DMA_BUF);
#endif
