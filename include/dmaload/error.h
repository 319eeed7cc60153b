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
 * An initialiser that sets the size of a struct and clears the rest, in C and in
 * C++: behind DMALOAD_OPTIONS_INIT and the like. In C++ a list that names one
 * member only would be a warning (-Wmissing-field-initializers).
 */
#ifdef __cplusplus
#define DMALOAD_SIZED(type) (dmaload_sized<type>())
#else
#define DMALOAD_SIZED(type) { .size = sizeof(type) }
#endif

/** Size of struct dmaload_error::message in bytes, the final NUL included. */
#define DMALOAD_MESSAGE_SIZE 512

/**
 * Size of a reason in a struct in bytes, the final NUL included. A terminal may
 * show the text, as dmaload_error::message says.
 */
#define DMALOAD_REASON_SIZE 224

/** A figure that the kernel does not report to this process. */
#define DMALOAD_UNKNOWN UINT64_MAX

/**
 * Why a call failed. Owned by the caller, usually on the stack; a call writes
 * it only when it fails, so nothing has to be initialised. Every function
 * takes NULL where the reason is not wanted.
 *
 * Since: 0.1
 */
struct dmaload_error {
	/** The negative errno value that the function returned. */
	int code;
	/**
	 * One line of English without a newline: the thing that failed (file,
	 * node, fd, offset), what is wrong with it and, where there is one, the
	 * remedy. For people to read: programs decide by code.
	 *
	 * Always NUL-terminated, and UTF-8: a name may hold any bytes, and "?"
	 * stands for those that are no UTF-8, for control characters, and for
	 * those that change the direction of writing. So a terminal may show it.
	 * The middle of a message that would not fit is left out.
	 */
	char message[DMALOAD_MESSAGE_SIZE];
};

/**
 * The version of the library that is running, "MAJOR.MINOR.PATCH". Static
 * memory, never NULL. Thread-safe.
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
