/* SPDX-License-Identifier: MIT */
/* A call is refused because of a NULL. */
#ifndef NULLS_H
#define NULLS_H

#include <errno.h>

#include "scene.h"

static struct dmaload_error err;

/* Refused, with a reason. */
#define REFUSED(call) \
	do { \
		err = (struct dmaload_error){ .code = 0 }; \
		assert_int_equal(call, -EINVAL); \
		assert_int_equal(err.code, -EINVAL); \
		assert_true(err.message[0] != '\0'); \
	} while (0)

#endif
