/* SPDX-License-Identifier: MIT */
/*
 * Why not memcpy(): the data is many times as large as the caches, and a device
 * reads it next. An ordinary store fetches each line of the buffer for nothing.
 * It also evicts lines of the pool that the disk is about to fill. A streaming
 * store does neither. Measured, 1 GiB in pieces of 1 MiB from the pool: 42 ms,
 * and 76 to 90 ms with memcpy() of glibc 2.36. The whole load takes 0.06 CPU
 * seconds per GB instead of 0.10.
 *
 * Why one byte of each line is written back: a line that was only read is
 * shared by the caches of two CPUs, this one and the one that filled it for a
 * virtual disk. Filling it again invalidates both copies, and the disk is half
 * as fast if they lie in different L3 caches. A line that one cache owns is
 * simply fetched. See doc/performance.md: loads at 1.65 and 2.45 GB/s, for 3 us
 * per MiB.
 *
 * Why whole lines: some heaps map their memory write-combined or uncached. Such
 * memory gets one transfer for a line that is written at once, and several for
 * a line that is written in parts. memcpy() may write the ends of a copy twice,
 * and in an order of its own. So short copies are made of lines, too.
 *
 * ARM64 writes ordinary pairs: its cores notice that whole lines are written,
 * and do not fetch them. STNP is slower on some cores. doc/arm.md has the
 * reasons; -DCOPY_STNP=1 builds with STNP. Owning the lines has not been
 * measured there. It has a price if the kernel must write them back before a
 * device may fill them.
 */
#include "io/copy.h"

#include <stdbool.h>

#include "io/copy_line.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#ifndef COPY_STNP
#define COPY_STNP 0
#endif

/* Shorter copies are not worth the fence. */
#define STREAM_MIN ((size_t)16384)

#ifdef __SSE2__

static void own_line(unsigned char *line)
{
	volatile unsigned char *first = line;

	*first = *first;
}

static void stream_line(unsigned char *to, const unsigned char *from)
{
	const __m128i *in = (const __m128i *)from;
	__m128i *out = (__m128i *)to;
	const __m128i a = _mm_loadu_si128(in), b = _mm_loadu_si128(in + 1),
		      c = _mm_loadu_si128(in + 2), d = _mm_loadu_si128(in + 3);

	_mm_stream_si128(out, a);
	_mm_stream_si128(out + 1, b);
	_mm_stream_si128(out + 2, c);
	_mm_stream_si128(out + 3, d);
}

static void stream_end(void)
{
	_mm_sfence();
}

#else

static void own_line(unsigned char *line)
{
	(void)line;
}

#ifdef __aarch64__
static void stream_line(unsigned char *to, const unsigned char *from)
{
#if COPY_STNP
	__asm__ volatile("ldp q0, q1, [%1]\n\t"
			 "ldp q2, q3, [%1, #32]\n\t"
			 "stnp q0, q1, [%0]\n\t"
			 "stnp q2, q3, [%0, #32]"
			 : : "r"(to), "r"(from)
			 : "v0", "v1", "v2", "v3", "memory");
#else
	line_put(to, from);
#endif
}
#endif

/* These stores are ordered as all others are. */
static void stream_end(void)
{
}

#endif

#if defined(__SSE2__) || defined(__aarch64__)
static void copy_lines(unsigned char *to, unsigned char *from, size_t lines,
		       bool stream, bool owns)
{
	for (; lines > 0; lines--, to += LINE, from += LINE) {
		if (stream)
			stream_line(to, from);
		else
			line_put(to, from);
		if (owns)
			own_line(from);
	}
}
#else
/* Here, compilers may call memcpy() for each line. */
static void copy_lines(unsigned char *to, unsigned char *from, size_t lines,
		       bool stream, bool owns)
{
	(void)stream;
	(void)owns;
	memcpy(to, from, lines * LINE);
}
#endif

void copy_own(void *slot, size_t length)
{
	for (size_t i = 0; i < length; i += LINE)
		own_line((unsigned char *)slot + i);
}

/* Less than a line. */
static void copy_part(unsigned char *to, unsigned char *from, size_t length,
		      bool owns)
{
	memcpy(to, from, length);
	if (owns)
		copy_own(from, length);
}

static void copy(void *to, void *from, size_t length, bool owns)
{
	const bool stream = length >= STREAM_MIN;
	const size_t lead = line_lead(to, length);
	const size_t lines = (length - lead) / LINE, end = lead + lines * LINE;
	unsigned char *in = from, *out = to;

	copy_part(out, in, lead, owns);
	copy_lines(out + lead, in + lead, lines, stream, owns);
	copy_part(out + end, in + end, length - end, owns);
	if (stream)
		stream_end();
}

void copy_out(void *to, void *from, size_t length)
{
	copy(to, from, length, true);
}

void copy_out_shared(void *to, const void *from, size_t length)
{
	copy(to, (void *)(uintptr_t)from, length, false);
}
