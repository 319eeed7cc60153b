/* SPDX-License-Identifier: MIT */
/* Files of other formats. */
#include "safetensors_models.h"

/* Define a file that begins with these bytes and continues with zeros. */
#define BEGINNING(function, ...) \
	static void function(struct bytes *file) \
	{ \
		__VA_ARGS__; \
		put_zeros(file, 1000000); \
	}
/* Define a file that is text. */
#define TEXT(function, text) \
	static void function(struct bytes *file) \
	{ \
		put_text(file, text); \
	}

BEGINNING(zip, put(file, "PK\3\4\24\0\0\0\x08\x08", 10))
BEGINNING(torch, put(file, "\x80\2\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.", 15))
BEGINNING(pickle, put(file, "\x80\4\x95\x0c\0\0\0\0\0\0\0}", 12))
BEGINNING(numpy, put(file, "\x93NUMPY\1\0v\0{'descr'", 18))
BEGINNING(hdf5, put_text(file, "\x89HDF\r\n\x1a\n"))
/* The beginning is a header length of 559,903 bytes, which the file has. */
BEGINNING(gzip, put(file, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10))
BEGINNING(zstd, put_text(file, "\x28\xb5\x2f\xfd\x24\1"))
BEGINNING(tar, put_zeros(file, 257); put_text(file, "ustar"))
BEGINNING(zeros, (void)0)

TEXT(lfs_pointer, "version https://git-lfs.github.com/spec/v1\noid sha256:"
     "b903093cb215236f2eb919777c3077978f1b29789ae10a20b1f18af45b54068e\n"
     "size 926101004\n")
TEXT(html_page, "<!doctype html>\n<html><body>Sign in</body></html>\n")
TEXT(html_page_indented, "\r\n  <HTML>\n<body>Sign in</body></html>\n")
TEXT(xml_error, "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>")
TEXT(list, "[{\"error\":\"Repository not found\"}]")
TEXT(one_line, "Entry not found")
TEXT(short_line, "Gone\n")

const struct bad safetensors_unfit[SAFETENSORS_UNFIT] = {
	{ "zip", zip, "not a GGUF, safetensors or ONNX file: it begins like a zip archive; PyTorch checkpoints are" },
	{ "torch", torch, "begins like an old PyTorch checkpoint" },
	{ "pickle", pickle, "begins like a Python pickle" },
	{ "numpy", numpy, "begins like a NumPy array" },
	{ "hdf5", hdf5, "begins like an HDF5 file" },
	{ "gzip", gzip, "begins like a gzip file; unpack it" },
	{ "zstd", zstd, "begins like a zstd file; unpack it" },
	{ "tar", tar, "begins like a tar archive; unpack it" },
	{ "zeros", zeros, "begins like an unfinished download: with zeros" },
	{ "lfs-pointer", lfs_pointer, "begins like a Git LFS pointer; fetch" },
	{ "html-page", html_page, "begins like an HTML page; download" },
	{ "html-page-indented", html_page_indented, "like an HTML page" },
	{ "xml-error", xml_error, "begins like XML text; download" },
	{ "list", list, "begins like JSON text" },
	{ "one-line", one_line, "begins like text: \"Entry not found\"" },
	{ "short-line", short_line, "begins like text: \"Gone\"" },
};
