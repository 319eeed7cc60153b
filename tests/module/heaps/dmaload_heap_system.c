// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own heap "system" as a module.
 *
 * It receives the unchanged system_heap.c of the kernel's source, and
 * dmaload_heaps.ko. It hands on /dev/dma_heap/system. Always: it cannot be
 * unloaded.
 */
#include <linux/module.h>
#include <linux/version.h>

#include "system_heap.c"

/* Later sources have these lines. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
MODULE_DESCRIPTION("The heap \"system\" of the kernel's source, as a module");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(DMA_BUF);
#endif
