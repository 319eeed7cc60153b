/* SPDX-License-Identifier: MIT */
#include "destination.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void losses_add(struct losses *losses, int error, const char *format, ...)
{
	struct dmaload_error err;
	char what[sizeof(err.message)];
	char **texts;
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	explain(&err, -error, "%s: %s", what, strerror(error));
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
		     struct dmaload_error *err)
{
	int r;

	*destination = DESTINATION_NONE;
	r = place_find(&destination->place, name, err);
	if (r == 0)
		r = place_check(&destination->place, err);
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
	losses_free(&destination->losses);
	place_free(&destination->place);
}
