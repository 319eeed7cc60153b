// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own code for dma-heaps as a module, for kernels that are built
 * without it.
 *
 * It receives the unchanged dma-heap.c of the kernel's source. It hands on the
 * ioctls of /dev/dma_heap/<name>, and dma_heap_add() to the modules of the
 * heaps. Always: it cannot be unloaded, like the code that is built in.
 */
#include <linux/module.h>
#include <linux/version.h>

#include "dma-heap.c"

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
EXPORT_SYMBOL_GPL(dma_heap_add);
EXPORT_SYMBOL_GPL(dma_heap_get_drvdata);
EXPORT_SYMBOL_GPL(dma_heap_get_name);
MODULE_IMPORT_NS(DMA_BUF);
#else
MODULE_IMPORT_NS("DMA_BUF");
#endif

MODULE_DESCRIPTION("dma-heaps of the kernel's source, as a module");
MODULE_LICENSE("GPL");
