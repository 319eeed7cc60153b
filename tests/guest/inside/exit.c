// SPDX-License-Identifier: MIT
/*
 * End the guest with a code, by QEMU's isa-debug-exit device: QEMU exits with 2 * code + 1.
 * Before that, all output of the serial ports has left the guest.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/io.h>
#include <termios.h>
#include <unistd.h>

enum { EXIT_PORT = 0xf4 };

static void drain(const char *tty)
{
	int fd = open(tty, O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	tcdrain(fd);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s CODE\n", argv[0]);
		return 2;
	}

	drain("/dev/ttyS0");
	drain("/dev/ttyS1");
	drain("/dev/ttyS2");

	if (ioperm(EXIT_PORT, 1, 1) < 0) {
		perror("ioperm");
		return 1;
	}
	outb((unsigned char)atoi(argv[1]), EXIT_PORT);

	/* QEMU may take a moment to exit. */
	for (;;)
		pause();
}
