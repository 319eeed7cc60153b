/* SPDX-License-Identifier: MIT */
/*
 * Functions of an application, with names that libdmaload has used for internal
 * functions. A library that calls one is at fault.
 */
#include <stdlib.h>

#define OWN(name) \
	void name(void); \
	void name(void) \
	{ \
		abort(); \
	}

OWN(arrange)
OWN(buffer_create)
OWN(completion)
OWN(copy_in)
OWN(copy_out)
OWN(error_text)
OWN(fail)
OWN(load_begin)
OWN(plan_create)
OWN(pool_init)
OWN(queue_enter)
OWN(request_check)
OWN(ring_create)
OWN(slot_queue)
OWN(sys_open)
OWN(text_format)
