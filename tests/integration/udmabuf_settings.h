/* SPDX-License-Identifier: MIT */
#ifndef UDMABUF_SETTINGS_H
#define UDMABUF_SETTINGS_H

#include "support.h"

/* The tests that set parameters of the kernel. Return how many have failed. */
int udmabuf_settings(void);

/* As kit_open(), but nobody has waited for the dma-buf. */
void open_early(struct kit *kit, uint64_t size);

/* A key of /proc/meminfo, in KiB. */
long meminfo(const char *key);

#endif
