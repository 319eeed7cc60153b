/* SPDX-License-Identifier: MIT */
#include "content.h"

#include <string.h>

#include "fuzz.h"

void content_adopt(struct content *content, const unsigned char *bytes,
		   uint64_t size)
{
	FUZZ_CHECK(size <= CONTENT_MAX);
	content->size = content->size_most = size;
	/* An empty file has no bytes. */
	if (size > 0)
		memcpy(content->bytes, bytes, size);
	memset(content->known, true, size);
	content->has_unknown = false;
}

void content_check(struct content *content, const char *name,
		   const unsigned char *bytes, uint64_t size)
{
	uint64_t i;

	if (size < content->size || size > content->size_most)
		FUZZ_FAIL("%s has %llu bytes, and not %llu to %llu", name,
			  (unsigned long long)size,
			  (unsigned long long)content->size,
			  (unsigned long long)content->size_most);
	if (!content->has_unknown && size == content->size &&
	    (size == 0 || memcmp(content->bytes, bytes, size) == 0)) {
		content->size_most = size;
		return;
	}
	for (i = 0; i < size; i++)
		if (content->known[i] && content->bytes[i] != bytes[i])
			FUZZ_FAIL("byte %llu of %s is %#x, and not %#x",
				  (unsigned long long)i, name, bytes[i],
				  content->bytes[i]);
	content_adopt(content, bytes, size);
}

void content_grow(struct content *content, uint64_t size, bool certainly)
{
	FUZZ_CHECK(size <= CONTENT_MAX);
	if (size > content->size_most) {
		memset(content->bytes + content->size_most, 0,
		       size - content->size_most);
		memset(content->known + content->size_most, true,
		       size - content->size_most);
		content->size_most = size;
	}
	if (certainly && size > content->size)
		content->size = size;
}

void content_shrink(struct content *content, uint64_t size)
{
	if (size >= content->size)
		return;
	content_forget(content, size, content->size_most - size);
	content->size = size;
}

void content_copy(struct content *to, uint64_t to_offset,
		  const struct content *from, uint64_t from_offset,
		  uint64_t length)
{
	FUZZ_CHECK(to_offset + length <= CONTENT_MAX);
	FUZZ_CHECK(from_offset + length <= CONTENT_MAX);
	memcpy(to->bytes + to_offset, from->bytes + from_offset, length);
	memcpy(to->known + to_offset, from->known + from_offset, length);
	to->has_unknown |= from->has_unknown;
}

void content_forget(struct content *content, uint64_t offset, uint64_t length)
{
	FUZZ_CHECK(offset + length <= CONTENT_MAX);
	memset(content->known + offset, false, length);
	content->has_unknown = true;
}

bool content_differs(const struct content *a, uint64_t a_offset,
		     const struct content *b, uint64_t b_offset,
		     uint64_t length)
{
	uint64_t i;

	if (memcmp(a->bytes + a_offset, b->bytes + b_offset, length) == 0)
		return false;
	for (i = 0; i < length; i++)
		if (a->known[a_offset + i] && b->known[b_offset + i] &&
		    a->bytes[a_offset + i] != b->bytes[b_offset + i])
			return true;
	return false;
}

bool content_equals(const struct content *a, uint64_t a_offset,
		    const struct content *b, uint64_t b_offset,
		    uint64_t length)
{
	uint64_t i;

	if (!a->has_unknown && !b->has_unknown)
		return memcmp(a->bytes + a_offset, b->bytes + b_offset,
			      length) == 0;
	for (i = 0; i < length; i++)
		if (!a->known[a_offset + i] || !b->known[b_offset + i] ||
		    a->bytes[a_offset + i] != b->bytes[b_offset + i])
			return false;
	return true;
}
