/* SPDX-License-Identifier: MIT */
/*
 * Children of the process that a context, a job and a buffer belong to. The number of
 * a process does not tell them apart: the first process of a PID namespace has the
 * number 1 in it, and so may its parent in its own. Each kind of child is made in both
 * ways: by a process with a number like any other, and as 1 by a process that is 1.
 */
#include "jobs.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pattern.h"

/* The exit code of a test that is skipped. */
#define SKIPPED 77
#define STACK_BYTES 65536

/* The objects that a child inherits. */
struct family {
	struct scene scene;
	struct dmaload_job *job;
	/* Where it reports. */
	struct dmaload_events *events;
	/* Into memory of the test's own: the range, which a job is to fill. */
	struct dmaload_range into;
	struct dmaload_job *into_memory;
	void *memory;
	/* A buffer that is being populated, perhaps. */
	struct dmaload_buffer *young;
};

static int calls_fail(const struct family *family)
{
	struct dmaload_progress progress = { .size = sizeof(progress) };
	const struct dmaload_range *range = &family->scene.range;
	struct dmaload_ctx *ctx = family->scene.kit.ctx;
	struct dmaload_event event = { .size = sizeof(event) };
	struct dmaload_job *job = family->job, *none = NULL;
	struct dmaload_events *events;
	enum dmaload_path path;
	size_t i;

	if (dmaload_load(ctx, range, 1, NULL, NULL, NULL) != -ECHILD ||
	    dmaload_store(ctx, range, 1, NULL, NULL, NULL) != -ECHILD ||
	    dmaload_verify(ctx, range, 1, NULL, NULL, NULL) != -ECHILD ||
	    dmaload_probe(ctx, range, NULL, &path, NULL, NULL) != -ECHILD)
		return 1;
	if (dmaload_submit(&none, ctx, DMALOAD_LOAD, range, 1, NULL, NULL) !=
	    -ECHILD || none)
		return 2;
	if (dmaload_job_wait(job, 0, NULL, NULL) != -ECHILD ||
	    dmaload_job_wait(job, DMALOAD_FOREVER, NULL, NULL) != -ECHILD ||
	    dmaload_job_progress(job, &progress) != -ECHILD ||
	    dmaload_job_next_range(job, &i) != -ECHILD ||
	    dmaload_job_fd(job, NULL) != -ECHILD)
		return 3;
	if (dmaload_events_next(family->events, DMALOAD_FOREVER, &event, NULL,
				NULL) != -ECHILD ||
	    dmaload_events_fd(family->events, NULL) != -ECHILD ||
	    dmaload_events_create(&events, ctx, NULL) != -ECHILD)
		return 8;
	return 0;
}

/* A context of its own is as good as any. But TSan knows no thread in the child of
 * threads: so it is a buffer that needs none to be populated. */
static int own_context_works(const struct family *family)
{
	struct dmaload_range own = family->scene.range;
	struct dmaload_ctx *ctx;

	own.length = MEDIUM / 2;
	if (dmaload_ctx_create(&ctx, NULL, NULL) != 0 ||
	    dmaload_buffer_create(&own.buffer, place.source, own.length, NULL) != 0 ||
	    dmaload_load(ctx, &own, 1, NULL, NULL, NULL) != 0 ||
	    dmaload_verify(ctx, &own, 1, NULL, NULL, NULL) != 0)
		return 4;
	dmaload_buffer_destroy(own.buffer);
	/* The parent's jobs use its memory, which is not that of this
	 * process. */
	own.buffer = family->into.buffer;
	own.length = STALL_BYTES;
	if (dmaload_load(ctx, &own, 1, NULL, NULL, NULL) != 0)
		return 5;
	dmaload_ctx_destroy(ctx);
	return 0;
}

static bool is_ring(int fd)
{
	char path[64], target[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	return strstr(target, "[io_uring]") != NULL;
}

/* Return true if this process has a ring by an fd, or, if told so, by a
 * mapping. */
static bool has_ring(bool mapped)
{
	char line[512];
	bool has = false;
	FILE *maps;
	int fd;

	for (fd = 0; fd < 256; fd++)
		has = has || is_ring(fd);
	maps = mapped ? fopen("/proc/self/maps", "re") : NULL;
	while (maps && fgets(line, sizeof(line), maps))
		has = has || strstr(line, "[io_uring]");
	if (maps)
		fclose(maps);
	return has;
}

/* Return the number of the first thing that is wrong in a child, or 0. */
static int in_the_child(const struct family *family)
{
	int fd, r;

	alarm(60);
	r = calls_fail(family);
	if (r == 0)
		r = own_context_works(family);
	if (r != 0)
		return r;
	fd = dmaload_buffer_fd(family->young);
	if (fd < 0 && fd != -ECHILD)
		return 6;
	dmaload_job_cancel(family->job);
	dmaload_job_destroy(family->job);
	dmaload_job_destroy(family->into_memory);
	dmaload_events_destroy(family->events);
	dmaload_ctx_destroy(family->scene.kit.ctx);
	dmaload_buffer_destroy(family->into.buffer);
	dmaload_buffer_destroy(family->young);
	dmaload_buffer_destroy(family->scene.kit.buffer);
	dmaload_file_close(family->scene.kit.file);
	return has_ring(true) ? 7 : 0;
}

static void family_begin(struct family *family)
{
	struct dmaload_options options = { .size = sizeof(options) };
	struct scene *scene = &family->scene;
	struct dmaload_range ranges[2];

	kit_open(&scene->kit, MEDIUM, MEDIUM);
	/* So that the context has what it keeps from load to load. */
	assert_int_equal(kit_load_past(&scene->kit, 0, 0, MEDIUM,
				       DMALOAD_ALLOW_BOUNCE), 0);
	assert_int_equal(has_ring(false), scene->kit.report.engine ==
			 DMALOAD_ENGINE_URING);
	stall_begin(&scene->stall, &scene->kit, NULL);
	scene->range = kit_whole(&scene->kit);
	assert_int_equal(dmaload_events_create(&family->events, scene->kit.ctx,
					       NULL), 0);
	assert_true(dmaload_events_fd(family->events, NULL) >= 0);
	family->memory = malloc(STALL_BYTES);
	assert_non_null(family->memory);
	family->into = scene->range;
	family->into.length = STALL_BYTES;
	family->into.buffer = NULL;
	assert_int_equal(dmaload_buffer_from_memory(&family->into.buffer,
						    family->memory, STALL_BYTES,
						    NULL), 0);
	/* The first job waits for the one that is stalled, and the second one for the
	 * first: so no thread is just making a ring, whose fd a child would have and
	 * know nothing of. */
	ranges[0] = scene->range;
	ranges[1] = family->into;
	options.events = family->events;
	family->job = submit(scene->kit.ctx, DMALOAD_LOAD, ranges, 2, &options);
	family->into_memory = submit(scene->kit.ctx, DMALOAD_LOAD, &family->into,
				     1, NULL);
	assert_int_equal(dmaload_buffer_create(&family->young, place.source,
					       MEDIUM, NULL), 0);
}

/* No child has done anything to it. */
static void family_end(struct family *family)
{
	struct dmaload_event event = { .size = sizeof(event) };
	struct scene *scene = &family->scene;

	assert_false(has_ended(family->job));
	stall_release(&scene->stall);
	assert_int_equal(wait_for(scene->stall.job), 0);
	assert_int_equal(wait_for(family->job), 0);
	assert_int_equal(dmaload_events_next(family->events, 0, &event, NULL,
					     NULL), 0);
	assert_ptr_equal(event.job, family->job);
	dmaload_events_destroy(family->events);
	assert_int_equal(wait_for(family->into_memory), 0);
	assert_int_equal(pattern_differs(family->memory, STALL_BYTES, 0),
			 STALL_BYTES);
	assert_true(dmaload_buffer_fd(family->young) >= 0);
	kit_check(&scene->kit, 0, 0, MEDIUM);
	dmaload_job_destroy(family->job);
	dmaload_job_destroy(family->into_memory);
	dmaload_buffer_destroy(family->into.buffer);
	dmaload_buffer_destroy(family->young);
	free(family->memory);
	stall_end(&scene->stall);
	kit_close(&scene->kit);
}

/* The ways to have a child. A namespace that the caller has prepared by unshare(2) is
 * the child's; 0 in the child. */
static pid_t by_fork(void)
{
	return fork();
}

/* Call fork() of libc, but without the functions of pthread_atfork(3). */
static pid_t by_fork_alone(void)
{
	return _Fork();
}

/* Nor is libc asked. */
static pid_t by_clone(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

/* Other than by fork(), nobody has seen to the locks of libc. */
static int exit_code_of(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* The exit code of the child: 0, or what it has found wrong. */
static int have_child(pid_t (*make)(void), bool namespace)
{
	struct family family;
	pid_t pid;
	int code;

	family_begin(&family);
	/* So that no lock of malloc() is held by the thread that populates. */
	if (make != by_fork)
		assert_int_equal(dmaload_buffer_wait(family.young, NULL), 0);
	if (namespace)
		assert_int_equal(unshare(CLONE_NEWPID), 0);
	pid = make();
	if (pid == 0)
		_exit(namespace && getpid() != 1 ? 99 : in_the_child(&family));
	code = exit_code_of(pid);
	family_end(&family);
	return code;
}

/* In a process of its own, which is number 1 of a namespace. */
static int as_first(pid_t (*make)(void))
{
	pid_t pid;

	fflush(NULL);
	if (unshare(CLONE_NEWPID) < 0)
		return SKIPPED;
	pid = fork();
	if (pid == 0) {
		if (getpid() != 1)
			_exit(98);
		_exit(have_child(make, true));
	}
	return exit_code_of(pid);
}

static void have_children(pid_t (*make)(void))
{
	pid_t pid;
	int code;

	assert_int_equal(have_child(make, false), 0);
	pid = fork();
	if (pid == 0)
		_exit(as_first(make));
	code = exit_code_of(pid);
	if (code == SKIPPED)
		skip();
	assert_int_equal(code, 0);
}

static void test_fork(void **state)
{
	(void)state;
	have_children(by_fork);
}

static void test_fork_alone(void **state)
{
	(void)state;
	have_children(by_fork_alone);
}

static void test_clone(void **state)
{
	(void)state;
	have_children(by_clone);
}

static int in_shared_memory(void *arg)
{
	const struct family *family = arg;
	const int r = calls_fail(family);

	dmaload_ctx_destroy(family->scene.kit.ctx);
	_exit(r != 0 ? r : has_ring(false) ? 8 : 0);
}

/* A child of vfork(2) has the memory itself, and fds of its own: what it opened there
 * would be missing here. */
static void test_shared_memory(void **state)
{
	struct family family;
	char *stack;

	(void)state;
	stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(stack, MAP_FAILED);
	family_begin(&family);
	assert_int_equal(exit_code_of(clone(in_shared_memory, stack + STACK_BYTES,
					    CLONE_VM | CLONE_VFORK | SIGCHLD,
					    &family)), 0);
	family_end(&family);
	munmap(stack, STACK_BYTES);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_fork_alone),
		cmocka_unit_test(test_clone),
		cmocka_unit_test(test_shared_memory),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}
