/* SPDX-License-Identifier: MIT */
#include "job/id_map.h"

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

int id_map_find(struct id_map *id_map, const void *one,
		const void *other, uint32_t *number)
{
	struct number key = { one, other, id_map->count }, *fresh;
	void *found;
	int is_new;

	if (!id_map->last || compare(id_map->last, &key) != 0) {
		fresh = malloc(sizeof(*fresh));
		if (!fresh)
			return -ENOMEM;
		*fresh = key;
		found = tsearch(fresh, &id_map->tree, compare);
		if (!found || *(struct number **)found != fresh)
			free(fresh);
		if (!found)
			return -ENOMEM;
		id_map->last = *(struct number **)found;
	}
	is_new = id_map->last->number == id_map->count;
	id_map->count += (uint32_t)is_new;
	*number = id_map->last->number;
	return is_new;
}

void id_map_finish(struct id_map *id_map)
{
	tdestroy(id_map->tree, free);
	*id_map = (struct id_map){ .tree = NULL };
}
