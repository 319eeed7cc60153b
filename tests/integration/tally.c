/* SPDX-License-Identifier: MIT */
#include "tally.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* A call that nothing else makes. It marks where counting begins and ends. */
#define MARK SYS_getppid

#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE)
#define SYSCALL_STOP (SIGTRAP | 0x80)

/* The tracer writes it while a traced thread is stopped. */
static struct tally *tally;
static struct rusage before;
static pid_t tracer;

static bool is_clock(uint64_t number)
{
	return number == SYS_clock_gettime;
}

/* Note the arguments of posix_fadvise(), as the machine passes them. */
static void note_advice(const uint64_t *args)
{
#ifdef SYS_arm_fadvise64_64
	const uint64_t start = args[2] | args[3] << 32;
	const uint64_t length = args[4] | args[5] << 32, advice = args[1];
#else
	const uint64_t start = args[1], length = args[2], advice = args[3];
#endif

	if (advice != POSIX_FADV_DONTNEED)
		return;
	if (tally->n_drops < TALLY_DROPS) {
		tally->drops[tally->n_drops].start = start;
		tally->drops[tally->n_drops].end = length ? start + length : 0;
	}
	tally->n_drops++;
}

static void note_call(const struct __ptrace_syscall_info *info)
{
	static bool counting;
	const uint64_t number = info->entry.nr;

	if (number == MARK) {
		counting = !counting;
		if (counting)
			memset(tally, 0, sizeof(*tally));
	} else if (counting && !is_clock(number)) {
		tally->calls++;
		if (number < TALLY_NUMBERS)
			tally->of[number]++;
		if (number == SYS_io_uring_enter)
			tally->submitted += info->entry.args[1];
		if (number == SYS_FADVISE)
			note_advice(info->entry.args);
	}
}

/* Note why a thread has stopped. Return the signal to deliver to it. */
static int look_at(pid_t thread, int status)
{
	struct __ptrace_syscall_info info;

	if (WSTOPSIG(status) == SYSCALL_STOP) {
		if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info),
			   &info) > 0 &&
		    info.op == PTRACE_SYSCALL_INFO_ENTRY)
			note_call(&info);
		return 0;
	}
	/* An event of ptrace itself: a thread has begun, or was seized. */
	return status >> 16 != 0 ? 0 : WSTOPSIG(status);
}

/* Trace the other process until it ends, or kills this one and so ends the
 * tracing. */
static void look_on(pid_t other, int go, int ready)
{
	bool told = false;
	pid_t thread;
	int status;
	char byte;

	if (read(go, &byte, 1) != 1 ||
	    ptrace(PTRACE_SEIZE, other, NULL, OPTIONS) != 0 ||
	    ptrace(PTRACE_INTERRUPT, other, NULL, NULL) != 0)
		return;
	while ((thread = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (thread < 0 || !WIFSTOPPED(status))
			continue;
		ptrace(PTRACE_SYSCALL, thread, NULL, look_at(thread, status));
		if (!told && write(ready, "", 1) != 1)
			return;
		told = true;
	}
}

int tally_start(void **state)
{
	const pid_t self = getpid();
	int go[2], ready[2];
	char byte;

	(void)state;
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED || pipe(go) != 0 || pipe(ready) != 0)
		return -1;
	tracer = fork();
	if (tracer == 0) {
		close(ready[0]);
		look_on(self, go[0], ready[1]);
		_exit(1);
	}
	close(ready[1]);
	/* Yama lets only parents trace, unless the child allows others. */
	prctl(PR_SET_PTRACER, tracer);
	if (write(go[1], "", 1) != 1 || read(ready[0], &byte, 1) != 1)
		return -1;
	close(go[0]);
	close(go[1]);
	close(ready[0]);
	return 0;
}

int tally_stop(void **state)
{
	(void)state;
	kill(tracer, SIGKILL);
	waitpid(tracer, NULL, 0);
	munmap(tally, sizeof(*tally));
	return 0;
}

void tally_begin(void)
{
	getrusage(RUSAGE_SELF, &before);
	syscall(MARK);
}

const struct tally *tally_end(void)
{
	struct rusage now;

	syscall(MARK);
	getrusage(RUSAGE_SELF, &now);
	tally->minor_faults = (uint64_t)(now.ru_minflt - before.ru_minflt);
	tally->major_faults = (uint64_t)(now.ru_majflt - before.ru_majflt);
	return tally;
}

bool tally_dropped(const struct tally *counted, uint64_t offset, uint64_t length)
{
	size_t i;

	assert_true(counted->n_drops <= TALLY_DROPS);
	for (i = 0; i < counted->n_drops; i++)
		if (counted->drops[i].start < offset + length &&
		    (counted->drops[i].end == 0 ||
		     counted->drops[i].end > offset))
			return true;
	return false;
}
