/* SPDX-License-Identifier: MIT */
/*
 * Show a raw picture: load it from the disk into a dma-buf, and display that.
 *
 *   drm-scanout PICTURE WIDTHxHEIGHT [--source HEAP] [--card NODE] [-- CMD...]
 *
 * The picture stays while CMD runs; without CMD, until Ctrl-C. PICTURE has only
 * rows of XRGB8888 pixels, from the top, without padding. DRM names formats
 * from the highest bit of a little-endian word: in memory a pixel has the bytes
 * blue, green, red, and one that is ignored.
 *
 * Build it by:
 *
 *   cc -D_GNU_SOURCE -o drm-scanout drm-scanout.c drm-output.c fail.c \
 *	$(pkg-config --cflags --libs dmaload-drm libdrm)
 */
#include <dmaload-drm.h>
#include <dmaload.h>
#include <drm_fourcc.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xf86drmMode.h>

#include "drm-output.h"
#include "fail.h"

/* The format that practically every display driver accepts. */
enum { FORMAT = DRM_FORMAT_XRGB8888, PIXEL_BYTES = 4, SIDE_MAX = 16384 };

struct options {
	const char *picture, *size, *source, *card;
	unsigned width, height; /* of size */
	char **command;
};

struct screen {
	const char *name;
	struct output output;
	uint32_t handle, fb;
};

/*
 * The program chooses the pitch of an imported buffer. Here it is the length of
 * a row, since the rows of the file have no padding. Hardware may need a
 * multiple of 64 or 256 bytes, and drmModeAddFB2() refuses other pitches. Then
 * pad the rows of the file, and set that pitch here. The bytes that round the
 * buffer up to whole pages are never shown.
 */
static uint32_t pitch(const struct options *o)
{
	return o->width * PIXEL_BYTES;
}

static int check_size(const struct options *o, const struct dmaload_file *file)
{
	const uint64_t expected = (uint64_t)pitch(o) * o->height;

	if (dmaload_file_size(file) == expected)
		return 0;
	return fail(0, "%s: %s pixels of XRGB8888 are %" PRIu64 " bytes, the "
		    "file has %" PRIu64, o->picture, o->size, expected,
		    dmaload_file_size(file));
}

static int load(const struct options *o, struct dmaload_buffer **out)
{
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	struct dmaload_buffer *buffer = NULL;
	struct dmaload_file *file = NULL;
	struct dmaload_error err;
	char text[2048];
	int r;

	if (dmaload_file_open(&file, o->picture, &err) < 0)
		return fail(0, "%s", err.message);
	r = check_size(o, file);
	if (r < 0)
		goto out;
	r = dmaload_buffer_create(&buffer, o->source, dmaload_file_size(file),
				  &err);
	if (r == 0)
		r = dmaload_load(NULL, &(struct dmaload_range){
			.file = file,
			.buffer = buffer,
			.length = DMALOAD_TO_END,
		}, 1, NULL, &report, &err);
	if (r < 0) {
		fail(0, "%s", err.message);
		dmaload_buffer_destroy(buffer);
		goto out;
	}
	dmaload_report_format(&report, text, sizeof(text));
	fputs(text, stdout);
	*out = buffer;
out:
	dmaload_file_close(file);
	return r;
}

static int import(struct screen *screen, const struct options *o,
		  const struct dmaload_buffer *buffer)
{
	uint32_t handles[4] = { 0 }, offsets[4] = { 0 };
	const uint32_t pitches[4] = { pitch(o) };
	const int card = screen->output.card;
	struct dmaload_error err;

	if (dmaload_drm_import(card, buffer, &screen->handle, &err) < 0)
		return fail(0, "%s: %s", screen->name, err.message);
	handles[0] = screen->handle;
	if (drmModeAddFB2(card, o->width, o->height, FORMAT, handles, pitches,
			  offsets, &screen->fb, 0) < 0)
		return fail(errno, "%s: no framebuffer of %s XRGB8888 pixels "
			    "with a pitch of %" PRIu32 " bytes", screen->name,
			    o->size, pitch(o));
	return 0;
}

/* The terminal sends Ctrl-C to CMD, too. SIGTERM only comes to us, so pass it
 * on. */
static int run(char **command, const sigset_t *signals, const sigset_t *mask)
{
	posix_spawnattr_t attributes;
	int signal, r, status = 0;
	pid_t child;

	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, mask);
	r = posix_spawnp(&child, command[0], NULL, &attributes, command,
			 environ);
	posix_spawnattr_destroy(&attributes);
	if (r != 0)
		return fail(r, "%s", command[0]);

	while (sigwait(signals, &signal) == 0 && signal != SIGCHLD)
		if (signal == SIGTERM)
			kill(child, SIGTERM);
	if (waitpid(child, &status, 0) < 0)
		return fail(errno, "%s", command[0]);
	if (WIFSIGNALED(status))
		return fail(0, "%s was killed by signal %d", command[0],
			    WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return fail(0, "%s exited with status %d", command[0],
			    WEXITSTATUS(status));
	return 0;
}

static int show(struct screen *screen, const struct options *o)
{
	struct output *output = &screen->output;
	drmModeCrtc *before = output->before;
	int signal, r = 0;
	sigset_t signals, mask;

	/* From here on a signal must not end us before the display is
	 * restored. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	if (o->command[0])
		sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, &mask);

	if (drmModeSetCrtc(output->card, before->crtc_id, screen->fb, 0, 0,
			   &output->connector, 1, &output->mode) < 0)
		return fail(errno, "%s: cannot set the mode%s", screen->name,
			    errno == EACCES ? " beside another DRM master" : "");
	fflush(stdout);
	if (o->command[0])
		r = run(o->command, &signals, &mask);
	else
		sigwait(&signals, &signal);

	/*
	 * If the CRTC was off, it goes off when its framebuffer is removed. If
	 * it also drove a mirrored connector, that connector stays dark.
	 */
	if (before->mode_valid && before->buffer_id &&
	    drmModeSetCrtc(output->card, before->crtc_id, before->buffer_id,
			   before->x, before->y, &output->connector, 1,
			   &before->mode) < 0)
		r = fail(errno, "%s: cannot restore the mode", screen->name);
	return r;
}

static int scanout(const struct options *o)
{
	struct screen screen = { .name = o->card, .output.card = -1 };
	struct dmaload_buffer *buffer = NULL;
	int r;

	/*
	 * Load first, import afterwards: the SYNC bracket of a load makes the
	 * kernel flush the whole buffer for every device that has mapped it,
	 * and costs nothing before. Also, no device sees half a picture.
	 */
	r = load(o, &buffer);
	if (r == 0)
		r = output_find(&screen.output, o->card, o->width, o->height);
	if (r == 0)
		r = import(&screen, o, buffer);

	/*
	 * The imported handle has a reference to the dma-buf, and the
	 * framebuffer has one to the memory. So the fd and the mapping may be
	 * closed: the memory stays until the framebuffer is removed.
	 */
	dmaload_buffer_destroy(buffer);
	if (r == 0)
		r = show(&screen, o);

	if (screen.fb)
		drmModeRmFB(screen.output.card, screen.fb);
	if (screen.handle)
		dmaload_drm_handle_close(screen.output.card, screen.handle,
					 NULL);
	drmModeFreeCrtc(screen.output.before);
	if (screen.output.card >= 0)
		close(screen.output.card);
	return r;
}

static int parse(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "source", required_argument, NULL, 's' },
		{ "card", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	int option, end = 0;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == 's')
			o->source = optarg;
		else if (option == 'c')
			o->card = optarg;
		else
			return -1;
	}
	if (argc - optind < 2)
		return -1;
	o->picture = argv[optind];
	o->size = argv[optind + 1];
	o->command = argv + optind + 2;
	if (sscanf(o->size, "%5ux%5u%n", &o->width, &o->height, &end) != 2 ||
	    o->size[end])
		return -1;
	return o->width > 0 && o->width <= SIDE_MAX && o->height > 0 &&
	       o->height <= SIDE_MAX ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct options o = { .card = "/dev/dri/card0" };

	if (parse(&o, argc, argv) < 0) {
		fprintf(stderr, "usage: %s PICTURE WIDTHxHEIGHT [--source HEAP]"
			" [--card NODE] [-- CMD...]\n", argv[0]);
		return 2;
	}
	return scanout(&o) < 0 ? 1 : 0;
}
