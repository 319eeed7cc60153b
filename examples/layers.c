/* SPDX-License-Identifier: MIT */
/*
 * Load a model layer by layer. Pass on each layer as soon as it is complete,
 * while the next layers are still being read. Receives the model that model.c
 * has opened and the layout of layer-plan.c; hands on the buffers of each
 * layer. Always: one epoll(7) loop waits for the events of the job and for the
 * program's own, which are signals here.
 *
 * One job loads everything: the priority of a range is its layer. Each layer
 * has its own buffers. So the job begins and ends the bracket of a buffer once,
 * and never waits for a device that works on an earlier layer.
 *
 * Build it by:
 *
 *   cc -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -o load-layers \
 *	layers.c layer-job.c layer-plan.c layer-verify.c compare.c model.c \
 *	$(pkg-config --cflags --libs dmaload dmaload-models)
 */
#include <dmaload.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "layer-job.h"

static const char usage[] =
"usage: %s FILE [options]\n"
"\n"
"Loads the tensors of a model in the order of its layers, and prints a line for\n"
"each layer as soon as it is there. Tensors of no layer come before all layers,\n"
"or after them if their names begin as those of an output do.\n"
"\n"
"  --max N      the maximum size of a buffer in bytes, at least 4096; a larger\n"
"               layer has several (default: the limit of the source)\n"
"  --source S   heap name, \"heap:NAME\", \"udmabuf\" or \"memfd\" (default: the\n"
"               best that this machine has)\n"
"  --verify     compare each layer with FILE when it is handed over\n";

struct options {
	const char *file, *source;
	uint64_t max;
	bool verify;
};

struct loading {
	struct layer_job job;
	bool verify;
	uint64_t begin_ns;
	/* For each layer, how many tensors are still missing. */
	size_t *missing;
	int epoll, signals;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int hand_over(const struct loading *l, const struct layer *layer)
{
	const double ms = (double)(now_ns() - l->begin_ns) / 1e6;
	const size_t count = layer->tensor_end - layer->tensor;
	struct dmaload_buffer *const *const buffers = l->job.buffers;
	struct dmaload_error err;
	size_t i;

	/* A udmabuf may have all of its bytes before its fd exists. */
	for (i = layer->buffer; i < layer->buffer_end; i++)
		if (dmaload_buffer_wait(buffers[i], &err) < 0)
			return complain(l->job.path, "%s", err.message);
	if (l->verify && layer_verify(&l->job, layer) < 0)
		return -1;
	/* Pass these fds and the places of the tensors to the device's driver
	 * here. The device works on this layer while the next ones are read. */
	printf("%s: %zu tensor%s, %" PRIu64 " bytes, after %.1f ms%s, fd",
	       layer->name, count, count == 1 ? "" : "s", layer->bytes, ms,
	       l->verify ? ", verified" : "");
	for (i = layer->buffer; i < layer->buffer_end; i++)
		printf(" %d", dmaload_buffer_fd(buffers[i]));
	putchar('\n');
	return 0;
}

static int on_tensor(struct loading *l, size_t tensor)
{
	const struct layer_plan *plan = &l->job.plan;
	const size_t layer = plan->tensors[tensor].layer;

	return --l->missing[layer] > 0 ? 0 : hand_over(l, &plan->layers[layer]);
}

/* Return 0, or -1 if the job has failed. */
static int on_end(const struct loading *l, const struct dmaload_event *event,
		  const struct dmaload_report *report)
{
	const struct layer_plan *plan = &l->job.plan;
	char text[4096];

	if (event->result < 0)
		return complain(l->job.path, "%s", event->error.message);
	dmaload_report_format(report, text, sizeof(text));
	printf("layers    %zu, in %zu buffers of %s\n%s", plan->n_layers,
	       plan->n_buffers, dmaload_buffer_source(l->job.buffers[0]), text);
	return 0;
}

/* Return 0, 1 if the job has ended, or -1. */
static int on_job(struct loading *l)
{
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	struct dmaload_event event = DMALOAD_EVENT_INIT;
	struct dmaload_error err;
	int r;

	while ((r = dmaload_events_next(l->job.events, 0, &event, &report,
					&err)) == 0) {
		if (event.kind == DMALOAD_EVENT_END)
			return on_end(l, &event, &report) < 0 ? -1 : 1;
		if (on_tensor(l, event.range) < 0)
			return -1;
	}
	return r == -EINPROGRESS ? 0 : complain(l->job.path, "%s", err.message);
}

static int on_signal(struct loading *l)
{
	struct signalfd_siginfo info;

	if (read(l->signals, &info, sizeof(info)) != sizeof(info))
		return complain("", "no signal can be read: %s",
				strerror(errno));
	return complain(l->job.path, "stopped by signal %" PRIu32,
			info.ssi_signo);
}

static int follow(struct loading *l)
{
	struct epoll_event events[2];
	int n, i, r = 0;

	while (r == 0) {
		n = epoll_wait(l->epoll, events, 2, -1);
		if (n < 0 && errno != EINTR)
			return complain("", "epoll_wait: %s", strerror(errno));
		for (i = 0; r >= 0 && i < n; i++)
			r |= events[i].data.fd == l->signals ? on_signal(l) :
			     on_job(l);
	}
	return r < 0 ? r : 0;
}

static int watch(const struct loading *l, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return complain("", "epoll_ctl: %s", strerror(errno));
	return 0;
}

static int load(struct loading *l, const struct options *o)
{
	const struct layer_plan *plan = &l->job.plan;
	struct dmaload_error err;
	size_t i;
	int fd;

	l->missing = calloc(plan->n_layers, sizeof(*l->missing));
	if (!l->missing)
		return complain(o->file, "no memory for %zu layers",
				plan->n_layers);
	for (i = 0; i < plan->n_layers; i++)
		l->missing[i] = plan->layers[i].tensor_end -
				plan->layers[i].tensor;
	l->begin_ns = now_ns();
	if (layer_job_submit(&l->job, o->source) < 0)
		return -1;
	fd = dmaload_events_fd(l->job.events, &err);
	if (fd < 0)
		return complain(o->file, "%s", err.message);
	return watch(l, fd) < 0 ? -1 : follow(l);
}

static int run(struct loading *l, const struct options *o, struct model *model)
{
	uint64_t max = o->max;

	if (max == 0 && layer_job_max(&max, o->source, o->file) < 0)
		return -1;
	l->job.model = model;
	l->job.path = o->file;
	if (layer_plan_make(&l->job.plan, model, o->file, max) < 0)
		return -1;
	if (l->job.plan.n_layers > 0)
		return load(l, o);
	printf("nothing to load: these tensors are empty\n");
	return 0;
}

/* The signals are blocked, so they only come through the fd. */
static int open_events(struct loading *l)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0 || sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return complain("", "epoll: %s", strerror(errno));
	l->signals = signalfd(-1, &signals, SFD_CLOEXEC);
	if (l->signals < 0)
		return complain("", "signalfd: %s", strerror(errno));
	return watch(l, l->signals);
}

static int open_and_run(const struct options *o)
{
	struct loading l = { .verify = o->verify, .epoll = -1, .signals = -1 };
	struct model model;
	int r = open_events(&l);

	if (r == 0) {
		r = model_open(&model, o->file);
		if (r == 0)
			r = run(&l, o, &model);
		layer_job_free(&l.job);
		model_close(&model);
		free(l.missing);
	}
	if (l.signals >= 0)
		close(l.signals);
	if (l.epoll >= 0)
		close(l.epoll);
	return r;
}

static bool parse(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "max", required_argument, NULL, 'm' },
		{ "source", required_argument, NULL, 's' },
		{ "verify", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'm':
			/* Only digits: strtoull() would accept a sign. */
			if (optarg[strspn(optarg, "0123456789")])
				return false;
			errno = 0;
			o->max = strtoull(optarg, NULL, 10);
			if (errno != 0 || o->max < 4096)
				return false;
			break;
		case 's': o->source = optarg; break;
		case 'v': o->verify = true; break;
		default: return false;
		}
	}
	o->file = argv[optind];
	return optind + 1 == argc;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };

	if (!parse(&o, argc, argv)) {
		fprintf(stderr, usage, argv[0]);
		return 2;
	}
	/* Print a line for each layer as soon as it is complete, even into a
	 * pipe. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	return exit_status(open_and_run(&o));
}
