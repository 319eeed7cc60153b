/* SPDX-License-Identifier: MIT */
/*
 * Why not memcpy() and memcmp(): some heaps map their memory write-combined or
 * uncached. Each load from it is a transfer of its own, as slow as a read from a
 * device. So the loads are wide, and no byte is read twice. memcpy() and memcmp()
 * read the ends of a copy twice, and after a difference the caller would read
 * the buffer again.
 *
 * MOVNTDQA (SSE4.1) takes a whole line from write-combined memory; from other
 * memory it is an ordinary load. Four loads of one line follow each other, since
 * the CPU keeps few of these lines. MFENCE discards those that it took before.
 *
 * ARM64 reads ordinary pairs of 32 bytes. LDNP is a hint about caches, which
 * such memory bypasses anyway; doc/arm.md has more.
 */
#include "io/copy.h"

#include "io/copy_line.h"

#ifdef __SSE2__
#include <smmintrin.h>
#endif

/* Bytes on their way between two buffers: they stay in the L1 cache. */
#define BLOCK ((size_t)4096)

typedef uint64_t __attribute__((may_alias)) word_t;

/* Read a part of a line by the widest loads that are aligned. */
static void get_part(unsigned char *to, const unsigned char *from, size_t length)
{
	const volatile void *at;
	word_t word;
	size_t i, n;

	for (i = 0; i < length; i += n) {
		at = from + i;
		n = (uintptr_t)at % sizeof(word) == 0 &&
		    length - i >= sizeof(word) ? sizeof(word) : 1;
		if (n == sizeof(word)) {
			word = *(const volatile word_t *)at;
			memcpy(to + i, &word, sizeof(word));
		} else {
			to[i] = *(const volatile unsigned char *)at;
		}
	}
}

static void get_lines(unsigned char *to, const unsigned char *from, size_t lines)
{
	for (; lines > 0; lines--, to += LINE, from += LINE)
		line_get(to, from);
}

/* Return the number of equal lines. held gets the first one that differs. */
static size_t same_lines(const unsigned char *from, const unsigned char *wanted,
			 size_t lines, unsigned char *held)
{
	size_t i;

	for (i = 0; i < lines; i++) {
		line_get(held, from + i * LINE);
		if (memcmp(held, wanted + i * LINE, LINE) != 0)
			break;
	}
	return i;
}

#ifdef __SSE2__

__attribute__((target("sse4.1")))
static void stream_lines(unsigned char *to, const unsigned char *from, size_t lines)
{
	/* Old compilers have no const here. */
	__m128i *in = (__m128i *)(uintptr_t)from, *out = (__m128i *)to;

	for (; lines > 0; lines--, in += 4, out += 4) {
		const __m128i a = _mm_stream_load_si128(in),
			      b = _mm_stream_load_si128(in + 1),
			      c = _mm_stream_load_si128(in + 2),
			      d = _mm_stream_load_si128(in + 3);

		_mm_storeu_si128(out, a);
		_mm_storeu_si128(out + 1, b);
		_mm_storeu_si128(out + 2, c);
		_mm_storeu_si128(out + 3, d);
	}
}

__attribute__((target("sse4.1")))
static size_t stream_same(const unsigned char *from, const unsigned char *wanted,
			  size_t lines, unsigned char *held)
{
	__m128i *in = (__m128i *)(uintptr_t)from, *out = (__m128i *)held;
	const __m128i *as = (const __m128i *)wanted;
	size_t i;

	for (i = 0; i < lines; i++, in += 4, as += 4) {
		const __m128i a = _mm_stream_load_si128(in),
			      b = _mm_stream_load_si128(in + 1),
			      c = _mm_stream_load_si128(in + 2),
			      d = _mm_stream_load_si128(in + 3);
		const __m128i ab = _mm_or_si128(_mm_xor_si128(a, _mm_loadu_si128(as)),
						_mm_xor_si128(b, _mm_loadu_si128(as + 1)));
		const __m128i cd = _mm_or_si128(_mm_xor_si128(c, _mm_loadu_si128(as + 2)),
						_mm_xor_si128(d, _mm_loadu_si128(as + 3)));
		const __m128i all = _mm_or_si128(ab, cd);

		if (_mm_testz_si128(all, all))
			continue;
		_mm_storeu_si128(out, a);
		_mm_storeu_si128(out + 1, b);
		_mm_storeu_si128(out + 2, c);
		_mm_storeu_si128(out + 3, d);
		break;
	}
	return i;
}

static void read_begin(void)
{
	_mm_mfence();
}

static void read_lines(unsigned char *to, const unsigned char *from, size_t lines)
{
	if (__builtin_cpu_supports("sse4.1"))
		stream_lines(to, from, lines);
	else
		get_lines(to, from, lines);
}

static size_t compare_lines(const unsigned char *from, const unsigned char *wanted,
			    size_t lines, unsigned char *held)
{
	return __builtin_cpu_supports("sse4.1") ?
	       stream_same(from, wanted, lines, held) :
	       same_lines(from, wanted, lines, held);
}

#else

static void read_begin(void)
{
}

static void read_lines(unsigned char *to, const unsigned char *from, size_t lines)
{
	get_lines(to, from, lines);
}

static size_t compare_lines(const unsigned char *from, const unsigned char *wanted,
			    size_t lines, unsigned char *held)
{
	return same_lines(from, wanted, lines, held);
}

#endif

static void get(unsigned char *to, const unsigned char *from, size_t length)
{
	const size_t lead = line_lead(from, length);
	const size_t end = lead + (length - lead) / LINE * LINE;

	get_part(to, from, lead);
	read_lines(to + lead, from + lead, (end - lead) / LINE);
	get_part(to + end, from + end, length - end);
}

void copy_in(void *to, const void *buffer, size_t length)
{
	read_begin();
	get(to, buffer, length);
}

void copy_between(void *to, const void *buffer, size_t length)
{
	_Alignas(64) unsigned char block[BLOCK];
	const unsigned char *from = buffer;
	size_t i, n;

	read_begin();
	for (i = 0; i < length; i += n) {
		n = BLOCK - (uintptr_t)(from + i) % LINE;
		n = n < length - i ? n : length - i;
		get(block, from + i, n);
		copy_out((unsigned char *)to + i, block, n);
	}
}

/* Return the number of equal bytes; held has those of the buffer. */
static size_t same_bytes(const unsigned char *held, const unsigned char *wanted,
			 size_t length, unsigned char *differs)
{
	size_t i = 0;

	while (i < length && held[i] == wanted[i])
		i++;
	if (i < length)
		*differs = held[i];
	return i;
}

static size_t compare_part(const unsigned char *from, const unsigned char *wanted,
			   size_t length, unsigned char *differs)
{
	unsigned char held[LINE];

	get_part(held, from, length);
	return same_bytes(held, wanted, length, differs);
}

size_t copy_compare(const void *buffer, const void *expected, size_t length,
		    unsigned char *differs)
{
	const unsigned char *from = buffer, *wanted = expected;
	const size_t lead = line_lead(from, length);
	const size_t lines = (length - lead) / LINE;
	unsigned char held[LINE];
	size_t same, i = lead;

	read_begin();
	same = compare_part(from, wanted, lead, differs);
	if (same < lead)
		return same;
	same = compare_lines(from + i, wanted + i, lines, held);
	i += same * LINE;
	if (same < lines)
		return i + same_bytes(held, wanted + i, LINE, differs);
	return i + compare_part(from + i, wanted + i, length - i, differs);
}
