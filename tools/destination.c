/* SPDX-License-Identifier: MIT */
#include "destination.h"

#include <unistd.h>

int destination_open(struct destination *destination, const char *name,
		     struct dmaload_error *err)
{
	int r;

	*destination = DESTINATION_NONE;
	r = place_find(&destination->place, name, err);
	return r < 0 ? r : replacement_make(destination, err);
}

int destination_commit(struct destination *destination, bool durable,
		       struct dmaload_error *err)
{
	return replacement_commit(destination, durable, err);
}

void destination_close(struct destination *destination)
{
	replacement_remove(destination);
	if (destination->fd >= 0)
		close(destination->fd);
	place_free(&destination->place);
}
