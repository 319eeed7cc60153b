/* SPDX-License-Identifier: MIT */
/*
 * A signal ends a load by way of its progress function, which the library calls
 * after each step, and also while it waits for a stream. So all that a handler
 * does is to remember.
 */
#include "tool.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
#define N_SIGNALS (sizeof(signals) / sizeof(signals[0]))

static struct sigaction before[N_SIGNALS], before_size;
static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
	if (!caught)
		caught = signal;
}

/* What is ignored stays so: nohup(1), and a shell's jobs in the background. */
static void take(size_t i)
{
	const struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = SA_RESTART,
	};

	sigaction(signals[i], NULL, &before[i]);
	if (before[i].sa_handler != SIG_IGN)
		sigaction(signals[i], &action, NULL);
}

void watch_begin(void)
{
	/* What is longer than ulimit -f allows is an error like a full disk. */
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	size_t i;

	sigaction(SIGXFSZ, &ignore, &before_size);
	for (i = 0; i < N_SIGNALS; i++)
		take(i);
}

void watch_end(void)
{
	size_t i;

	sigaction(SIGXFSZ, &before_size, NULL);
	for (i = 0; i < N_SIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
}

int watch_check(struct dmaload_error *err)
{
	return caught ? explain(err, -ECANCELED, "SIG%s: given up",
				sigabbrev_np(caught)) : 0;
}

int watch_result(int result, struct dmaload_error *err)
{
	struct dmaload_error why;

	if (!caught || result != -ECANCELED)
		return result;
	why = *err;
	return explain(err, result, "SIG%s: %s", sigabbrev_np(caught),
		       why.message);
}

static int on_progress(const struct dmaload_progress *how, void *data)
{
	progress_draw(data, how);
	return caught != 0;
}

void watch_options(struct dmaload_options *options,
		   const struct settings *settings, struct progress *progress)
{
	*options = (struct dmaload_options){
		.size = sizeof(*options),
		.paths = settings->paths,
		.progress = on_progress,
		.progress_data = progress,
	};
	if (settings->timeout_ns > 0)
		options->deadline_ns = now_ns() + settings->timeout_ns;
}
