/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH 30
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
}

static void draw_bar(const struct progress *progress, uint64_t done,
		     uint64_t total)
{
	const double part = (double)done / (double)total;
	char bar[BAR_WIDTH + 1];

	memset(bar, '-', BAR_WIDTH);
	memset(bar, '#', (size_t)(part * BAR_WIDTH));
	bar[BAR_WIDTH] = '\0';
	fprintf(progress->out, "\r%s [%s] %3.0f %%  %.2f of %.2f GB",
		progress->label, bar, part * 100, (double)done / 1e9,
		(double)total / 1e9);
}

void progress_draw(struct progress *progress,
		   const struct dmaload_progress *how)
{
	const uint64_t now = now_ns();
	const uint64_t done = how->bytes_done;
	double seconds;

	if (!progress->out ||
	    ((done < how->bytes_total || progress->endless) &&
	     now - progress->drawn_ns < REDRAW_NS))
		return;

	if (progress->endless) {
		fprintf(progress->out, "\r%s %.2f GB", progress->label,
			(double)done / 1e9);
	} else {
		draw_bar(progress, done, how->bytes_total);
	}
	seconds = (double)(now - progress->begun_ns) / 1e9;
	fprintf(progress->out, "  %.2f GB/s ",
		seconds > 0 ? (double)done / 1e9 / seconds : 0.0);
	fflush(progress->out);
	progress->drawn_ns = now;
	progress->drawn = true;
}

void progress_end(struct progress *progress)
{
	if (progress->drawn)
		fputc('\n', progress->out);
	progress->drawn = false;
}
