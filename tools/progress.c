/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define REDRAW_NS 100000000u

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void progress_begin(struct progress *progress, FILE *out, const char *label)
{
	*progress = (struct progress){
		.out = isatty(fileno(out)) ? out : NULL,
		.label = label,
		.begun_ns = now_ns(),
	};
}

int progress_draw(const struct dmaload_progress *how, void *data)
{
	struct progress *progress = data;
	const uint64_t done = how->bytes_done, total = how->bytes_total;
	const uint64_t now = now_ns();
	char bar[BAR_WIDTH + 1];
	double part, seconds;

	if (!progress->out ||
	    (done < total && now - progress->drawn_ns < REDRAW_NS))
		return 0;

	part = (double)done / (double)total;
	seconds = (double)(now - progress->begun_ns) / 1e9;
	memset(bar, '-', BAR_WIDTH);
	memset(bar, '#', (size_t)(part * BAR_WIDTH));
	bar[BAR_WIDTH] = '\0';
	fprintf(progress->out, "\r%s [%s] %3.0f %%  %.2f of %.2f GB  %.2f GB/s ",
		progress->label, bar, part * 100, (double)done / 1e9,
		(double)total / 1e9,
		seconds > 0 ? (double)done / 1e9 / seconds : 0.0);
	fflush(progress->out);
	progress->drawn_ns = now;
	progress->drawn = true;
	return 0;
}

void progress_end(struct progress *progress)
{
	if (progress->drawn)
		fputc('\n', progress->out);
	progress->drawn = false;
}
