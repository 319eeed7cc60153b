/* SPDX-License-Identifier: MIT */
/* A scene of two files and two buffers, and the end of a job in it. */
#ifndef JOB_SCENE_H
#define JOB_SCENE_H

#include "scene.h"

static inline void make(struct scene *scene)
{
	scene_make_empty(scene, 4096, 2);
	scene_add_file(scene, 100000, 0);
	scene_add_file(scene, 50000, 0);
	scene_add_buffer(scene, "pfnmap", 64 << 10);
	scene_add_buffer(scene, "memfd", 64 << 10);
}

static inline int wait_for(struct scene *scene, struct dmaload_job *job)
{
	scene_prepare(scene);
	return dmaload_job_wait(job, DMALOAD_FOREVER, &scene->report,
				&scene->err);
}

#endif
