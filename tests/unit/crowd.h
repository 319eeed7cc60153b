/* SPDX-License-Identifier: MIT */
/* Earlier names of the scene, for tests that still use them. */
#ifndef CROWD_H
#define CROWD_H

#include "scene.h"

#define crowd scene
#define CROWD_MAX SCENE_MAX
#define crowd_make scene_make_empty
#define crowd_drop scene_drop
#define crowd_add_file scene_add_file
#define crowd_add_stream scene_add_stream
#define crowd_add_buffer scene_add_buffer
#define crowd_range scene_range
#define crowd_load scene_load_ranges
#define crowd_load_all scene_expect_load
#define crowd_check scene_check_ranges
#define crowd_check_report scene_check_totals
#define crowd_fill scene_fill
#define crowd_prepare scene_prepare
#define crowd_check_failure scene_check_failure
#define crowd_check_reason scene_check_reason
#define crowd_below random_below
#define crowd_mix shuffle_ranges

#endif
