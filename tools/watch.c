/* SPDX-License-Identifier: MIT */
/*
 * The first signal ends a load by its progress function. The library calls it
 * after each step, and while it waits for a stream. So the signal only has to
 * be remembered here. The second signal ends the process.
 *
 * A separate thread takes the signals. The loading thread may be in a system
 * call that only a deadly signal ends, such as a read from FUSE or NFS. No
 * handler runs there before the call is over. But a signal whose action is the
 * default ends all threads, whichever of them raises it.
 */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/*
 * The time after the first signal for a load to end normally. Some senders give
 * one signal twice in a row: timeout(1) to a process and to its group, or a
 * terminal that is closed.
 */
#define GRACE_NS 250000000u

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
static const char *const signal_names[] = { "SIGINT", "SIGTERM", "SIGHUP" };
#define N_SIGNALS (sizeof(signals) / sizeof(signals[0]))

static struct sigaction before[N_SIGNALS], before_size;
static sigset_t mask_before;
static atomic_int caught;
static uint64_t caught_ns;

/* The thread that takes the signals, and its process; 0: there is none. */
static pthread_t taker;
static pid_t taker_of;
static sem_t over;

/* A file to remove if the process ends at once. */
static struct {
	atomic_bool there;
	int directory;
	int fd;
	char name[NAME_MAX + 1];
} unfinished;

static void every_signal(sigset_t *set)
{
	size_t i;

	sigemptyset(set);
	for (i = 0; i < N_SIGNALS; i++)
		sigaddset(set, signals[i]);
}

static void remove_unfinished(void)
{
	struct stat named, file;

	if (atomic_load(&unfinished.there) && fstat(unfinished.fd, &file) == 0 &&
	    fstatat(unfinished.directory, unfinished.name, &named,
		    AT_SYMLINK_NOFOLLOW) == 0 &&
	    named.st_dev == file.st_dev && named.st_ino == file.st_ino)
		unlinkat(unfinished.directory, unfinished.name, 0);
}

/* In a handler: die of the signal, as if there was no handler. */
static void end_at_once(int signal)
{
	const uint64_t passed = now_ns() - caught_ns;
	const struct sigaction deadly = { .sa_handler = SIG_DFL };
	struct timespec rest = { .tv_sec = 0 };
	sigset_t set;

	if (passed < GRACE_NS) {
		rest.tv_nsec = (long)(GRACE_NS - passed);
		nanosleep(&rest, NULL);
	}
	remove_unfinished();
	sigaction(signal, &deadly, NULL);
	sigemptyset(&set);
	sigaddset(&set, signal);
	raise(signal);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void on_signal(int signal)
{
	const int error = errno;
	int none = 0;

	if (atomic_compare_exchange_strong(&caught, &none, signal))
		caught_ns = now_ns();
	else
		end_at_once(signal);
	errno = error;
}

static void *take_signals(void *unused)
{
	sigset_t set;

	(void)unused;
	every_signal(&set);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	while (sem_wait(&over) < 0)
		;
	return NULL;
}

/* If no thread can be started, the loading thread takes them. */
static void start_taker(void)
{
	sigset_t set;

	if (taker_of == getpid())
		return;
	every_signal(&set);
	sem_init(&over, 0, 0);
	pthread_sigmask(SIG_BLOCK, &set, &mask_before);
	if (pthread_create(&taker, NULL, take_signals, NULL) == 0)
		taker_of = getpid();
	else
		pthread_sigmask(SIG_SETMASK, &mask_before, NULL);
}

/* Later signals stay pending. A child does not have the threads of its
 * parent. */
static void end_taker(void)
{
	if (taker_of == getpid()) {
		sem_post(&over);
		pthread_join(taker, NULL);
	}
	taker_of = 0;
}

/* Ignored signals stay ignored: nohup(1), and background jobs of a shell. */
static void take(size_t i)
{
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = SA_RESTART,
	};

	every_signal(&action.sa_mask);
	sigaction(signals[i], NULL, &before[i]);
	if (before[i].sa_handler != SIG_IGN)
		sigaction(signals[i], &action, NULL);
}

void watch_begin(void)
{
	/* A file longer than ulimit -f is an error like a full disk. */
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	size_t i;

	sigaction(SIGXFSZ, &ignore, &before_size);
	start_taker();
	for (i = 0; i < N_SIGNALS; i++)
		take(i);
}

void watch_end(void)
{
	const bool masked = taker_of != 0;
	size_t i;

	end_taker();
	sigaction(SIGXFSZ, &before_size, NULL);
	for (i = 0; i < N_SIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
	if (masked)
		pthread_sigmask(SIG_SETMASK, &mask_before, NULL);
}

void watch_unfinished(int directory, const char *name, int fd)
{
	atomic_store(&unfinished.there, false);
	if (!name || strlen(name) >= sizeof(unfinished.name))
		return;
	strcpy(unfinished.name, name);
	unfinished.directory = directory;
	unfinished.fd = fd;
	atomic_store(&unfinished.there, true);
}

static const char *name_of(int signal)
{
	size_t i = 0;

	while (signals[i] != signal)
		i++;
	return signal_names[i];
}

int watch_check(struct dmaload_error *err)
{
	const int signal = atomic_load(&caught);

	return signal ? explain(err, -ECANCELED, "canceled by %s",
				name_of(signal)) : 0;
}

int watch_result(int result, struct dmaload_error *err)
{
	const int signal = atomic_load(&caught);

	if (!signal || result != -ECANCELED)
		return result;
	return explain(err, result, "%s: %s", name_of(signal), err->message);
}

static int on_progress(const struct dmaload_progress *how, void *data)
{
	progress_draw(data, how);
	return atomic_load(&caught) != 0;
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
