// SPDX-License-Identifier: MIT
/*
 * End the guest with a code: QEMU exits with 2 * code + 1. Before that, all output of the serial
 * ports has left the guest.
 *
 * On x86, QEMU's isa-debug-exit device ends it, on ARM the semihosting call SYS_EXIT_EXTENDED.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static void drain(const char *tty)
{
	int fd = open(tty, O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	tcdrain(fd);
	close(fd);
}

#if defined(__x86_64__)
#include <sys/io.h>

enum { EXIT_PORT = 0xf4 };

static int end(unsigned char code)
{
	/* The device adds the factor and the one. */
	if (ioperm(EXIT_PORT, 1, 1) < 0) {
		perror("ioperm");
		return -1;
	}
	outb(code, EXIT_PORT);
	return 0;
}

#elif defined(__aarch64__) || defined(__arm__)

static int end(unsigned char code)
{
	/* The reason, ADP_Stopped_ApplicationExit, and QEMU's exit status. */
	const uintptr_t block[] = { 0x20026, 2 * (uintptr_t)code + 1 };
#if defined(__aarch64__)
	register uintptr_t call __asm__("x0") = 0x20;
	register uintptr_t argument __asm__("x1") = (uintptr_t)block;

	__asm__ volatile("hlt #0xf000" : "+r"(call) : "r"(argument) : "memory");
#else
	register uintptr_t call __asm__("r0") = 0x20;
	register uintptr_t argument __asm__("r1") = (uintptr_t)block;

	/* HLT, which old assemblers do not know: of Thumb, or of A32. */
#if defined(__thumb__)
	__asm__ volatile(".inst.n 0xbabc" : "+r"(call) : "r"(argument) : "memory");
#else
	__asm__ volatile(".inst 0xe10f0070" : "+r"(call) : "r"(argument) : "memory");
#endif
#endif
	return 0;
}

#else
#error "no guest runs on this machine"
#endif

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s CODE\n", argv[0]);
		return 2;
	}

	drain("/etc/guest/console");
	drain("/etc/guest/output");
	drain("/etc/guest/control");
	if (end((unsigned char)atoi(argv[1])) < 0)
		return 1;

	/* QEMU may take a moment to exit. */
	for (;;)
		pause();
}
