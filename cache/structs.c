/* SPDX-License-Identifier: MIT */
#include "structs.h"

#include <string.h>

/* No struct of any version will be larger. */
enum { SIZE_SANE = 65536 };

static size_t size_of(const void *theirs)
{
	size_t size;

	memcpy(&size, theirs, sizeof(size));
	return size;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

bool sc_struct_has_size(const void *theirs)
{
	return size_of(theirs) >= sizeof(size_t) && size_of(theirs) <= SIZE_SANE;
}

bool sc_struct_take(void *own, size_t own_size, const void *theirs)
{
	const unsigned char *bytes = theirs;
	size_t size, i;

	if (!sc_struct_has_size(theirs))
		return false;
	size = size_of(theirs);
	for (i = own_size; i < size; i++)
		if (bytes[i] != 0)
			return false;
	memset(own, 0, own_size);
	memcpy(own, theirs, smaller(size, own_size));
	return true;
}

void sc_struct_give(const void *own, size_t own_size, void *theirs)
{
	const size_t size = size_of(theirs);

	memset(theirs, 0, size);
	memcpy(theirs, own, smaller(size, own_size));
	memcpy(theirs, &size, sizeof(size));
}
