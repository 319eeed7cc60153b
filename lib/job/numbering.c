/* SPDX-License-Identifier: MIT */
#include "job/numbering.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>

static int compare_pointers(const void *a, const void *b)
{
	return (uintptr_t)a < (uintptr_t)b ? -1 : (uintptr_t)a > (uintptr_t)b;
}

static int compare(const void *a, const void *b)
{
	const struct number *x = a, *y = b;
	const int order = compare_pointers(x->one, y->one);

	return order ? order : compare_pointers(x->other, y->other);
}

int numbering_find(struct numbering *numbering, const void *one,
		   const void *other, uint32_t *number)
{
	struct number key = { one, other, numbering->count }, *fresh;
	void *found;
	int is_new;

	if (!numbering->last || compare(numbering->last, &key) != 0) {
		fresh = malloc(sizeof(*fresh));
		if (!fresh)
			return -ENOMEM;
		*fresh = key;
		found = tsearch(fresh, &numbering->tree, compare);
		if (!found || *(struct number **)found != fresh)
			free(fresh);
		if (!found)
			return -ENOMEM;
		numbering->last = *(struct number **)found;
	}
	is_new = numbering->last->number == numbering->count;
	numbering->count += (uint32_t)is_new;
	*number = numbering->last->number;
	return is_new;
}

void numbering_finish(struct numbering *numbering)
{
	tdestroy(numbering->tree, free);
	*numbering = (struct numbering){ .tree = NULL };
}
