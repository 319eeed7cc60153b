/* SPDX-License-Identifier: MIT */
#include "sys/options.h"

#include <string.h>

/* No struct of any version will be larger: a wild size is caught here. */
#define SIZE_SANE 65536u

static size_t size_of(const void *his)
{
	size_t size;

	memcpy(&size, his, sizeof(size));
	return size;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

bool options_size_ok(const void *his)
{
	return size_of(his) >= sizeof(size_t) && size_of(his) <= SIZE_SANE;
}

bool options_take(void *own, size_t own_size, const void *his)
{
	const unsigned char *bytes = his;
	const size_t size = size_of(his);
	size_t i;

	if (!options_size_ok(his))
		return false;
	for (i = own_size; i < size; i++)
		if (bytes[i] != 0)
			return false;
	memset(own, 0, own_size);
	memcpy(own, his, smaller(size, own_size));
	memcpy(own, &own_size, sizeof(own_size));
	return true;
}

void options_take_known(void *own, size_t own_size, const void *his)
{
	if (options_size_ok(his))
		memcpy(own, his, smaller(size_of(his), own_size));
	memcpy(own, &own_size, sizeof(own_size));
}

void options_give(const void *own, size_t own_size, void *his)
{
	const size_t size = size_of(his);

	memset(his, 0, size);
	memcpy(his, own, smaller(size, own_size));
	memcpy(his, &size, sizeof(size));
}
