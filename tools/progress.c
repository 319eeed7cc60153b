/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define REDRAW_NS 100000000u

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void progress_begin(struct progress *progress, const struct settings *settings,
		    const char *label)
{
	const bool wanted = !settings->quiet && !settings->json;

	*progress = (struct progress){
		.out = wanted && isatty(STDERR_FILENO) ? stderr : NULL,
		.label = label,
		.begun_ns = now_ns(),
	};
	meter_note(&progress->meter, progress->begun_ns, 0);
}

/* The window may change its size at any time. */
static unsigned columns_of(FILE *out)
{
	struct winsize size;

	if (ioctl(fileno(out), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return PROGRESS_COLUMNS;
	return size.ws_col;
}

/* Write a line over the last one at once, so that it does not flicker. */
static void write_line(struct progress *progress, const char *line, unsigned columns)
{
	const unsigned length = (unsigned)strlen(line);
	unsigned rest = progress->drawn_length > length ? progress->drawn_length - length : 0;

	/* A window that has become narrower wraps what it showed. */
	if (length + rest >= columns)
		rest = columns > length ? columns - length - 1 : 0;
	fprintf(progress->out, "\r%s%*s", line, (int)rest, "");
	fflush(progress->out);
	progress->drawn_length = length;
	progress->drawn = true;
}

static double mean_rate(const struct progress *progress, uint64_t now, uint64_t done)
{
	return now > progress->begun_ns ?
		(double)done * 1e9 / (double)(now - progress->begun_ns) : 0;
}

void progress_draw(struct progress *progress,
		   const struct dmaload_progress *how)
{
	const uint64_t now = now_ns();
	const uint64_t done = how->bytes_done;
	const bool complete = !progress->endless && done >= how->bytes_total;
	char line[PROGRESS_COLUMNS];
	unsigned columns;

	if (!progress->out || (!complete && now - progress->drawn_ns < REDRAW_NS))
		return;

	columns = columns_of(progress->out);
	meter_note(&progress->meter, now, done);
	progress_line(&(struct progress_state){
		.label = progress->label,
		.path = done > 0 ? dmaload_path_name(how->path) : NULL,
		.done = done,
		.total = progress->endless ? 0 : how->bytes_total,
		.rate = complete ? mean_rate(progress, now, done) :
				   meter_rate(&progress->meter, now, done),
		.timed = now - progress->begun_ns >= METER_NS * 2,
	}, columns, line);
	write_line(progress, line, columns);
	progress->drawn_ns = now;
}

void progress_end(struct progress *progress)
{
	if (progress->drawn)
		fputc('\n', progress->out);
	progress->drawn = false;
}
