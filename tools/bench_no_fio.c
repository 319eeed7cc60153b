/* SPDX-License-Identifier: MIT */
/* In place of bench_fio.c, if the program is built without json-c. */
#include "bench.h"

#include <errno.h>

#include "tool.h"

bool bench_fio(const struct bench *bench, const struct bench_reference *how,
	       uint64_t size, struct bench_disk *disk, char *version,
	       size_t version_size)
{
	(void)bench;
	(void)how;
	(void)size;
	(void)version;
	(void)version_size;
	*disk = (struct bench_disk){ .speed = 0 };
	explain(&disk->error, -ENOSYS, "no fio: this dmaload is built without "
		"json-c, which reads fio's results");
	return true;
}
