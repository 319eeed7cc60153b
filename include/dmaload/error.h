/* SPDX-License-Identifier: MIT */
/** @file Why a call failed, and the version of the library. */
#ifndef DMALOAD_ERROR_H
#define DMALOAD_ERROR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DMALOAD_API __attribute__((visibility("default")))
#else
#define DMALOAD_API
#endif

/*
 * The value of DMALOAD_OPTIONS_INIT and the like: the size of a struct, and
 * zeroes. C++ gets a function, because a list that leaves members out would
 * cause a warning there (-Wmissing-field-initializers).
 */
#ifdef __cplusplus
#define DMALOAD_SIZED(type) (dmaload_sized<type>())
#else
#define DMALOAD_SIZED(type) { .size = sizeof(type) }
#endif

/** Size of dmaload_error::message in bytes, including the final NUL. */
#define DMALOAD_MESSAGE_SIZE 512

/**
 * Size in bytes of the reasons in other structs, including the final NUL. They
 * are as safe to show as dmaload_error::message.
 */
#define DMALOAD_REASON_SIZE 224

/** A figure that the kernel does not report to this process. */
#define DMALOAD_UNKNOWN UINT64_MAX

/**
 * Why a call failed. Owned by the caller, usually on the stack. A call writes
 * it only when it fails, so you need not initialise it. Every function accepts
 * NULL instead.
 *
 * Since: 0.1
 */
struct dmaload_error {
	/** The negative errno value that the function returned, for programs.
	 * */
	int code;
	/**
	 * The thing that failed (file, node, fd, offset), the cause, and the
	 * remedy if there is one: a line of English without a newline, for
	 * people.
	 *
	 * Always NUL-terminated UTF-8 that is safe to show on a terminal: "?"
	 * replaces each byte that is not UTF-8, control characters, and
	 * characters that change the direction of writing. If a message is too
	 * long, its middle is left out.
	 */
	char message[DMALOAD_MESSAGE_SIZE];
};

/**
 * Return the version of the library that is running, "MAJOR.MINOR.PATCH".
 *
 * @return static memory, never NULL
 *
 * Since: 0.1
 */
DMALOAD_API const char *dmaload_version(void);

#ifdef __cplusplus
}

template <typename T> inline T dmaload_sized()
{
	T sized = T();

	sized.size = sizeof(T);
	return sized;
}
#endif

#endif
