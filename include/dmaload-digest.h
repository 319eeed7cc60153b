/* SPDX-License-Identifier: MIT */
#ifndef DMALOAD_DIGEST_H
#define DMALOAD_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/error.h>
#include <dmaload/transform.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @file
 * libdmaload-digest: digests of files while they are loaded.
 *
 * This is a separate library, since it needs OpenSSL's libcrypto and libdmaload
 * does not. Link with "pkg-config --libs dmaload-digest". The conventions are
 * those of dmaload.h.
 *
 * The bytes of a load go by once, and are hashed as they go: create a digest,
 * use dmaload_digest_piece() as the function of a transform, load, and call
 * dmaload_digest_result() for each range.
 *
 * There are two kinds of algorithms:
 *
 * - "sha256", "sha512" and "blake2b512": the digests that sha256sum, sha512sum
 *   and b2sum print. They need the pieces of a range in order: set
 *   DMALOAD_PIECES_IN_ORDER in dmaload_transform::flags.
 * - "fsverity": the digest that "fsverity digest" prints, with the standard
 *   parameters: SHA-256, blocks of 4096 bytes, no salt. The pieces come in any
 *   order, with DMALOAD_PIECES_AT_ONCE in several threads. A range is a whole
 *   file.
 *
 * A digest is written as the name of the algorithm, a colon, and hexadecimal
 * digits in lower case: "sha256:e3b0...". Texts are compared as such.
 *
 * For "fsverity", set dmaload_transform::unit to DMALOAD_DIGEST_UNIT, or to
 * 524288 if dmaload_config::chunk_bytes allows it. Its memory is at most 1/4096
 * of the end of the last piece. To that come 4.1 KiB for each group of 512 KiB,
 * aligned in the file, of which only a part has come. There are at most
 * DMALOAD_DIGEST_SCATTER_MAX such groups in a range. With a unit of 524288
 * there are none, but the load then copies fewer bytes from the page cache. The
 * other algorithms need constant memory.
 *
 * Messages have no text of the caller in them: neither names nor digests that
 * are not well-formed.
 */

/** Size of the text of a digest in bytes, including the final NUL. */
#define DMALOAD_DIGEST_SIZE 160

/** The unit of a transform that computes "fsverity". */
#define DMALOAD_DIGEST_UNIT 4096u

/** The maximum number of incomplete groups of 512 KiB in a range. */
#define DMALOAD_DIGEST_SCATTER_MAX 256u

/**
 * Digests of the ranges of one load. It serves one load: create another one for
 * the next, even if the load failed.
 *
 * Since: 0.2
 */
struct dmaload_digest;

/**
 * Create the digests of a number of ranges.
 *
 * @param out        receives the digests; dmaload_digest_destroy() frees them
 * @param algorithm  "sha256", "sha512", "blake2b512" or "fsverity"
 * @param ranges     the number of ranges of the load, at least 1
 * @param err        receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL      a pointer is NULL, ranges is 0, or the algorithm is
 *                      unknown
 *         -EOPNOTSUPP  libcrypto's configuration leaves the algorithm out, as
 *                      in FIPS mode
 *         -ENOMEM      out of memory
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_digest_create(struct dmaload_digest **out,
				      const char *algorithm, size_t ranges,
				      struct dmaload_error *err);

/**
 * Free digests. No load may use them any more.
 *
 * Since: 0.2
 */
DMALOAD_API void dmaload_digest_destroy(struct dmaload_digest *digest);

/**
 * Hash a piece: a function for dmaload_transform::function.
 *
 * The bytes are only read. If this fails, the load returns -ECANCELED, and
 * dmaload_digest_result() has the reason. Several threads may call this at the
 * same time. For "fsverity" they hash in parallel, also pieces of one range;
 * for other algorithms, pieces of different ranges.
 *
 * @param piece  the bytes. For "fsverity", the offset is a multiple of 4096, and
 *               only the last piece of a range may have another length. Offsets
 *               count from the beginning of the range
 * @param data   the struct dmaload_digest
 * @return 0, or
 *         -EINVAL   a pointer is NULL, the range is not one of the digest, the
 *                   offset is not the expected one, a block came twice, or the
 *                   result was returned already
 *         -ENOBUFS  more than DMALOAD_DIGEST_SCATTER_MAX groups are incomplete
 *         -ENOMEM   out of memory
 *         -EIO      libcrypto failed
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_digest_piece(const struct dmaload_piece *piece,
				     void *data);

/**
 * Return the digest of a range, after the load has succeeded.
 *
 * The digest is that of the bytes that came. After a load that failed, the last
 * bytes of a range may be missing.
 *
 * @param digest  the digests
 * @param range   the index of the range in the array of the load
 * @param text    receives the text; untouched on failure
 * @param err     receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL   a pointer is NULL, or there is no such range
 *         -ENODATA  for "fsverity": bytes before the last piece are missing
 *         or the first error of dmaload_digest_piece()
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_digest_result(struct dmaload_digest *digest,
				      size_t range,
				      char text[DMALOAD_DIGEST_SIZE],
				      struct dmaload_error *err);

/**
 * Return the digest of a file for which fs-verity is enabled, without reading
 * the file (FS_IOC_MEASURE_VERITY, Linux 5.4).
 *
 * The kernel checks each block of such a file as it reads it into the page
 * cache, also for direct I/O. The digest equals the result of "fsverity" if the
 * file was enabled with the standard parameters. The kernel does not report here
 * whether it was.
 *
 * @param fd    the file, open for reading
 * @param text  receives the text, "fsverity:" and 64 digits; untouched on
 *              failure
 * @param err   receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL      text is NULL
 *         -ENODATA     fs-verity is not enabled for the file: compute the digest
 *         -EOPNOTSUPP  the file system has no fs-verity, or the file has another
 *                      hash than SHA-256
 *         -EBADF       fd is not open
 *         or another error of the file system
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_digest_measure(int fd, char text[DMALOAD_DIGEST_SIZE],
				       struct dmaload_error *err);

/**
 * Check the text of a digest, for example of a command line, and return it in
 * lower case.
 *
 * @param text      receives the text; untouched on failure. It may be expected
 *                  itself, if that is large enough
 * @param expected  the name of an algorithm, a colon, and digits
 * @param err       receives the reason of a failure, or NULL
 * @return 0, or -EINVAL: a pointer is NULL, or expected is not a digest
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_digest_parse(char text[DMALOAD_DIGEST_SIZE],
				     const char *expected,
				     struct dmaload_error *err);

/**
 * Compare a digest with the expected one, in upper or lower case.
 *
 * @param digest    the text of a digest
 * @param expected  the text that it should be
 * @param err       receives the reason of a failure, or NULL. If they differ, it
 *                  has both
 * @return 0, or
 *         -EBADMSG  they differ
 *         -EINVAL   a pointer is NULL, a text is not a digest, or they are of
 *                   two algorithms
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_digest_compare(const char *digest,
				       const char *expected,
				       struct dmaload_error *err);

/**
 * Digests of files by their names, as sha256sum, sha512sum and b2sum print them.
 *
 * Since: 0.2
 */
struct dmaload_digest_list;

/**
 * Parse the output of sha256sum, sha512sum or b2sum, with or without --tag.
 *
 * The rules are those of coreutils. A line is "DIGITS  NAME", "DIGITS *NAME" or
 * "SHA256 (NAME) = DIGITS". In a line that begins with a backslash, the name is
 * escaped: two backslashes stand for one, and "n" or "r" after a backslash for
 * the end of a line. Empty lines, and lines that begin with "#", are ignored.
 * Any other line is an error here, which names the line by its number.
 *
 * @param out        receives the list; dmaload_digest_list_destroy() frees it
 * @param text       the text, which is copied; no NUL is needed
 * @param length     of the text in bytes
 * @param algorithm  of the lines that do not name theirs. NULL: sha512 for 128
 *                   digits, otherwise sha256
 * @param err        receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL  out or text is NULL, the algorithm is unknown, or a line is
 *                  not well-formed
 *         -ENOMEM  out of memory
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_digest_list_create(struct dmaload_digest_list **out,
					   const char *text, size_t length,
					   const char *algorithm,
					   struct dmaload_error *err);

/**
 * Free a list.
 *
 * Since: 0.2
 */
DMALOAD_API void
dmaload_digest_list_destroy(struct dmaload_digest_list *list);

/**
 * Return the number of digests in a list.
 *
 * Since: 0.2
 */
DMALOAD_API size_t
dmaload_digest_list_count(const struct dmaload_digest_list *list);

/**
 * Return the name of a file, as the line has it. It may be relative, is not
 * empty, and may have any bytes. Several lines may have the same name.
 *
 * @param list   the list
 * @param index  of the line among those with a digest, from 0
 * @return text that the list owns, or NULL if there is no such line
 *
 * Since: 0.2
 */
DMALOAD_API const char *
dmaload_digest_list_name(const struct dmaload_digest_list *list, size_t index);

/**
 * Return the digest of a file, for dmaload_digest_compare().
 *
 * @param list   the list
 * @param index  as for dmaload_digest_list_name()
 * @return text that the list owns, or NULL if there is no such line
 *
 * Since: 0.2
 */
DMALOAD_API const char *
dmaload_digest_list_digest(const struct dmaload_digest_list *list,
			   size_t index);

#ifdef __cplusplus
}
#endif

#endif
