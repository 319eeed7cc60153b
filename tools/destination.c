/* SPDX-License-Identifier: MIT */
#include "destination.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void losses_add(struct losses *losses, const char *why, const char *format, ...)
{
	struct dmaload_error err;
	char what[sizeof(err.message)];
	char **texts;
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	explain(&err, -EPERM, "%s: %s", what, why);
	texts = realloc(losses->texts, (losses->count + 1) * sizeof(*texts));
	if (texts)
		losses->texts = texts;
	if (texts && (texts[losses->count] = strdup(err.message)))
		losses->count++;
	else
		complain("not kept: %s", err.message);
}

void losses_free(struct losses *losses)
{
	while (losses->count > 0)
		free(losses->texts[--losses->count]);
	free(losses->texts);
	losses->texts = NULL;
}

int destination_open(struct destination *destination, const char *name,
		     bool in_place, const struct settings *settings,
		     struct dmaload_error *err)
{
	struct place *place = &destination->place;
	int r;

	*destination = DESTINATION_NONE;
	r = place_find(place, name, err);
	if (r < 0)
		return r;
	/* A missing file has nothing to keep. */
	destination->in_place = in_place && place->old >= 0;
	r = place_check(place, destination->in_place,
			permits_newer(settings->syscalls), err);
	if (r < 0)
		return r;
	return destination->in_place ?
	       in_place_open(destination, settings->verify, err) :
	       replacement_make(destination, err);
}

int destination_commit(struct destination *destination, uint64_t length,
		       bool durable, struct dmaload_error *err)
{
	return destination->in_place ?
	       in_place_commit(destination, length, durable, err) :
	       replacement_commit(destination, durable, err);
}

const char *destination_state(const struct destination *destination,
			      bool written)
{
	return destination->in_place && written ?
	       "has new bytes among the old ones" : "is as it was";
}

void destination_close(struct destination *destination)
{
	if (destination->in_place)
		in_place_undo(destination);
	else
		replacement_remove(destination);
	if (destination->fd >= 0)
		close(destination->fd);
	losses_free(&destination->losses);
	place_free(&destination->place);
}
