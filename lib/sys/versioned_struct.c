/* SPDX-License-Identifier: MIT */
#include "sys/versioned_struct.h"

#include <string.h>

/* No version of any struct will be larger, so this catches an uninitialized
 * size. */
#define SIZE_SANE 65536u

static size_t size_of(const void *caller_struct)
{
	size_t size;

	memcpy(&size, caller_struct, sizeof(size));
	return size;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

bool versioned_size_ok(const void *caller_struct)
{
	return size_of(caller_struct) >= sizeof(size_t) && size_of(caller_struct) <= SIZE_SANE;
}

bool versioned_get(void *copy, size_t copy_size, const void *caller_struct)
{
	const unsigned char *bytes = caller_struct;
	const size_t size = size_of(caller_struct);
	size_t i;

	if (!versioned_size_ok(caller_struct))
		return false;
	for (i = copy_size; i < size; i++)
		if (bytes[i] != 0)
			return false;
	memset(copy, 0, copy_size);
	memcpy(copy, caller_struct, smaller(size, copy_size));
	memcpy(copy, &copy_size, sizeof(copy_size));
	return true;
}

void versioned_get_known(void *copy, size_t copy_size,
			 const void *caller_struct)
{
	if (versioned_size_ok(caller_struct))
		memcpy(copy, caller_struct,
		       smaller(size_of(caller_struct), copy_size));
	memcpy(copy, &copy_size, sizeof(copy_size));
}

void versioned_put(const void *copy, size_t copy_size, void *caller_struct)
{
	const size_t size = size_of(caller_struct);

	memset(caller_struct, 0, size);
	memcpy(caller_struct, copy, smaller(size, copy_size));
	memcpy(caller_struct, &size, sizeof(size));
}
