/* SPDX-License-Identifier: MIT */
#ifndef DMALOAD_MODELS_H
#define DMALOAD_MODELS_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @file
 * libdmaload-models: the tensors of model files.
 *
 * This is a separate library, since it needs json-c and libdmaload does not.
 * Link with "pkg-config --libs dmaload-models". The conventions are those of
 * dmaload.h.
 *
 * The library reads the headers of models, and reports where each tensor lies.
 * It loads nothing, and calls nothing of libdmaload: make a file of each
 * dmaload_model_fd() by dmaload_file_from_fd(), and load the ranges of the
 * tensors that you need. dmaload_model_choose() and dmaload_model_align() help
 * with that.
 *
 * These formats are known, and recognized by the content of a file:
 *
 * - "gguf": versions 2 and 3 of GGUF, little-endian, in one file or in several
 *   of the names PREFIX-00001-of-00003.gguf.
 * - "safetensors": one file, or several with an index
 *   (model.safetensors.index.json) or with names as above.
 * - "onnx": the initializers of the graph of an ONNX model, in the model's file
 *   or in other files (external data). Tensors in the attributes of nodes are
 *   not reported: those of Constant, and the graphs of If, Loop and Scan.
 *
 * Files are not trusted. A file that is malformed, that ends too early, or whose
 * tensors share bytes is refused, with the reason. ONNX does not forbid tensors
 * in another file to share bytes, but the writer of its package never lets them.
 * Memory is allocated only for what the bytes of a file can describe, whatever
 * counts it claims. Tensors of one file never have more bytes together than the
 * file has.
 *
 * There are limits: DMALOAD_MODEL_TENSORS_MAX tensors,
 * DMALOAD_MODEL_FILES_MAX files, whose paths have at most 16 MiB together if
 * they are found by their number, and headers of 1 GiB (GGUF, and an index) and
 * of 100,000,000 bytes (safetensors, by its own rule). An ONNX file has at most
 * 2 GiB (by the rule of protobuf), without its other files, and names in it
 * have at most 1 MiB.
 *
 * A model is not changed after it was opened. So several threads may use it at
 * the same time.
 */

/** The maximum number of tensors of a model. */
#define DMALOAD_MODEL_TENSORS_MAX (1u << 22)

/** The maximum number of files of a model. */
#define DMALOAD_MODEL_FILES_MAX 65535u

/**
 * An open model: its tensors, and its open files.
 *
 * Since: 0.2
 */
struct dmaload_model;

/**
 * A tensor of a model. The model owns it, and everything that it points to.
 * Later versions may append members: use it by its pointer.
 *
 * Since: 0.2
 */
struct dmaload_tensor {
	/**
	 * The name, in UTF-8 that is safe to show on a terminal: \\xNN replaces
	 * control characters and bytes that are not UTF-8, and two backslashes
	 * replace one. So different names stay different. All names of a model
	 * differ.
	 */
	const char *name;
	/** The type of the elements as the format spells it, such as "F16",
	 * "BF16", "Q4_K" or "FLOAT16". */
	const char *type;
	/** The dimensions, in the order of the format: GGUF begins with the one
	 * whose elements are neighbours, safetensors and ONNX end with it. */
	const uint64_t *shape;
	/** The number of dimensions. */
	uint32_t rank;
	/** The index of the file, for dmaload_model_fd(). */
	uint32_t file;
	/** Where the tensor begins in this file, in bytes. */
	uint64_t file_offset;
	/** The size in bytes; 0 if a dimension is 0. */
	uint64_t bytes;
};

/**
 * The place of a tensor in a buffer.
 *
 * Since: 0.2
 */
struct dmaload_place {
	/** The tensor. */
	const struct dmaload_tensor *tensor;
	/** Where it begins in the buffer, in bytes; dmaload_model_align() sets
	 * it. */
	uint64_t offset;
	/** The index of the first pattern that it matches, for example as
	 * dmaload_range::priority; 0 without patterns. */
	uint32_t pattern;
};

/**
 * Open a model, and read its tensors.
 *
 * If the file is one of several that make a model, or their index, all of them
 * are opened. They lie in the folder of the index, or of the ONNX model, or
 * below it; symbolic links are followed. Only headers are read, without
 * readahead. The fds stay open until the model is closed, so the bytes are those
 * of the files whose headers were read, even if the names change meanwhile. The
 * limit of open files (RLIMIT_NOFILE) has to allow as many.
 *
 * @param out   receives the model; dmaload_model_close() closes it
 * @param path  the file of the model, one of its files, or the index
 * @param err   receives the reason of a failure, or NULL. It names the file
 * @return 0, or
 *         -EINVAL   a pointer is NULL, or the path is not that of a regular file
 *         -EBADMSG  a file is malformed, is of an unknown format, version or
 *                   type, or the files do not make a model
 *         -ENOENT   the file, or another file of the model, is missing
 *         -ENOMEM   out of memory
 *         or another error of open(2) or pread(2)
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_model_open(struct dmaload_model **out,
				   const char *path,
				   struct dmaload_error *err);

/**
 * Read the tensors of one open file. Other files are neither looked for nor
 * opened: of a model in several files, the tensors of this one are read. Those
 * that an ONNX model has in other files are omitted; dmaload_model_omitted()
 * returns them.
 *
 * @param out  receives the model; dmaload_model_close() closes it
 * @param fd   the file, open for reading. It is duplicated, so you may close it
 * @param err  receives the reason of a failure, or NULL
 * @return as dmaload_model_open(), or -EBADF: fd is not open
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_model_from_fd(struct dmaload_model **out, int fd,
				      struct dmaload_error *err);

/**
 * Close a model and its files. The tensors, names and fds that it has returned
 * are invalid from then on. NULL is allowed.
 *
 * Since: 0.2
 */
DMALOAD_API void dmaload_model_close(struct dmaload_model *model);

/**
 * Return the name of the format, "gguf", "safetensors" or "onnx". Later versions
 * may add formats.
 *
 * @return static memory; NULL if model is NULL
 *
 * Since: 0.2
 */
DMALOAD_API const char *
dmaload_model_format(const struct dmaload_model *model);

/**
 * Return the number of files that have the tensors. An index is not counted. An
 * ONNX model is the first file, even if all tensors are in other files.
 *
 * @return at least 1; 0 if model is NULL
 *
 * Since: 0.2
 */
DMALOAD_API size_t dmaload_model_files(const struct dmaload_model *model);

/**
 * Return the fd of a file, open for reading, for dmaload_file_from_fd(). The
 * model owns it: do not close it.
 *
 * @param model  the model
 * @param file   the index of the file, from 0
 * @return the fd, or -EINVAL: model is NULL, or there is no such file
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_model_fd(const struct dmaload_model *model,
				 size_t file);

/**
 * Return the path of a file, as it was opened. Its folder is that of the path
 * which you have passed, and may have any bytes.
 *
 * @param model  the model
 * @param file   the index of the file, from 0
 * @return text that the model owns, or NULL: model is NULL, there is no such
 *         file, or the model was opened by dmaload_model_from_fd()
 *
 * Since: 0.2
 */
DMALOAD_API const char *dmaload_model_path(const struct dmaload_model *model,
					   size_t file);

/**
 * Return the number of bytes behind the last tensor of a file, of all files
 * together, that belong to no tensor. Only GGUF allows them, and ONNX in other
 * files than the model's.
 *
 * @return the number; 0 if model is NULL
 *
 * Since: 0.2
 */
DMALOAD_API uint64_t
dmaload_model_unclaimed(const struct dmaload_model *model);

/**
 * Return the number of tensors of all files.
 *
 * @return the number, which may be 0; 0 if model is NULL
 *
 * Since: 0.2
 */
DMALOAD_API size_t dmaload_model_tensors(const struct dmaload_model *model);

/**
 * Return a tensor. They are in the order of the headers.
 *
 * @param model  the model
 * @param index  of the tensor, from 0
 * @return a tensor that the model owns, or NULL: model is NULL, or there is no
 *         such tensor
 *
 * Since: 0.2
 */
DMALOAD_API const struct dmaload_tensor *
dmaload_model_tensor(const struct dmaload_model *model, size_t index);

/**
 * Return the number of tensors that cannot be loaded, since their elements do
 * not lie in the file as bytes one after the other. They are not counted by
 * dmaload_model_tensors(). Only ONNX has such tensors: texts, numbers of
 * different lengths (in int32_data, int64_data and uint64_data), elements that
 * are not packed into one piece, and sparse tensors. Many models have small
 * ones, such as a shape.
 *
 * @return the number, which may be 0; 0 if model is NULL
 *
 * Since: 0.2
 */
DMALOAD_API size_t dmaload_model_omissions(const struct dmaload_model *model);

/**
 * Return a tensor that cannot be loaded. Its file, file_offset and bytes have no
 * meaning.
 *
 * @param model  the model
 * @param index  of the omitted tensor, from 0
 * @return a tensor that the model owns, or NULL: model is NULL, or there is no
 *         such tensor
 *
 * Since: 0.2
 */
DMALOAD_API const struct dmaload_tensor *
dmaload_model_omitted(const struct dmaload_model *model, size_t index);

/**
 * Find a tensor by its name.
 *
 * @param model  the model
 * @param name   as dmaload_tensor::name has it
 * @return a tensor that the model owns, or NULL: a pointer is NULL, or there is
 *         no such tensor
 *
 * Since: 0.2
 */
DMALOAD_API const struct dmaload_tensor *
dmaload_model_find(const struct dmaload_model *model, const char *name);

/**
 * Find tensors by names and patterns.
 *
 * A pattern is a name, as dmaload_tensor::name has it, or a pattern of the shell
 * (fnmatch(3)): "blk.0.*". Each tensor is returned once, in the order of the
 * patterns, then of dmaload_model_tensor().
 *
 * @param model     the model
 * @param patterns  the names and patterns; NULL if count is 0
 * @param count     of the patterns. 0: all tensors
 * @param places    receives the tensors and the patterns that they match, with
 *                  the offset 0. It has room for dmaload_model_tensors()
 * @param found     receives the number of places
 * @param err       receives the reason of a failure, or NULL. It names the
 *                  pattern
 * @return 0, or
 *         -EINVAL  model, places or found is NULL, or patterns or one of them is
 *                  NULL
 *         -ENOENT  no tensor matches one of the patterns, or only tensors that
 *                  cannot be loaded
 *         -ENOMEM  out of memory
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_model_choose(const struct dmaload_model *model,
				     const char *const *patterns, size_t count,
				     struct dmaload_place *places,
				     size_t *found, struct dmaload_error *err);

/**
 * Lay tensors out in a buffer, in the order of the places.
 *
 * @param places  the tensors; dmaload_place::offset is set
 * @param count   of the places, which may be 0
 * @param align   each tensor begins at a multiple of this, a power of two
 * @param size    receives the size of the buffer, where the last tensor ends
 * @param err     receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL     size or a tensor is NULL, places is NULL and count is not
 *                     0, or align is not a power of two
 *         -EOVERFLOW  the size exceeds 64 bits
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_model_align(struct dmaload_place *places, size_t count,
				    uint64_t align, uint64_t *size,
				    struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif
