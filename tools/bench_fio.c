/* SPDX-License-Identifier: MIT */
/*
 * One run of fio. It reads the same file with O_DIRECT, into buffers in huge
 * pages. In its ordinary buffers it may understate a disk by half, as a request
 * takes a limited number of segments.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>

#include "tool.h"

#define OUTPUT_MAX ((size_t)1 << 20)
#define ALIGN "--iomem_align=2097152"

/* Execute fio. The file is given by its fd, since fio splits names at some
 * characters. */
static void become_fio(const struct bench_reference *how, int file, uint64_t size,
		       int out)
{
	char name[64], engine[64], memory[64], block[64], depth[64], bytes[64], some[64];
	const bool random = how->random_bytes > 0;
	char *const args[] = {
		(char *)"fio", (char *)"--name=reference", name, (char *)"--readonly",
		random ? (char *)"--rw=randread" : (char *)"--rw=read",
		(char *)"--direct=1", engine, block, depth, memory, (char *)ALIGN,
		bytes, (char *)"--thread", (char *)"--output-format=json",
		random ? some : NULL, (char *)"--randrepeat=0", NULL,
	};
	/* Not closed by exec: fio gets its number. */
	const int inherited = dup(file);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	watch_end();
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	snprintf(name, sizeof(name), "--filename=/proc/self/fd/%d", inherited);
	snprintf(engine, sizeof(engine), "--ioengine=%s", how->engine);
	snprintf(memory, sizeof(memory), "--iomem=%s", how->memory);
	snprintf(block, sizeof(block), "--bs=%" PRIu64, how->block);
	snprintf(depth, sizeof(depth), "--iodepth=%u", how->depth);
	snprintf(bytes, sizeof(bytes), "--size=%" PRIu64, size);
	snprintf(some, sizeof(some), "--io_size=%" PRIu64, how->random_bytes);
	setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 1);
	execvp(args[0], args);
	dprintf(STDOUT_FILENO, "cannot run fio: %s", strerror(errno));
	_exit(127);
}

static double number(struct json_object *root, const char *path)
{
	struct json_object *value;

	return json_pointer_get(root, path, &value) == 0 ?
	       json_object_get_double(value) : 0;
}

/* Some lines may come before the object. */
static int parse(const char *text, struct bench_disk *disk, char *version,
		 size_t size)
{
	struct json_object *root = NULL, *value;
	double seconds;

	if (strchr(text, '{'))
		root = json_tokener_parse(strchr(text, '{'));
	if (!root || number(root, "/jobs/0/error") != 0 ||
	    number(root, "/jobs/0/read/io_bytes") <= 0) {
		json_object_put(root);
		return explain(&disk->error, -EIO, "fio: %.*s",
			       (int)strcspn(text, "\n"), text);
	}
	seconds = number(root, "/jobs/0/job_runtime") / 1e3;
	disk->speed = number(root, "/jobs/0/read/bw_bytes");
	disk->seconds = disk->speed > 0 ?
			number(root, "/jobs/0/read/io_bytes") / disk->speed : 0;
	disk->user = number(root, "/jobs/0/usr_cpu") / 100 * seconds;
	disk->kernel = number(root, "/jobs/0/sys_cpu") / 100 * seconds;
	if (version && json_pointer_get(root, "/fio version", &value) == 0)
		text_format(version, size, "%s", json_object_get_string(value));
	json_object_put(root);
	return 0;
}

bool bench_fio(const struct bench *bench, const struct bench_reference *how,
	       uint64_t size, struct bench_disk *disk, char *version,
	       size_t version_size)
{
	char *text = malloc(OUTPUT_MAX);
	int ends[2], status;
	bool ok = true;
	pid_t child;
	size_t got;

	*disk = (struct bench_disk){ .error.code = -ENOMEM };
	if (!text || pipe2(ends, O_CLOEXEC) < 0) {
		explain(&disk->error, -ENOMEM, "no pipe for fio");
		free(text);
		return true;
	}
	child = fork();
	if (child == 0)
		become_fio(how, bench->fd, size, ends[1]);
	close(ends[1]);
	if (child < 0) {
		explain(&disk->error, -errno, "fork: %s", strerror(errno));
	} else {
		ok = bench_collect(child, ends[0], text, OUTPUT_MAX - 1, &got,
				   &status);
		text[ok ? got : 0] = '\0';
		disk->error.code = 0;
		parse(text, disk, version, version_size);
	}
	close(ends[0]);
	free(text);
	return ok;
}
