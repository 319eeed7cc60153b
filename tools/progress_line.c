/* SPDX-License-Identifier: MIT */
#include "progress_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BAR_WIDTH 30u
#define BAR_WIDTH_MIN 5u
/* Room for "  buffered" and "  0:59 left": so the bar keeps its width. */
#define PATH_WIDTH 10
#define LEFT_WIDTH 11
/* More is no estimate. */
#define SECONDS_MAX (100 * 3600)

void meter_note(struct meter *meter, uint64_t ns, uint64_t bytes)
{
	unsigned last;

	if (meter->count > 0 && ns - meter->samples[meter->count - 1].ns < METER_NS)
		return;
	if (meter->count == METER_SAMPLES) {
		memmove(meter->samples, meter->samples + 1,
			sizeof(meter->samples) - sizeof(meter->samples[0]));
		meter->count--;
	}
	last = meter->count++;
	meter->samples[last].ns = ns;
	meter->samples[last].bytes = bytes;
}

double meter_rate(const struct meter *meter, uint64_t ns, uint64_t bytes)
{
	const uint64_t since = meter->count > 0 ? meter->samples[0].ns : ns;
	const uint64_t before = meter->count > 0 ? meter->samples[0].bytes : bytes;

	if (ns <= since || bytes < before)
		return 0;
	return (double)(bytes - before) * 1e9 / (double)(ns - since);
}

/* "1:05 left" or "1:00:05 left"; empty: unknown. */
static void format_left(const struct progress_state *state, char text[24])
{
	double seconds;
	unsigned whole;

	text[0] = '\0';
	if (!state->timed || state->rate <= 0 || state->done >= state->total)
		return;
	seconds = (double)(state->total - state->done) / state->rate;
	if (seconds >= SECONDS_MAX)
		return;
	/* Rounded up: there is something left. */
	whole = (unsigned)seconds + 1;
	if (whole >= 3600)
		snprintf(text, 24, "  %u:%02u:%02u left", whole / 3600,
			 whole / 60 % 60, whole % 60);
	else
		snprintf(text, 24, "  %u:%02u left", whole / 60, whole % 60);
}

static double part_of(const struct progress_state *state)
{
	return state->done < state->total ?
		(double)state->done / (double)state->total : 1.0;
}

/* Format " [###---]  42 %" with a bar of a width, or without. */
static void format_bar(const struct progress_state *state, unsigned width,
		       char text[BAR_WIDTH + 16])
{
	const double part = part_of(state);
	char bar[BAR_WIDTH + 1];

	memset(bar, '-', width);
	memset(bar, '#', (size_t)(part * width));
	bar[width] = '\0';
	if (width > 0)
		snprintf(text, BAR_WIDTH + 16, " [%s] %3u %%", bar, (unsigned)(part * 100));
	else
		snprintf(text, BAR_WIDTH + 16, " %3u %%", (unsigned)(part * 100));
}

/* Return the length of a bar between other text, 0 if it would be too short. */
static unsigned bar_width(size_t others, unsigned columns)
{
	/* The brackets, the space before them, and the last column stay. */
	const size_t taken = others + 4;

	if (taken + BAR_WIDTH_MIN > columns)
		return 0;
	return columns - taken < BAR_WIDTH ? (unsigned)(columns - taken) : BAR_WIDTH;
}

/* Format " 1.23 of 17.18 GB  2.85 GB/s". */
static void format_bytes(const struct progress_state *state, char *text, size_t size)
{
	const double done = (double)state->done / 1e9, rate = state->rate / 1e9;
	char total[32];

	snprintf(total, sizeof(total), "%.2f", (double)state->total / 1e9);
	if (state->total > 0)
		snprintf(text, size, " %*.2f of %s GB  %.2f GB/s", (int)strlen(total), done,
			 total, rate);
	else
		snprintf(text, size, "%.2f GB  %.2f GB/s", done, rate);
}

static size_t at_least(size_t width, const char *text)
{
	return strlen(text) > width ? strlen(text) : width;
}

void progress_line(const struct progress_state *state, unsigned columns,
		   char line[PROGRESS_COLUMNS])
{
	char bytes[96], path[24] = "", left[24], bar[BAR_WIDTH + 16] = "";
	size_t length;

	if (columns > PROGRESS_COLUMNS)
		columns = PROGRESS_COLUMNS;
	format_bytes(state, bytes, sizeof(bytes));
	if (state->path)
		snprintf(path, sizeof(path), "  %s", state->path);
	format_left(state, left);

	if (state->total > 0)
		format_bar(state, 0, bar);
	length = strlen(state->label) + strlen(bar) + 1 + strlen(bytes);
	if (length + strlen(path) + strlen(left) >= columns)
		path[0] = '\0';
	if (length + strlen(path) + strlen(left) >= columns)
		left[0] = '\0';
	if (state->total > 0)
		format_bar(state, bar_width(length + at_least(PATH_WIDTH, path) +
					    at_least(LEFT_WIDTH, left), columns), bar);
	snprintf(line, PROGRESS_COLUMNS, "%s%s %s%s%s", state->label, bar, bytes, path, left);
	if (columns > 0 && strlen(line) >= columns)
		line[columns - 1] = '\0';
}
