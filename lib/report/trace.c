/* SPDX-License-Identifier: MIT */
#include "report/trace.h"

#ifdef HAVE_SDT
/* A tracer finds a semaphore by its address in the probe's note. */
#define SEMAPHORE __attribute__((section(".probes"), visibility("hidden")))

volatile unsigned short dmaload_begin_semaphore SEMAPHORE;
volatile unsigned short dmaload_chunk_semaphore SEMAPHORE;
volatile unsigned short dmaload_path_semaphore SEMAPHORE;
volatile unsigned short dmaload_decline_semaphore SEMAPHORE;
volatile unsigned short dmaload_end_semaphore SEMAPHORE;
#endif
