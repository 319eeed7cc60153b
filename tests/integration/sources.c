/* SPDX-License-Identifier: MIT */
#include "sources.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct dmaload_source find(const char *name, uint64_t size)
{
	const struct dmaload_source *source;
	struct dmaload_source copy = { .name = NULL };
	struct dmaload_sources *list;
	struct dmaload_error err;
	size_t i;

	if (dmaload_sources_create(&list, size, &err) < 0)
		fail_msg("%s", err.message);
	for (i = 0; (source = dmaload_sources_get(list, i)); i++)
		if (strcmp(source->name, name) == 0)
			copy = *source;
	assert_non_null(copy.name);
	copy.name = name;
	copy.remedy = copy.reason = NULL;
	dmaload_sources_destroy(list);
	return copy;
}

struct dmaload_source listed_source(const char *name)
{
	return find(name, 1);
}

bool is_recommended(const char *name, uint64_t size)
{
	return find(name, size).recommended;
}
